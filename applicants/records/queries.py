"""What a record holds, as its pages read it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet

from applicants.records.consents import ConsentText
from applicants.records.issued import Issued, issued_for
from applicants.records.kinds import KINDS, Kind
from applicants.records.models import Credential, DocumentClaim, Evidence, Fact, Job, Person, Relation

COUNTED = (Relation.SAME, Relation.RELATED)


@dataclass(frozen=True)
class Overlap:
    """Two counted jobs share the days from `first` to `last`, which count once (N2026-2.1, Annex 1)."""

    job: Job
    other: Job
    first: date
    last: date


def live_document(person: Person) -> DocumentClaim | None:
    """The document the person claims now, verified or not."""
    return person.documents.filter(
        state__in=[DocumentClaim.State.CLAIMED, DocumentClaim.State.VERIFIED]
    ).first()


def has_agreed(person: Person, text: ConsentText) -> bool:
    """Whether the person's latest word on this consent, in this version, is yes."""
    latest = person.consents.filter(about=text.about).order_by("-at").first()
    return latest is not None and latest.given and latest.version == text.version


def entries_of(person: Person, kind: Kind) -> QuerySet[Fact]:
    """The person's entries of one kind with their evidence, in order of time."""
    kept = Evidence.objects.filter(removed_at=None, institution=None).select_related("file")
    return kind.model.objects.filter(person=person).prefetch_related(Prefetch("evidence", kept))


def personal_evidence(person: Person, code: str) -> QuerySet[Evidence]:
    """Evidence about the person as a whole, such as the identity document; not what an institution handed in."""
    return person.evidence.filter(
        code=code,
        removed_at=None,
        institution=None,
        job=None,
        credential=None,
        title=None,
        schooling=None,
    ).select_related("file")


def overlaps(jobs: list[Job], on: date) -> list[Overlap]:
    """Each pair of counted jobs with days in common up to `on`. Jobs come in order of their first day."""
    counted = [job for job in jobs if job.relation in COUNTED]
    found = []
    for place, job in enumerate(counted):
        for other in counted[place + 1 :]:
            last = min(job.left_on or on, other.left_on or on)
            if other.started_on <= last:
                found.append(Overlap(job, other, other.started_on, last))
    return found


def evidence_of(entry: Fact) -> QuerySet[Evidence]:
    """The files that prove the entry, removed ones left out."""
    return entry.evidence.filter(removed_at=None, institution=None).select_related("file")


def issued_here(entry: Fact) -> bool:
    """Whether the entry's key is that of a certificate of the association's own, which comes and goes with it."""
    return bool(issued_among([entry]))


def issued_among(entries: Collection[Fact]) -> dict[UUID, Issued]:
    """Those of the entries, all of one kind, that were issued here, by key."""
    return issued_for([entry.pk for entry in entries if isinstance(entry, Credential)])


def counts_of_entries(person: Person) -> dict[str, tuple[int, int]]:
    """For each kind of entry: how many there are, and how many of them nothing proves yet, neither a file of evidence
    nor that they were issued here."""
    counts = {}
    for slug, kind in KINDS.items():
        proven = Count("evidence", filter=Q(evidence__removed_at=None, evidence__institution=None))
        rows = kind.model.objects.filter(person=person).annotate(proven=proven)
        found = list(rows)
        issued = issued_among(found)
        unproven = [
            row for row in found if not row.proven and not (row.pk in issued and issued[row.pk].valid)
        ]
        counts[slug] = (len(found), len(unproven))
    return counts

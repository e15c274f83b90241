"""What must always hold of group filings; each check yields the keys of the records that break it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Prefetch, Q

from exams.filing.groups.batches.models import BatchDecision, BatchItem, SampleDraw
from exams.filing.groups.batches.sampling import problems
from exams.filing.groups.models import (
    GroupSubmission,
    PreliminaryReview,
    RosterEntry,
    RosterRow,
    RosterUpload,
)
from exams.filing.models import Application, Status, Transition
from portal.registry import Invariant

State, Outcome = RosterUpload.State, RosterRow.Outcome
CHECKED = (State.CHECKED, State.TAKING, State.TAKEN)
GOOD = (Outcome.NEW, Outcome.CHANGED)
FILED = (Status.SUBMITTED, Status.APPROVED)


def foreign_institutions() -> Iterator[UUID]:
    """Group applications that are counted to another institution than their filing's, or to none."""
    filed = RosterEntry.objects.exclude(application=None)
    own = Q(application__institution=F("filing__institution"))
    yield from filed.exclude(own).values_list("application", flat=True)


def uncounted_rosters() -> Iterator[UUID]:
    """Rosters whose rows are not, one for one, accepted, refused, unchanged or still pending, as their counts say.

    Pending rows are good ones of a roster nobody has decided about; once it is taken there are none.
    """
    rosters = RosterUpload.objects.filter(kind=RosterUpload.Kind.ROSTER, state__in=(State.CHECKING, *CHECKED))
    per_outcome = RosterRow.objects.filter(upload__in=rosters).values("upload", "outcome")
    found: dict[UUID, Counter[str]] = {}
    wrong: set[UUID] = set()
    for row in per_outcome.annotate(rows=Count("pk"), accepted=Count("accepted_at")):
        found.setdefault(row["upload"], Counter())[row["outcome"]] = row["rows"]
        if row["accepted"] and row["outcome"] not in GOOD:
            wrong.add(row["upload"])
    for upload in rosters.annotate(accepted=Count("rows__accepted_at")):
        rows = found.get(upload.pk, Counter())
        good = sum(rows[outcome] for outcome in GOOD)
        counted = {name: count for name, count in upload.counts.items() if count}
        whole = upload.state == State.CHECKING or upload.done == upload.total
        sums = rows.total() == upload.done and dict(+rows) == counted and whole
        # While a roster is being taken its rows are marked a few at a time.
        marked = upload.state == State.TAKING or upload.accepted == (
            good if upload.state == State.TAKEN else 0
        )
        if not sums or not marked:
            wrong.add(upload.pk)
    yield from sorted(wrong)


def doubled_entries() -> Iterator[UUID]:
    """People who stand in one filing more than once."""
    live = RosterEntry.objects.filter(removed_at=None)
    for row in live.values("filing", "document_index").annotate(count=Count("pk")).filter(count__gt=1):
        twice = live.filter(filing=row["filing"], document_index=row["document_index"])
        yield from twice.values_list("pk", flat=True)


def strangers_applications() -> Iterator[UUID]:
    """Entries whose application is somebody else's."""
    filed = RosterEntry.objects.exclude(application=None)
    yield from filed.exclude(application__person=F("person")).values_list("pk", flat=True)


def unwarranted_entries() -> Iterator[UUID]:
    """People under the association's review, or past it, whose row was not both confirmed by them and passed by the
    institution before it was submitted.

    The row that counts may be a later one where the counter corrected it, original in hand: then an earlier one was.
    """
    passed = PreliminaryReview.objects.filter(result=PreliminaryReview.Result.PASSED)
    filed = (
        RosterEntry.objects.filter(application__status__in=FILED, submission__isnull=False)
        .select_related("submission")
        .annotate(corrections=Count("application__amendments", distinct=True))
        .prefetch_related(Prefetch("reviews", passed, to_attr="passed"), "confirmations")
    )
    for entry in filed.iterator(chunk_size=500):
        until = entry.submission.at
        reviewed = {one.row_id for one in entry.passed if one.at <= until}
        confirmed = {
            one.row_id for one in entry.confirmations.all() if one.confirmed_at and one.confirmed_at <= until
        }
        warranted = reviewed & confirmed
        if not warranted or (not entry.corrections and entry.row_id not in warranted):
            yield entry.pk


def wrong_totals() -> Iterator[UUID]:
    """Submissions whose number of people is not the sum of their totals."""
    for key, persons, totals in GroupSubmission.objects.values_list("pk", "persons", "totals").iterator():
        if persons != sum(row["persons"] for row in totals):
            yield key


def broken_samples() -> Iterator[UUID]:
    """Samples that do not recompute from their seed and list."""
    for sample in SampleDraw.objects.iterator(chunk_size=200):
        published: dict[str, Any] = {
            "seed": sample.seed,
            "percent": sample.percent,
            "candidates": sample.candidates,
            "drawn": sample.drawn,
        }
        if problems(published):
            yield sample.pk


def drawn_but_not_looked_at() -> Iterator[UUID]:
    """Applications approved together with others although they were drawn to be looked at alone."""
    together = BatchItem.objects.filter(decision__deed=BatchDecision.Deed.APPROVE, refusal="").exclude(
        done_at=None
    )
    drawn = {number for row in SampleDraw.objects.values_list("drawn", flat=True) for number in row}
    yield from together.filter(application__number__in=drawn).values_list("application", flat=True)


def batches_undone() -> Iterator[UUID]:
    """Items of a decision that count as done but left no trace: approved or returned according to no transition."""
    after = {BatchDecision.Deed.APPROVE: Status.APPROVED, BatchDecision.Deed.RETURN: Status.RETURNED}
    for deed, status in after.items():
        moved = Transition.objects.filter(after=status).values("application")
        items = BatchItem.objects.filter(decision__deed=deed, refusal="").exclude(done_at=None)
        yield from items.exclude(application__in=moved).values_list("pk", flat=True)


def files_lost() -> Iterator[UUID]:
    """People of a filing whose portrait or a file of theirs in use was discarded from the store."""
    live = RosterEntry.objects.filter(removed_at=None)
    portrait = Q(portrait__discarded_at__isnull=False) | Q(portrait_print__discarded_at__isnull=False)
    files = Q(files__removed_at=None, files__file__discarded_at__isnull=False)
    yield from live.filter(portrait | files).distinct().values_list("pk", flat=True)


def lone_group_applications() -> Iterator[UUID]:
    """Applications counted to an institution that stand in none of its filings."""
    entries = RosterEntry.objects.exclude(application=None).values("application")
    yield from (
        Application.objects.exclude(institution=None).exclude(pk__in=entries).values_list("pk", flat=True)
    )


INVARIANTS = (
    Invariant("foreign_institution", "团体申报与其申报的机构不一致", foreign_institutions),
    Invariant("lone_group_application", "机构的申报不在任何团体申报内", lone_group_applications),
    Invariant("uncounted_roster", "花名册的行数与统计不一致", uncounted_rosters),
    Invariant("doubled_entry", "同一人在一次团体申报内重复", doubled_entries),
    Invariant("strangers_application", "团体申报人员与其申报不是同一人", strangers_applications),
    Invariant("unwarranted_entry", "提交的人员没有本人确认或资格初审", unwarranted_entries),
    Invariant("wrong_group_total", "团体提交的人数与分级合计不一致", wrong_totals),
    Invariant("broken_sample", "抽查结果不能重算", broken_samples),
    Invariant("drawn_but_not_looked_at", "抽中的人被批量审核通过", drawn_but_not_looked_at),
    Invariant("batch_undone", "批量办理没有留下结果", batches_undone),
    Invariant("roster_file_lost", "团体申报人员的照片或材料已不在", files_lost),
)

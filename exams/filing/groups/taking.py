"""Taking rows into their filing: each becomes its person's entry, or what counts of an entry from now on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from applicants.records.models import Person
from exams.filing.groups.leases import hold_upload
from exams.filing.groups.models import GroupFiling, RosterEntry, RosterRow, RosterUpload
from exams.filing.groups.outcomes import Outcome, read_standing
from exams.filing.models import Application, Status
from portal import clock
from portal.audit import trail

CHUNK = 500
GOOD = (Outcome.NEW, Outcome.CHANGED)


@transaction.atomic
def take_upload(upload: RosterUpload) -> None:
    """Take every good row of the upload, in one transaction: killed anywhere, nothing of it is written."""
    lock_filing(
        upload.filing, [row.document_index for row in _pending(upload).only("document_index").iterator()]
    )
    with hold_upload(upload) as held:
        changes: Counter[str] = Counter()
        for rows in _chunks(upload):
            changes.update(take_rows_now(rows, filing=upload.filing, at=held.decided_at or clock.now()))
        held.counts = {name: held.counts.get(name, 0) + changes[name] for name in Outcome.values}
        held.state, held.finished_at, held.problem = RosterUpload.State.TAKEN, clock.now(), ""
        trail.record("groups.roster_taken", actor=None, subject=held, detail=held.counts)


def lock_filing(filing: GroupFiling, indexes: Sequence[str]) -> None:
    """Hold the filing, and before it the people and applications that its rows about these documents may touch: nobody
    submits or is added meanwhile. Lock order everywhere: Person → Application → GroupFiling → RosterUpload → RosterEntry.
    """
    entries = RosterEntry.objects.filter(filing=filing, removed_at=None).exclude(application=None)
    touched = set(indexes)
    applied = [
        (person, application)
        for index, person, application in entries.values_list(
            "document_index", "application__person", "application"
        )
        if index in touched
    ]
    list(Person.objects.select_for_update().filter(pk__in=[one for one, _ in applied]).order_by("pk"))
    list(Application.objects.select_for_update().filter(pk__in=[one for _, one in applied]).order_by("pk"))
    GroupFiling.objects.select_for_update().get(pk=filing.pk)


def take_rows_now(rows: Sequence[RosterRow], *, filing: GroupFiling, at: datetime) -> Counter[str]:
    """Take rows of a locked filing as things stand now; returns by how much each outcome's count changes.

    A person added meanwhile by another file is corrected by this row, not added twice; one who was submitted meanwhile
    stays as submitted, and the row is refused.
    """
    standing = read_standing(filing, [row.document_index for row in rows])
    added, changed, otherwise, accepted = [], [], [], []
    changes: Counter[str] = Counter()
    for row in rows:
        outcome, sentence = standing.decide(
            index=row.document_index, grade=row.grade, digest=row.content_digest
        )
        if outcome != row.outcome:
            changes.update({row.outcome: -1, outcome: 1})
            row.outcome = outcome
            row.problems = [{"column": "document_number", "sentence": sentence}] if sentence else []
            otherwise.append(row)
        if outcome in GOOD:
            row.accepted_at = at
            accepted.append(row.pk)
        if outcome == Outcome.NEW:
            added.append(
                RosterEntry(
                    id=uuid4(), filing=filing, document_index=row.document_index, row=row, added_at=at
                )
            )
        elif outcome == Outcome.CHANGED:
            entry = standing.entries[row.document_index]
            replace_row(entry, row)
            changed.append(entry)
    RosterEntry.objects.bulk_create(added)
    RosterEntry.objects.bulk_update(changed, ["row", "submission", "obstacles"], batch_size=100)
    RosterRow.objects.bulk_update(otherwise, ["outcome", "problems"], batch_size=100)
    RosterRow.objects.filter(pk__in=accepted).update(accepted_at=at)
    return changes


def replace_row(entry: RosterEntry, row: RosterRow) -> None:
    """Let `row` count from now on. What stood in the way of filing the old one is over; who was submitted but not filed
    is not submitted any more. An application that was returned keeps the act it came with."""
    entry.row, entry.obstacles = row, []
    if entry.application is None or entry.application.status == Status.DRAFT:
        entry.submission = None


def _pending(upload: RosterUpload):
    return RosterRow.objects.filter(upload=upload, outcome__in=GOOD)


def _chunks(upload: RosterUpload) -> Iterator[list[RosterRow]]:
    """By line, so that no more than a chunk is in memory, and the order of the sheet is the order of the entries."""
    last = 0
    while rows := list(_pending(upload).defer("content").filter(line__gt=last).order_by("line")[:CHUNK]):
        yield rows
        last = rows[-1].line or 0

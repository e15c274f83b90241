"""Taking rows into their filing: each becomes its person's entry, or what counts of an entry from now on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import DateTimeField, Exists, F, JSONField, OuterRef, QuerySet, Value

from applicants.records.models import Person
from exams.filing.groups.models import GroupFiling, RosterEntry, RosterRow, RosterUpload
from exams.filing.groups.rosters.leases import hold_upload
from exams.filing.groups.rosters.outcomes import Outcome, filed_elsewhere, read_standing
from exams.filing.models import Application, Status
from portal import clock
from portal.audit import trail

CHUNK = 500
GOOD = (Outcome.NEW, Outcome.CHANGED)


def take_upload(upload: RosterUpload) -> None:
    """Take every good row of the upload: its people in one transaction, so that killed anywhere, none of them is there.

    However many rows there are, others who write must not wait long for it. So the rows, which are heavy, are marked a
    few at a time before it; and most of them bring people nobody else has touched, who are added by one statement.
    """
    pending = RosterRow.objects.filter(upload=upload, outcome__in=GOOD)
    _mark_accepted(upload, pending)
    with transaction.atomic():
        lock_filing(upload.filing, pending)
        with hold_upload(upload) as held:
            at = held.decided_at or clock.now()
            changes: Counter[str] = Counter()
            for rows in _chunks(pending.filter(_in_this_filing(upload.filing) | _in_another(upload.filing))):
                changes.update(take_rows_now(rows, filing=upload.filing, at=at))
            _add_people(pending.filter(~_in_this_filing(upload.filing)), at)
            held.counts = {name: held.counts.get(name, 0) + changes[name] for name in Outcome.values}
            held.state, held.finished_at, held.problem = RosterUpload.State.TAKEN, clock.now(), ""
            trail.record("groups.roster_taken", actor=None, subject=held, detail=held.counts)


def _mark_accepted(upload: RosterUpload, pending: QuerySet[RosterRow]) -> None:
    """While the upload is being taken the marks mean nothing yet; what adds its people makes them true."""
    last = 0
    while found := list(pending.filter(line__gt=last).order_by("line").values_list("pk", "line")[:CHUNK]):
        last = found[-1][1] or 0
        unmarked = RosterRow.objects.filter(pk__in=[key for key, _ in found], accepted_at=None)
        if unmarked.exists():
            with hold_upload(upload) as held:
                unmarked.update(accepted_at=held.decided_at or clock.now())


def _in_this_filing(filing: GroupFiling) -> Exists:
    own = RosterEntry.objects.filter(filing=filing, removed_at=None)
    return Exists(own.filter(document_index=OuterRef("document_index")))


def _in_another(filing: GroupFiling) -> Exists:
    return Exists(filed_elsewhere(filing).filter(document_index=OuterRef("document_index")))


def _add_people(rows: QuerySet[RosterRow], at: datetime) -> None:
    """An entry for each of these rows, by INSERT … SELECT; an entry bears the key of the row it began with."""
    copied = (
        rows.order_by("line")
        .values_list("id", "filing_id", "document_index")
        .annotate(
            this_row=F("id"),
            now=Value(at, output_field=DateTimeField()),
            no_hints=Value([], output_field=JSONField()),
            no_obstacles=Value([], output_field=JSONField()),
        )
    )
    select, values = copied.query.sql_with_params()
    fields = ("id", "filing_id", "document_index", "row_id", "added_at", "portrait_hints", "obstacles")
    into = f"INSERT INTO {RosterEntry._meta.db_table} ({', '.join(fields)})"
    with connection.cursor() as cursor:
        cursor.execute(f"{into} {select}", values)


def lock_filing(filing: GroupFiling, rows: QuerySet[RosterRow]) -> None:
    """Hold the filing, and before it the people and applications that these rows may touch: nobody submits or is added
    meanwhile. Lock order everywhere: Person → Application → GroupFiling → RosterUpload → RosterEntry.
    """
    entries = RosterEntry.objects.filter(filing=filing, removed_at=None).exclude(application=None)
    touched = entries.filter(document_index__in=rows.values("document_index"))
    applied = list(touched.values_list("application__person", "application"))
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
            row.accepted_at = None
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
    RosterRow.objects.bulk_update(otherwise, ["outcome", "problems", "accepted_at"], batch_size=100)
    RosterRow.objects.filter(pk__in=accepted).update(accepted_at=at)
    return changes


def replace_row(entry: RosterEntry, row: RosterRow) -> None:
    """Let `row` count from now on. What stood in the way of filing the old one is over; who was submitted but not filed
    is not submitted any more. An application that was returned keeps the act it came with."""
    entry.row, entry.obstacles = row, []
    if entry.application is None or entry.application.status == Status.DRAFT:
        entry.submission = None


def _chunks(rows: QuerySet[RosterRow]) -> Iterator[list[RosterRow]]:
    """By line, so that no more than a chunk is in memory."""
    last = 0
    while chunk := list(rows.defer("content").filter(line__gt=last).order_by("line")[:CHUNK]):
        yield chunk
        last = chunk[-1].line or 0

"""Where each session's scores stand, by when they are due, and which of staff's queues it waits in (N2026-3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from exams.arrangement.models import Session
from exams.arrangement.queries import live_seats
from exams.filing.models import Status
from exams.results.due import due_days
from exams.results.models import Cancellation, Score, ScoreSheet
from exams.results.roll import (
    BARRED,
    CANCELLED,
    EXCUSE_OPEN,
    NOT_ADMITTED,
    OTHER,
    PUBLISHED,
    Roll,
    Row,
    rolls,
)
from portal import clock
from portal.rules.workdays import Counted

TO_READ, TO_CHECK, TO_PUBLISH, LATE, WAITING, DONE = "read", "check", "publish", "late", "waiting", "done"
STAGES = {
    TO_READ: "待录入",
    TO_CHECK: "待核对",
    TO_PUBLISH: "待公布",
    LATE: "可补公布",
    WAITING: "暂缓公布",
    DONE: "已公布",
}
HELD_BACK = (BARRED, OTHER, EXCUSE_OPEN)
"""What withholds a score rightly: no clock runs against staff meanwhile."""


@dataclass(frozen=True)
class Progress:
    """A closed session's scores. `due`: the earliest day by which somebody's score in it must be published, or None."""

    roll: Roll
    due: Counted | None

    @property
    def session(self) -> Session:
        return self.roll.session

    @property
    def sheet(self) -> ScoreSheet | None:
        """The sheet to work on: the open one, else the latest."""
        return self.roll.open_sheet or (self.roll.sheets[-1] if self.roll.sheets else None)

    @cached_property
    def stage(self) -> str:
        sheet = self.roll.open_sheet
        if sheet is not None and sheet.checked_at is not None:
            return TO_PUBLISH
        if sheet is not None:
            return TO_READ if self.roll.unread(sheet) else TO_CHECK
        open_rows = [row for row in self.roll.rows if row.where not in (PUBLISHED, NOT_ADMITTED, CANCELLED)]
        if open_rows and (not self.roll.sheets or self.roll.papers()):
            return TO_READ
        if any(self.roll.publishable(sheet) for sheet in self.roll.sheets):
            return LATE
        return WAITING if open_rows else DONE

    @property
    def word(self) -> str:
        return STAGES[self.stage]

    @property
    def overdue(self) -> bool:
        return self.due is not None and clock.today() > self.due.day

    @property
    def held_back(self) -> list[Row]:
        return [row for row in self.roll.rows if row.where in HELD_BACK]


def unfinished_sessions() -> QuerySet[Session]:
    """Closed sessions with somebody whose score is neither published nor cancelled, or with an unpublished sheet."""
    mine = {"application": OuterRef("application_id"), "subject": OuterRef("subject")}
    open_seats = live_seats().filter(
        ~Exists(Score.objects.filter(retracted_at=None, **mine)),
        ~Exists(Cancellation.objects.filter(lifted_at=None, **mine)),
        session=OuterRef("pk"),
        application__status=Status.APPROVED,
    )
    open_sheets = ScoreSheet.objects.filter(session=OuterRef("pk"), retracted_at=None, published_at=None)
    return closed_sessions().filter(Q(Exists(open_seats)) | Q(Exists(open_sheets)))


def closed_sessions() -> QuerySet[Session]:
    """Sessions whose attendance is complete, the oldest first."""
    rows = Session.objects.filter(closing__isnull=False).select_related(
        "site", "offering__occupation", "closing"
    )
    return rows.order_by("starts_at", "subject", "pk")


def unfinished() -> list[Progress]:
    """What staff still have to do, the most urgent first; what has no due day yet comes after what has."""
    found = progress_of(unfinished_sessions())
    return sorted(found, key=lambda one: (one.due is None, one.due.day if one.due else date.max))


def progress_of(sessions: Iterable[Session]) -> list[Progress]:
    """Where each stands, in the order given, in a fixed number of queries."""
    by_key = rolls(sessions)
    waiting = {
        row.seat.application
        for roll in by_key.values()
        for row in roll.rows
        if row.where not in (PUBLISHED, NOT_ADMITTED, CANCELLED, *HELD_BACK)
    }
    due = due_days(waiting)
    return [Progress(roll, _earliest(roll, due)) for roll in by_key.values()]


def _earliest(roll: Roll, due: Mapping[UUID, Counted]) -> Counted | None:
    days = [
        due[row.seat.application_id]
        for row in roll.rows
        if row.seat.application_id in due
        and row.where not in (PUBLISHED, NOT_ADMITTED, CANCELLED, *HELD_BACK)
    ]
    return min(days, key=lambda counted: counted.day, default=None)

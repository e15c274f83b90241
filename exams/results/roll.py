"""All that is known of a session's people between the exam and the publication, read at once for many sessions.

From it follow which papers are still to be read, what a publication would do, and where a session stands.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from applicants.standing.models import Bar
from exams.arrangement.models import Seat, Session
from exams.arrangement.queries import live_seats
from exams.filing.models import Status
from exams.results.models import Attendance, Cancellation, Excuse, Score, ScoreEntry, ScoreSheet
from exams.results.queries import FIRST, SECOND, SETTLING, attendance_by_seat, standing_scores
from portal import clock

PRESENT, ABSENT = Attendance.State.PRESENT, Attendance.State.ABSENT

# What stands between a person and their score; READY: nothing.
PUBLISHED, READY, UNREAD, BARRED = "published", "ready", "unread", "barred"
CANCELLED, NOT_ADMITTED, EXCUSE_OPEN, UNKNOWN, OTHER = (
    "cancelled",
    "not_admitted",
    "excuse_open",
    "unknown",
    "other",
)
WORDS = {
    PUBLISHED: "已公布",
    READY: "可以公布",
    UNREAD: "成绩还没有录入或两次不一致",
    BARRED: "在禁考期内，暂不公布",
    CANCELLED: "这一科成绩已因处理决定取消，不公布",
    NOT_ADMITTED: "申报已不在审核通过状态，不公布",
    EXCUSE_OPEN: "缺考事由正在处理，暂不公布",
    UNKNOWN: "到考情况没有登记",
    OTHER: "到考情况登记为“其他”，另行处理",
}


@dataclass(frozen=True)
class Row:
    """One live seat of the session. `sheet`: the live sheet with readings of its paper; `hands`: those, by hand."""

    seat: Seat
    attendance: Attendance | None
    sheet: ScoreSheet | None
    hands: dict[int, ScoreEntry]
    score: Score | None
    cancelled: bool
    bar: Bar | None
    excuse_open: bool

    @property
    def has_paper(self) -> bool:
        return self.attendance is not None and self.attendance.state == PRESENT

    @property
    def reading(self) -> ScoreEntry | None:
        """The reading that stands: the third, else what two hands agree on; of an imported sheet the first alone."""
        if SETTLING in self.hands:
            return self.hands[SETTLING]
        first, second = self.hands.get(FIRST), self.hands.get(SECOND)
        if first and second:
            return first if first.points == second.points else None
        imported = self.sheet is not None and self.sheet.source == ScoreSheet.Source.IMPORTED
        return first if imported else None

    @property
    def differs(self) -> bool:
        """Two hands read the paper differently, and nobody settled it."""
        return {FIRST, SECOND} <= set(self.hands) and self.reading is None

    @property
    def points(self) -> int | None:
        """What would be published: None for absence."""
        return self.reading.points if self.has_paper and self.reading else None

    @property
    def where(self) -> str:
        """The first thing that stands in the way of publication, as one of the codes above."""
        if self.score is not None:
            return PUBLISHED
        if self.seat.application.status != Status.APPROVED:
            return NOT_ADMITTED
        if self.cancelled:
            return CANCELLED
        if self.attendance is None:
            return UNKNOWN
        if self.attendance.state == Attendance.State.OTHER:
            return OTHER
        if not self.has_paper and self.excuse_open:
            return EXCUSE_OPEN
        if self.has_paper and self.reading is None:
            return UNREAD
        return BARRED if self.bar is not None else READY

    @property
    def words(self) -> str:
        return WORDS[self.where]


@dataclass(frozen=True)
class Roll:
    """A session's people by room and seat, and its live sheets by serial."""

    session: Session
    sheets: tuple[ScoreSheet, ...]
    rows: tuple[Row, ...]

    @property
    def open_sheet(self) -> ScoreSheet | None:
        """The sheet that is not published yet."""
        return next((sheet for sheet in self.sheets if sheet.published_at is None), None)

    def papers(self, sheet: ScoreSheet | None = None) -> list[Row]:
        """Papers that are this sheet's to read: of people who were there and whose paper no other sheet has.

        Without a sheet: what one opened now would have to read.
        """
        mine = sheet.pk if sheet else None
        return [
            row
            for row in self.rows
            if row.has_paper and (row.sheet.pk == mine if row.sheet else _still_to_read(row, sheet))
        ]

    def unread(self, sheet: ScoreSheet | None = None) -> list[Row]:
        """Papers of the sheet without a reading that stands."""
        return [row for row in self.papers(sheet) if row.reading is None]

    def publishable(self, sheet: ScoreSheet) -> list[Row]:
        """Who would be published with this sheet now: the absent, and those whose paper it has."""
        return [
            row
            for row in self.rows
            if row.where == READY and (not row.has_paper or (row.sheet and row.sheet.pk == sheet.pk))
        ]

    def left_open(self, sheet: ScoreSheet) -> list[Row]:
        """Who would not be, though nothing is published of them; whose paper another sheet has is not its concern."""
        mine = {row.seat.pk for row in self.publishable(sheet)}
        return [
            row
            for row in self.rows
            if row.where != PUBLISHED
            and row.seat.pk not in mine
            and (row.sheet is None or row.sheet.pk == sheet.pk)
        ]


def _still_to_read(row: Row, sheet: ScoreSheet | None) -> bool:
    """A paper nobody read yet belongs to the open sheet, unless its score stands or will never be published."""
    if sheet is not None and sheet.published_at is not None:
        return False
    return row.where not in (PUBLISHED, NOT_ADMITTED, CANCELLED)


def roll_of(session: Session) -> Roll:
    return rolls([session])[session.pk]


def rolls(sessions: Iterable[Session]) -> dict[UUID, Roll]:
    """The rolls of these sessions, by key, in a fixed number of queries."""
    found = {session.pk: session for session in sessions}
    seats = list(
        live_seats()
        .filter(session__in=list(found))
        .select_related("application__offering__occupation", "application__institution", "person", "room")
        .order_by("room__name", "number", "application__number")
    )
    sheets = list(
        ScoreSheet.objects.filter(session__in=list(found), retracted_at=None)
        .select_related("session", "made_by", "checked_by", "published_by")
        .order_by("serial")
    )
    rows = _rows(seats, sheets)
    return {
        key: Roll(
            session,
            tuple(sheet for sheet in sheets if sheet.session_id == key),
            tuple(row for row in rows if row.seat.session_id == key),
        )
        for key, session in found.items()
    }


def _rows(seats: Collection[Seat], sheets: Collection[ScoreSheet]) -> list[Row]:
    applications = {seat.application_id for seat in seats}
    attendance = attendance_by_seat(seats)
    readings: dict[UUID, dict[int, ScoreEntry]] = {}
    for entry in ScoreEntry.objects.filter(sheet__in=[sheet.pk for sheet in sheets]).select_related("by"):
        readings.setdefault(entry.seat_id, {})[entry.hand] = entry
    sheet_by_key = {sheet.pk: sheet for sheet in sheets}
    scores = {
        (score.application_id, score.subject): score
        for score in standing_scores().filter(application__in=applications)
    }
    cancelled = set(
        Cancellation.objects.filter(application__in=applications, lifted_at=None).values_list(
            "application_id", "subject"
        )
    )
    today = clock.today()
    bars = {
        bar.person_id: bar
        for bar in Bar.objects.filter(
            person__in={seat.person_id for seat in seats},
            lifted_at=None,
            barred_from__lte=today,
            barred_until__gte=today,
        ).order_by("barred_until")
    }
    excuses = set(
        Excuse.objects.filter(
            seat__in=[seat.pk for seat in seats], decision=Excuse.Decision.OPEN
        ).values_list("seat_id", flat=True)
    )
    rows = []
    for seat in seats:
        hands = readings.get(seat.pk, {})
        subject = (seat.application_id, seat.subject)
        rows.append(
            Row(
                seat=seat,
                attendance=attendance.get(seat.pk),
                sheet=sheet_by_key[next(iter(hands.values())).sheet_id] if hands else None,
                hands=hands,
                score=scores.get(subject),
                cancelled=subject in cancelled,
                bar=bars.get(seat.person_id),
                excuse_open=seat.pk in excuses,
            )
        )
    return rows

"""What stands: attendance, readings of a sheet, published scores, and what a person has reached with them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from exams.arrangement.models import Seat, Session
from exams.arrangement.queries import live_seats
from exams.catalogue.models import SchemeSubject, Subject
from exams.catalogue.queries import scheme_on
from exams.filing.models import Application
from exams.results.models import Attendance, Cancellation, Correction, Recheck, Score, ScoreEntry, ScoreSheet
from portal import clock


def seats_of_session(session: Session) -> list[Seat]:
    """The session's live seats by room and number, with their people."""
    return list(
        live_seats()
        .filter(session=session)
        .select_related("application", "person", "room")
        .order_by("room__name", "number", "application__number")
    )


def attendance_by_seat(seats: Collection[Seat]) -> dict[UUID, Attendance]:
    """The latest note of each seat that has one; the others are unknown yet."""
    rows = Attendance.objects.filter(seat__in=[seat.pk for seat in seats]).order_by("noted_at", "pk")
    return {row.seat_id: row for row in rows}


def unresolved(session: Session) -> list[Seat]:
    """Seats of which nobody has said whether their person came."""
    seats = seats_of_session(session)
    known = attendance_by_seat(seats)
    return [seat for seat in seats if seat.pk not in known]


def live_sheet(session: Session) -> ScoreSheet | None:
    """The sheet that counts, or None before the first and after a retraction."""
    return session.score_sheets.filter(retracted_at=None).first()


def seats_to_score(session: Session) -> list[Seat]:
    """Those who were there: only they have a paper."""
    seats = seats_of_session(session)
    known = attendance_by_seat(seats)
    there = Attendance.State.PRESENT
    return [seat for seat in seats if seat.pk in known and known[seat.pk].state == there]


def marks_of(session: Session) -> SchemeSubject:
    """Maximum and pass mark of the session's subject, by the scheme of its day. Raises ValueError without one."""
    scheme = scheme_on(session.offering, clock.local_day(session.starts_at))
    marks = scheme.subjects.filter(subject=session.subject).first() if scheme else None
    if marks is None:
        raise ValueError(f"no scheme for {session}")
    return marks


def readings(sheet: ScoreSheet) -> dict[UUID, dict[int, ScoreEntry]]:
    """By seat, each hand's reading of the paper."""
    found: dict[UUID, dict[int, ScoreEntry]] = {}
    for entry in sheet.entries.select_related("by"):
        found.setdefault(entry.seat_id, {})[entry.hand] = entry
    return found


def agreed(hands: dict[int, ScoreEntry]) -> ScoreEntry | None:
    """The reading that stands: the third where there is one, else the two that agree, else None."""
    if 3 in hands:
        return hands[3]
    if 1 in hands and 2 in hands and hands[1].points == hands[2].points:
        return hands[1]
    return None


def standing_scores() -> QuerySet[Score]:
    """Published scores that count: not retracted, not replaced by a correction. A cancelled one stands as cancelled."""
    newer = Score.objects.filter(replaces=OuterRef("pk"), retracted_at=None)
    return Score.objects.filter(~Exists(newer), retracted_at=None)


def live_cancellations(application: Application) -> QuerySet[Cancellation]:
    """What decisions cancelled of this application and nobody lifted."""
    return Cancellation.objects.filter(application=application, lifted_at=None)


@dataclass(frozen=True)
class SubjectResult:
    """One subject of an application as its person may see it.

    `score` None: not published yet; `cancelled`: the oldest cancellation in force, with which nothing is passed.
    """

    subject: str
    score: Score | None
    recheck: Recheck | None
    correction_open: bool
    cancelled: Cancellation | None

    @property
    def label(self) -> str:
        return str(Subject(self.subject).label)

    @property
    def passed(self) -> bool:
        return self.score is not None and self.score.passed and self.cancelled is None

    @property
    def frozen(self) -> bool:
        """Nothing may rest on the score until the question about it is answered."""
        return self.correction_open or (self.recheck is not None and self.recheck.answered_at is None)


def results_of(application: Application) -> list[SubjectResult]:
    """Each subject of the application, in its order."""
    return results_by_application([application])[application.pk]


def results_by_application(applications: Collection[Application]) -> dict[UUID, list[SubjectResult]]:
    """The same for many, with as many queries as for one."""
    keys = [one.pk for one in applications]
    scores = {
        (row.application_id, row.subject): row for row in standing_scores().filter(application__in=keys)
    }
    asked = Recheck.objects.filter(score__application__in=keys).order_by("asked_at")
    rechecks = {row.score_id: row for row in asked}
    open_corrections = set(
        Correction.objects.filter(score__application__in=keys, confirmed_at=None).values_list(
            "score_id", flat=True
        )
    )
    newest_first = Cancellation.objects.filter(application__in=keys, lifted_at=None).order_by(
        "-cancelled_at", "-pk"
    )
    cancelled = {(row.application_id, row.subject): row for row in newest_first}

    def result(application: Application, subject: str) -> SubjectResult:
        score = scores.get((application.pk, subject))
        recheck = rechecks.get(score.pk) if score else None
        correcting = score is not None and score.pk in open_corrections
        return SubjectResult(subject, score, recheck, correcting, cancelled.get((application.pk, subject)))

    return {one.pk: [result(one, subject) for subject in one.subjects] for one in applications}


def last_sitting(application: Application) -> date | None:
    """The day of the application's last subject, from which scores are due (N2026-3); None until all are over."""
    seats = {seat.subject: seat for seat in live_seats().filter(application=application)}
    if set(seats) < set(application.subjects) or not seats:
        return None
    last = max(seat.ends_at for seat in seats.values())
    return clock.local_day(last) if last <= clock.now() else None

"""What stands: attendance, readings of a sheet, published scores, and what a person has reached with them."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from exams.arrangement.models import Seat, Session
from exams.arrangement.queries import given_up_subjects, live_seats
from exams.catalogue.models import SchemeSubject, Subject
from exams.filing.models import Application
from exams.results.models import Attendance, Cancellation, Correction, Recheck, Score, ScoreSheet
from portal import clock

FIRST, SECOND, SETTLING = 1, 2, 3
"""The hands that read a paper: two apart from each other, and a third where they differ."""


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
    """The latest sheet that is not retracted, or None."""
    return session.score_sheets.filter(retracted_at=None).order_by("-serial").first()


def seats_to_score(session: Session) -> list[Seat]:
    """Those who were there: only they have a paper."""
    seats = seats_of_session(session)
    known = attendance_by_seat(seats)
    there = Attendance.State.PRESENT
    return [seat for seat in seats if seat.pk in known and known[seat.pk].state == there]


def marks_of(session: Session) -> SchemeSubject:
    """Maximum and pass mark of the session's subject, by the scheme of its day. Raises ValueError without one.

    Who was approved before a scheme left the subject out sits it all the same, by the last scheme that had it.
    """
    held = SchemeSubject.objects.filter(scheme__offering=session.offering_id, subject=session.subject)
    until = held.filter(scheme__effective_from__lte=clock.local_day(session.starts_at))
    marks = until.select_related("scheme").order_by("-scheme__effective_from").first()
    if marks is None:
        raise ValueError(f"no scheme for {session}")
    return marks


def standing_scores() -> QuerySet[Score]:
    """Published scores that count: not retracted, not replaced by a correction. A cancelled one stands as cancelled."""
    newer = Score.objects.filter(replaces=OuterRef("pk"), retracted_at=None)
    return Score.objects.filter(~Exists(newer), retracted_at=None)


def open_corrections() -> QuerySet[Correction]:
    """Corrections of standing scores that somebody asked for and nobody has confirmed or dropped."""
    return Correction.objects.filter(confirmed_at=None, dropped_at=None, score__in=standing_scores())


def open_rechecks() -> QuerySet[Recheck]:
    """Rechecks that wait for an answer; with the retraction of its score one is over."""
    return Recheck.objects.filter(answered_at=None, score__retracted_at=None)


def live_cancellations(application: Application) -> QuerySet[Cancellation]:
    """What decisions cancelled of this application and nobody lifted."""
    return Cancellation.objects.filter(application=application, lifted_at=None)


@dataclass(frozen=True)
class SubjectResult:
    """One subject of an application as its person may see it.

    `score` None: not published yet; `cancelled`: the oldest cancellation in force, with which nothing is passed;
    `given_up`: there will be none, as the person gave the subject up.
    """

    subject: str
    score: Score | None
    recheck: Recheck | None
    correction_open: bool
    cancelled: Cancellation | None
    given_up: bool

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
    # By subject, not by score: one that was corrected meanwhile keeps the question that led to it.
    asked = Recheck.objects.filter(score__application__in=keys, score__retracted_at=None).order_by("asked_at")
    rechecks = {(row.score.application_id, row.score.subject): row for row in asked.select_related("score")}
    in_question = set(
        open_corrections()
        .filter(score__application__in=keys)
        .values_list("score__application_id", "score__subject")
    )
    newest_first = Cancellation.objects.filter(application__in=keys, lifted_at=None).order_by(
        "-cancelled_at", "-pk"
    )
    cancelled = {(row.application_id, row.subject): row for row in newest_first}
    given_up = given_up_subjects(keys)

    def result(application: Application, subject: str) -> SubjectResult:
        key = (application.pk, subject)
        return SubjectResult(
            subject,
            scores.get(key),
            rechecks.get(key),
            key in in_question,
            cancelled.get(key),
            subject in given_up[application.pk],
        )

    return {one.pk: [result(one, subject) for subject in one.subjects] for one in applications}

"""Sessions that were sat, made directly as rows: who came, who did not. Scores themselves go through the actions."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from applicants.accounts.models import Account
from exams.arrangement.models import Seat, Session
from exams.catalogue.models import Offering
from exams.filing.models import Application
from exams.results.entering import check_sheet, enter_points, open_sheet
from exams.results.models import Attendance, Score, ScoreSheet, SessionClosing
from exams.results.publishing import publish_sheet
from portal import clock
from tests import factories

EXAM_DAY = date(2026, 10, 12)
"""A Monday; the 20th working day after it is 9 November 2026, the 30th 23 November."""


@dataclass
class Team:
    """People enough that no two hands are the same."""

    maker: Account = field(default_factory=lambda: factories.make_staff("周敏"))
    second: Account = field(default_factory=lambda: factories.make_staff("顾晓峰"))
    third: Account = field(default_factory=lambda: factories.make_staff("蒋文"))
    outsider: Account = field(default_factory=lambda: factories.make_staff("沈岚"))


def candidates(*names: str, **fields: object) -> list[Application]:
    """Approved and paid applications of people of these names."""
    applications = [factories.make_application(factories.make_person(name), **fields) for name in names]
    for application in applications:
        factories.pay(application)
    return applications


def hold_session(
    applications: Iterable[Application],
    subject: str = "theory",
    *,
    day: date = EXAM_DAY,
    hour: int = 9,
    offering: Offering | None = None,
) -> Session:
    """A session at that hour of the day with everybody seated at a number; nobody is noted yet."""
    applications = list(applications)
    offering = offering or applications[0].offering
    session = factories.make_session(offering, subject, clock.start_of(day) + timedelta(hours=hour))
    for number, application in enumerate(applications, start=1):
        factories.seat(application, session, number)
    return session


def seat_of(application: Application, session: Session) -> Seat:
    return session.seats.get(application=application, released_at=None)


def note(seat: Seat, state: str = "present", reason: str = "", *, by: Account | None = None) -> Attendance:
    """The row a note of attendance leaves."""
    return Attendance.objects.create(
        seat=seat,
        state=state,
        reason=reason or ("设备故障，另行安排" if state == "other" else None),
        noted_by=by or factories.make_staff("考务员"),
        noted_at=clock.now(),
    )


def close(session: Session, **states: str) -> None:
    """Resolve every seat that is not yet, present unless `states` says otherwise by name, and end the session."""
    by = factories.make_staff("考务员")
    for seat in session.seats.filter(released_at=None, attendances=None).select_related("person"):
        note(seat, states.get(seat.person.name, "present"), by=by)
    SessionClosing.objects.create(session=session, closed_by=by, closed_at=clock.now())


def points_of(session: Session, **points: int) -> dict[UUID, int]:
    """Readings by seat, given by name."""
    seats = {seat.person.name: seat.pk for seat in session.seats.select_related("person")}
    return {seats[name]: value for name, value in points.items()}


def checked_sheet(session: Session, team: Team, **points: int) -> ScoreSheet:
    """A sheet read twice by two hands and checked by the second."""
    sheet = open_sheet(actor=team.maker, session=session)
    read = points_of(session, **points)
    enter_points(actor=team.maker, sheet=sheet, hand=1, points=read)
    enter_points(actor=team.second, sheet=sheet, hand=2, points=read)
    return check_sheet(actor=team.second, sheet=sheet)


def published(session: Session, team: Team, **points: int) -> dict[str, Score]:
    """Close the session if it is open, enter, check and publish; the scores by name."""
    if not hasattr(session, "closing"):
        close(session, **{name: "absent" for name in _names(session) if name not in points})
        session = Session.objects.get(pk=session.pk)
    scores, _ = publish_sheet(actor=team.second, sheet=checked_sheet(session, team, **points))
    return {score.application.person.name: score for score in scores}


def _names(session: Session) -> list[str]:
    return [seat.person.name for seat in session.seats.filter(released_at=None).select_related("person")]

"""Telling people what concerns their seats, in messages that are sent once; and the worker, that tickets follow."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from exams.arrangement.models import Seat, Session
from exams.arrangement.queries import seats_of
from exams.catalogue.models import Subject
from exams.filing.models import Application
from exams.filing.telling import tell
from portal import clock, workdays
from portal.celery_app import nudge
from portal.rules.tickets import opening_of_all
from portal.rules.wording import day_text


def ask_for_tickets() -> None:
    """Have tickets made, or replaced, as soon as this is committed; the sweep a minute later would find them too."""
    transaction.on_commit(partial(nudge, "exams.tasks.sweep_tickets"))


def session_text(session: Session | Seat) -> str:
    """10月12日（周一）9:00 理论知识"""
    starts = session.starts_at.astimezone(clock.SHANGHAI)
    day = day_text(starts.date(), weekday=True)
    return f"{day}{starts:%-H:%M} {Subject(session.subject).label}"


def tell_seated(application: Application) -> None:
    """Say when the person sits and from which day the ticket is there. Once a set of seats."""
    seats = list(seats_of(application))
    opens = opening_of_all([clock.local_day(seat.starts_at) for seat in seats], workdays.current())
    newest = max(seat.placed_at for seat in seats)
    tell(
        application,
        "seated",
        key=f"{application.pk}:{newest.isoformat()}",
        sessions="；".join(session_text(seat) for seat in seats),
        opens_on=day_text(opens.day) + ("（暂定）" if opens.provisional else ""),
    )


def tell_changed(seats: Iterable[Seat], *, change: str, key: str, rescheduled: bool) -> None:
    """Tell those who keep their place in a changed session, and nobody else; `key` names the change.

    With another time or site (`rescheduled`) they hear that they may leave instead.
    """
    event = "session_rescheduled" if rescheduled else "session_changed"
    for seat in seats:
        tell(seat.application, event, key=f"{key}:{seat.application_id}", change=change)


def tell_displaced(seats: Iterable[Seat], *, change: str, key: str) -> None:
    """Tell those whom a changed session no longer suits that they wait at their rank, or may leave."""
    for seat in seats:
        tell(seat.application, "session_displaced", key=f"{key}:{seat.application_id}", change=change)


def tell_called_off(seats: Iterable[Seat], *, session: Session, reason: str) -> None:
    """Tell those who held a seat that the session is off, that they keep their rank and may have a refund."""
    for seat in seats:
        tell(
            seat.application,
            "session_called_off",
            key=f"{session.pk}:{seat.application_id}",
            session=session_text(session),
            reason=reason,
        )

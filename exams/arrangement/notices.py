"""Telling people what concerns their seats, in messages that are sent once; and the worker, that tickets follow."""

from collections.abc import Collection
from functools import partial

from django.db import transaction

from exams.arrangement.models import Seat, Session
from exams.arrangement.queries import live_seats, seats_of
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


def tell_changed(seats: Collection[Seat], *, change: str, key: str, rescheduled: bool) -> None:
    """Tell those who keep their place in a changed session, and nobody else; `key` names the change.

    With another time or site (`rescheduled`) they hear that they may leave, or give the subject up, instead.
    """
    if rescheduled:
        _tell_with_choice(seats, "session_rescheduled", key=key, change=change)
        return
    for seat in seats:
        tell(seat.application, "session_changed", key=f"{key}:{seat.application_id}", change=change)


def tell_displaced(seats: Collection[Seat], *, change: str, key: str) -> None:
    """Tell those whom a changed session no longer suits that they wait at their rank, or may have money back."""
    _tell_with_choice(seats, "session_displaced", key=key, change=change)


def tell_called_off(seats: Collection[Seat], *, session: Session, reason: str) -> None:
    """Tell those who held a seat that the session is off, that they keep their rank and may have money back."""
    values = {"session": session_text(session), "reason": reason}
    _tell_with_choice(seats, "session_called_off", key=str(session.pk), **values)


def _tell_with_choice(seats: Collection[Seat], event: str, *, key: str, **values: str) -> None:
    """With what each may do instead of waiting: leave, or give this subject up once another of theirs has begun."""
    mine, people = [seat.pk for seat in seats], [seat.application_id for seat in seats]
    others = live_seats().filter(application__in=people, starts_at__lte=clock.now()).exclude(pk__in=mine)
    half_sat = set(others.values_list("application_id", flat=True))
    for seat in seats:
        application, payer = seat.application, seat.application.institution
        if application.pk in half_sat:
            back = "退还这一科的费用" if payer is None else f"这一科的费用退还{payer.name}"
            choice = f"只放弃这一科，{back}"
        else:
            choice = "退出，费用全部退还" if payer is None else f"退出，费用退还{payer.name}"
        tell(application, event, key=f"{key}:{application.pk}", choice=choice, **values)

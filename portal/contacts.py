"""Where and when the association can be reached, for the help line of every page (N2026-6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import cache

from django.db import DatabaseError

from portal import clock
from portal.models import DayException
from portal.rules.counter import status
from portal.rules.notice import Notice, shipped
from portal.workdays import calendar


@dataclass(frozen=True)
class CounterDay:
    """A day on which the counter receives. `provisional`: a year without a holiday arrangement was looked at."""

    day: date
    is_today: bool
    provisional: bool


_shipped = cache(shipped)


def notice_in_force(on: date) -> Notice:
    """The latest notice published by the day; before the first one, the first."""
    notices = _shipped()
    published = [notice for notice in notices if notice.published_on <= on]
    return published[-1] if published else notices[0]


def counter_days() -> Iterator[CounterDay]:
    """The days the counter receives, from now on: today while it has not closed, then the days after it."""
    now = clock.now()
    today, hours, exceptions = now.date(), notice_in_force(now.date()).counter, day_exceptions()
    working = calendar({day: is_working for day, (is_working, _) in exceptions.items()})
    receives = {day: is_open for day, (_, is_open) in exceptions.items() if is_open is not None}
    found = status(today, hours=hours, is_working_day=working, exceptions=receives)
    if found.open and now.time() < hours.closes:
        yield CounterDay(today, True, found.provisional)
    while True:
        day = found.next_open
        yield CounterDay(day, False, found.provisional)
        found = status(day, hours=hours, is_working_day=working, exceptions=receives)


def day_exceptions() -> dict[date, tuple[bool, bool | None]]:
    """Staff's exceptions: day → (is a working day, counter open or None); none where no database answers."""
    try:
        return {row.day: (row.is_working_day, row.counter_open) for row in DayException.objects.all()}
    except DatabaseError:
        return {}


def hours_between(opens: time, closes: time) -> str:
    """9:30–15:00"""
    return f"{opens.hour}:{opens.minute:02d}–{closes.hour}:{closes.minute:02d}"

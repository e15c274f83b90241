"""Where and when the association can be reached, for the help line of every page (N2026-6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache

from django.db import DatabaseError

from portal import clock
from portal.models import DayException
from portal.rules.counter import status
from portal.rules.notice import Notice, shipped
from portal.workdays import calendar


@dataclass(frozen=True)
class CounterDay:
    """A Monday or Wednesday (or a day staff set apart) and whether the counter receives on it.

    `reason` as in `portal.rules.counter`; `provisional`: its year's holidays are not published yet.
    """

    day: date
    is_open: bool
    reason: str
    is_today: bool
    provisional: bool


_shipped = cache(shipped)


def notice_in_force(on: date) -> Notice:
    """The latest notice published by the day; before the first one, the first."""
    notices = _shipped()
    published = [notice for notice in notices if notice.published_on <= on]
    return published[-1] if published else notices[0]


def counter_days() -> Iterator[CounterDay]:
    """The counter's days from now on, closed ones among them; today only while the counter has not closed."""
    now, exceptions = clock.now(), day_exceptions()
    series = [notice.counter for notice in _shipped()]
    working = calendar({day: is_working for day, (is_working, _) in exceptions.items()})
    receives = {day: is_open for day, (_, is_open) in exceptions.items() if is_open is not None}
    closed_today = now.time() >= notice_in_force(now.date()).counter.closes
    day = now.date() + timedelta(days=int(closed_today))
    while True:
        found = status(day, hours=series, is_working_day=working, exceptions=receives)
        if found.open or found.reason in {"holiday", "exception"}:
            provisional = found.open and found.reason == "open" and working(day)[1]
            yield CounterDay(day, found.open, found.reason, day == now.date(), provisional)
        day += timedelta(days=1)


def next_counter_day() -> CounterDay:
    """The day on which the counter receives next: today while it has not closed."""
    return next(found for found in counter_days() if found.is_open)


def day_exceptions() -> dict[date, tuple[bool, bool | None]]:
    """Staff's exceptions: day → (is a working day, counter open or None); none where no database answers."""
    try:
        return {row.day: (row.is_working_day, row.counter_open) for row in DayException.objects.all()}
    except DatabaseError:
        return {}


def hours_between(opens: time, closes: time) -> str:
    """9:30–15:00"""
    return f"{opens.hour}:{opens.minute:02d}–{closes.hour}:{closes.minute:02d}"

"""Counting working days. The calendar is an argument: `is_working_day(day)` answers (working, provisional).

`provisional` is true for a day of a year whose holiday arrangement is not published yet. A result that looked
at one such day, working or not, is provisional: the arrangement may still make a Saturday a working day.
Every function raises `Refused` where the calendar ends (years 1 and 9999).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from portal.rules.findings import Finding, Refused

Calendar = Callable[[date], tuple[bool, bool]]


class Counted(NamedTuple):
    """A day found by counting, and whether an unpublished year was counted through."""

    day: date
    provisional: bool


class WorkingDays(NamedTuple):
    """A number of working days, and whether an unpublished year was counted through."""

    days: int
    provisional: bool


def add_working_days(day: date, count: int, is_working_day: Calendar) -> Counted:
    """The `count`-th working day after `day`, `day` itself not counted (Civil Code art. 201)."""
    return _walk(day, count, is_working_day, timedelta(days=1))


def working_days_before(day: date, count: int, is_working_day: Calendar) -> Counted:
    """The `count`-th working day before `day`, `day` itself not counted."""
    return _walk(day, count, is_working_day, timedelta(days=-1))


def working_days_between(start: date, end: date, is_working_day: Calendar) -> WorkingDays:
    """Working days after `start` up to and including `end`; 0 where `end` is not later than `start`."""
    total, provisional = 0, False
    for offset in range(1, (end - start).days + 1):
        working, unsure = is_working_day(start + timedelta(days=offset))
        total += working
        provisional = provisional or unsure
    return WorkingDays(total, provisional)


def _walk(day: date, count: int, is_working_day: Calendar, step: timedelta) -> Counted:
    if count < 1:
        raise ValueError("count at least one working day")
    provisional = False
    while count:
        try:
            day += step
        except OverflowError:
            raise Refused(Finding("", "calendar_ends", "日期超出日历可以推算的范围。")) from None
        working, unsure = is_working_day(day)
        count -= working
        provisional = provisional or unsure
    return Counted(day, provisional)

"""The calendar of working days: the State Council's arrangement by a library, with exceptions over it.

A year whose arrangement the library does not know is never guessed silently: Monday to Friday are
working days in it except 1 January, and every such answer says that it is provisional.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from chinese_calendar import constants

from portal.rules.workdays import Calendar

PUBLISHED_YEARS = frozenset(day.year for day in constants.holidays)
"""Years whose arrangement the library knows."""


def is_working_day(day: date) -> tuple[bool, bool]:
    """(is `day` a working day, is the answer provisional), by the library alone."""
    if day.year not in PUBLISHED_YEARS:
        return day.weekday() < 5 and (day.month, day.day) != (1, 1), True
    if day in constants.workdays:
        return True, False
    return day.weekday() < 5 and day not in constants.holidays, False


def calendar(exceptions: Mapping[date, bool]) -> Calendar:
    """The library's calendar with cited exceptions over it: True makes a day a working day, False a day off.

    An excepted day is certain, also in a year whose arrangement is not published.
    """

    def with_exceptions(day: date) -> tuple[bool, bool]:
        stated = exceptions.get(day)
        return is_working_day(day) if stated is None else (stated, False)

    return with_exceptions


def current() -> Calendar:
    """The calendar with staff's exceptions as they stand now; read once, then asked for as many days as needed."""
    from portal.models import DayException

    return calendar(dict(DayException.objects.values_list("day", "is_working_day")))

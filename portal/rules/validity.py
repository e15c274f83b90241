"""How long a passed subject counts (N2026-4.1)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from portal.rules.dated import SINCE_EVER, Dated, value_for
from portal.rules.dates import corresponding_day
from portal.rules.findings import Finding, Refused

YEARS = (Dated(SINCE_EVER, {5: 2, 4: 2, 3: 2, 2: 3, 1: 3}, "N2026-4.1"),)
"""Years by grade."""


class Period(NamedTuple):
    """First and last day, both included."""

    first_day: date
    last_day: date

    def covers(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


def years_of(grade: int, published_on: date) -> int:
    """For how many years a pass of the grade counts that is published on the day."""
    return value_for(YEARS, at=published_on).value[grade]


def period(grade: int, published_on: date) -> Period:
    """From the day of publication to its corresponding day: 2 years, at grades 2 and 1 three (docs/adr/0009).

    Raises `Refused` where the calendar ends.
    """
    try:
        return Period(published_on, corresponding_day(published_on, years_of(grade, published_on)))
    except OverflowError:
        raise Refused(Finding("", "calendar_ends", "日期超出日历可以推算的范围。")) from None

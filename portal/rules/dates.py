"""Calendar arithmetic of the Civil Code (arts. 200-204) on plain days.

Lengths are counted on a line of day numbers (`date.toordinal`), which may run past the year 9999;
`day_or_none` leads back to a date and says None where the calendar ends.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date

_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097  # the Gregorian calendar repeats itself exactly

NEVER = 10**9
"""A day number that no date reaches: time alone does not get there."""


@dataclass(frozen=True, order=True)
class Span:
    """A length told in whole years, then whole months, then days."""

    years: int = 0
    months: int = 0
    days: int = 0

    def to_json(self) -> dict[str, int]:
        return {"years": self.years, "months": self.months, "days": self.days}


def day_or_none(number: int) -> date | None:
    """The date of a day number, or None where it lies beyond the calendar."""
    return date.fromordinal(number) if number <= date.max.toordinal() else None


def corresponding_day(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 28 February in a common year (Civil Code art. 202).

    Raises OverflowError past the year 9999.
    """
    found = day_or_none(corresponding_number(day.toordinal(), years))
    if found is None:
        raise OverflowError("the calendar ends with the year 9999")
    return found


def corresponding_number(number: int, years: int) -> int:
    """`corresponding_day` on day numbers, for which the calendar does not end."""
    return _add_months(number, 12 * years)


def span_between(start: int, end: int) -> Span:
    """The way from day number `start` to `end` (start ≤ end) in whole years, months and days."""
    first, last = _split(start), _split(end)
    months = (last[0] - first[0]) * 12 + last[1] - first[1]
    if _add_months(start, months) > end:
        months -= 1
    return Span(months // 12, months % 12, end - _add_months(start, months))


def _split(number: int) -> tuple[int, int, int]:
    cycles = max(0, -(-(number - date.max.toordinal()) // _CYCLE_DAYS))
    day = date.fromordinal(number - cycles * _CYCLE_DAYS)
    return day.year + cycles * _CYCLE_YEARS, day.month, day.day


def _add_months(number: int, months: int) -> int:
    year, month, day = _split(number)
    total = year * 12 + month - 1 + months
    year, month = total // 12, total % 12 + 1
    cycles = max(0, -(-(year - date.max.year) // _CYCLE_YEARS))
    year -= cycles * _CYCLE_YEARS
    last = calendar.monthrange(year, month)[1]
    return date(year, month, min(day, last)).toordinal() + cycles * _CYCLE_DAYS

"""When the counter receives people (N2026-6.2) and the supervision lines answer (N2026-6.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from portal.rules.findings import Finding, Refused
from portal.rules.workdays import Calendar


@dataclass(frozen=True)
class CounterHours:
    """Weekdays (Monday 0) and hours, Asia/Shanghai, from the first day the counter receives."""

    effective_from: date
    weekdays: tuple[int, ...]
    opens: time
    closes: time
    citation: str


@dataclass(frozen=True)
class Line:
    """A supervision line, answered on working days within its hours."""

    name: str
    phone: str
    hours: tuple[tuple[time, time], ...]
    citation: str


@dataclass(frozen=True)
class Status:
    """`reason`: open, not_a_counter_day, holiday, not_yet_started or exception; `next_open` lies after the
    day.

    `provisional`: a day of a year whose holiday arrangement is not published was looked at.
    """

    open: bool
    reason: str
    next_open: date
    provisional: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "open": self.open,
            "reason": self.reason,
            "next_open": self.next_open.isoformat(),
            "provisional": self.provisional,
        }


def status(
    on: date,
    *,
    hours: Sequence[CounterHours],
    is_working_day: Calendar,
    exceptions: Mapping[date, bool] | None = None,
) -> Status:
    """Is the counter open that day, why or why not, and on which later day next (docs/adr/0010).

    `hours` is the dated series of opening hours, at least one. `exceptions` are the counter's own days as
    staff entered them: True receives, False is closed. Raises `Refused` where the calendar ends.
    """
    own_days = exceptions or {}
    is_open, reason, provisional = _day(on, hours, is_working_day, own_days)
    following = on
    while True:
        try:
            following += timedelta(days=1)
        except OverflowError:
            raise Refused(Finding("", "calendar_ends", "日期超出日历可以推算的范围。")) from None
        following = max(following, min(one.effective_from for one in hours))
        receives, _, unsure = _day(following, hours, is_working_day, own_days)
        provisional = provisional or unsure
        if receives:
            return Status(is_open, reason, following, provisional)


def line_answers(line: Line, day: date, at: time, is_working_day: Calendar) -> bool:
    """Does the line answer on `day` at `at` (Asia/Shanghai; from the opening minute, before the closing)?"""
    working, _ = is_working_day(day)
    return working and any(opens <= at < closes for opens, closes in line.hours)


def _day(
    day: date, hours: Sequence[CounterHours], is_working_day: Calendar, exceptions: Mapping[date, bool]
) -> tuple[bool, str, bool]:
    in_force = [one for one in hours if one.effective_from <= day]
    if not in_force:
        return False, "not_yet_started", False
    if day in exceptions:
        return exceptions[day], "exception", False
    if day.weekday() not in max(in_force, key=lambda one: one.effective_from).weekdays:
        return False, "not_a_counter_day", False
    working, provisional = is_working_day(day)
    return working, "open" if working else "holiday", provisional

"""From which day an admission ticket may be had (N2026-2.5, 考试前五个工作日)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from portal.rules.dated import SINCE_EVER, Dated, value_for
from portal.rules.workdays import Calendar, Counted, working_days_before

OPENING = (Dated(SINCE_EVER, 5, "N2026-2.5"),)
"""Working days before the session."""


def opening(session_on: date, is_working_day: Calendar) -> Counted:
    """The 5th working day before the session, the session's day not counted, from 00:00 (docs/adr/0007)."""
    days = value_for(OPENING, at=session_on).value
    return working_days_before(session_on, days, is_working_day)


def opening_of_all(sessions_on: Iterable[date], is_working_day: Calendar) -> Counted:
    """With several sessions the earliest one decides. Raises ValueError where there is none."""
    return opening(min(sessions_on), is_working_day)

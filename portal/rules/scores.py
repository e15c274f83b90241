"""When scores are due (N2026-3) and when a subject is passed."""

from __future__ import annotations

from datetime import date

from portal.rules.dated import SINCE_EVER, Dated, value_for
from portal.rules.workdays import Calendar, Counted, add_working_days

DUE = (Dated(SINCE_EVER, 20, "N2026-3"),)
"""Working days after the last subject."""

DUE_INSPECTED = (Dated(SINCE_EVER, 30, "N2026-3"),)
"""Working days where papers are marked by hand or workpieces inspected."""


def due(last_subject_on: date, is_working_day: Calendar, *, inspected: bool) -> Counted:
    """The day by which scores are published: the 20th working day after the last subject, or the 30th."""
    series = DUE_INSPECTED if inspected else DUE
    return add_working_days(last_subject_on, value_for(series, at=last_subject_on).value, is_working_day)


def is_pass(points: int | None, pass_mark: int, *, cancelled: bool = False) -> bool:
    """At the pass mark or above; `points` None is absence, which is no pass, nor is a cancelled score."""
    return points is not None and not cancelled and points >= pass_mark

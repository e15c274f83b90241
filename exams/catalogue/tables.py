"""Rows of the public tables: filing windows of a year, fees of what is offered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from exams.catalogue.models import Offering
from portal.rules.fees import FeeSchedule, schedule_for
from portal.rules.findings import Refused
from portal.rules.timetable import Window


@dataclass(frozen=True)
class WindowRow:
    """A filing window as it stands on a day; `state` is past, now or next, `days_left` counts that day too."""

    window: Window
    state: str
    days_left: int | None


def window_rows(windows: Iterable[Window], today: date) -> list[WindowRow]:
    """The windows of this year, or of the latest year known where this one has none."""
    known = list(windows)
    years = {window.opens.year for window in known}
    if not years:
        return []
    year = today.year if today.year in years else max(years)
    return [_row(window, today) for window in known if window.opens.year == year]


def _row(window: Window, today: date) -> WindowRow:
    if window.closes < today:
        return WindowRow(window, "past", None)
    if window.opens > today:
        return WindowRow(window, "next", None)
    return WindowRow(window, "now", (window.closes - today).days + 1)


@dataclass(frozen=True)
class FeeRow:
    """What an offering costs on a day: (subject, fen) in the order of the subjects; empty: not announced."""

    offering: Offering
    prices: tuple[tuple[str, int], ...]

    @property
    def total_fen(self) -> int:
        return sum(fen for _, fen in self.prices)


def fee_table(offerings: Iterable[Offering], schedules: list[FeeSchedule], on: date) -> list[FeeRow]:
    """One row an offering."""
    return [FeeRow(offering, _prices(offering, schedules, on)) for offering in offerings]


def _prices(offering: Offering, schedules: list[FeeSchedule], on: date) -> tuple[tuple[str, int], ...]:
    try:
        return schedule_for(schedules, occupation=offering.occupation_id, grade=offering.grade, on=on).prices
    except Refused:
        return ()

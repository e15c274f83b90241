"""Filing windows and the day by which each is assessed (N2026-2.3, A2). Windows are data by year.

All days are Asia/Shanghai; a window closes at 24:00 of its last day, so a plain comparison of days is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from portal.rules.findings import Finding, Refused


@dataclass(frozen=True)
class Window:
    """Applications filed from `opens` to `closes` (both included) are assessed by `assess_by` (included).

    `may_follow_next_plan`: staff may record, citing next year's plan, that it is assessed under that plan.
    """

    opens: date
    closes: date
    assess_by: date
    may_follow_next_plan: bool
    citation: str

    def __post_init__(self) -> None:
        if not self.opens <= self.closes <= self.assess_by:
            raise ValueError("a window opens, closes and is assessed in this order")


def window_for(day: date, windows: Iterable[Window]) -> Window:
    """The window of an application filed on `day`. Raises `Refused` where filing is closed that day."""
    known = sorted(windows, key=lambda window: window.opens)
    for window in known:
        if window.opens <= day <= window.closes:
            return window
    of_year = [window for window in known if window.opens.year == day.year]
    if not of_year:
        sentence = f"{day.year} 年的申报时间计划尚未公布，申报未开放。请等通知公布后再来。"
        raise Refused(Finding("A2", "no_timetable", sentence, found=day.isoformat()))
    opening = next_window(day, known)
    if day < of_year[0].opens and opening:
        sentence = f"本年度申报自 {_chinese(opening.opens)} 起受理，此前不能申报。"
        raise Refused(
            Finding("N2026-2.3", "not_yet_open", sentence, day.isoformat(), opening.opens.isoformat())
        )
    sentence = f"{_chinese(day)} 不在申报时间内。"
    if opening:
        sentence += f"下一次申报自 {_chinese(opening.opens)} 起。"
    raise Refused(Finding("A2", "window_closed", sentence, found=day.isoformat()))


def next_window(day: date, windows: Iterable[Window]) -> Window | None:
    """The first window that opens after `day`, or None where none is known."""
    later = [window for window in windows if window.opens > day]
    return min(later, key=lambda window: window.opens, default=None)


def window_open(day: date, windows: Iterable[Window]) -> Window | None:
    """The window open on `day`, or None."""
    return next((window for window in windows if window.opens <= day <= window.closes), None)


def keeps_window(mended_on: date, deadline: date) -> bool:
    """A returned application keeps its window if mended by the deadline of the return (included)."""
    return mended_on <= deadline


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"

"""Neighbouring windows, gaps and mended applications (N2026-2.3, A2)."""

from __future__ import annotations

from datetime import date

import pytest

from portal.rules import timetable
from portal.rules.findings import Refused
from portal.rules.notice import shipped

NOTICE = shipped()[0]


def test_windows_know_their_neighbours() -> None:
    assert timetable.window_open(date(2026, 1, 14), NOTICE.windows) is None
    june = timetable.window_open(date(2026, 6, 30), NOTICE.windows)
    assert june
    assert june.opens == date(2026, 6, 1)
    following = timetable.next_window(date(2026, 6, 30), NOTICE.windows)
    assert following
    assert following.opens == date(2026, 7, 1)
    assert timetable.next_window(date(2026, 12, 1), NOTICE.windows) is None
    assert timetable.keeps_window(date(2026, 6, 30), date(2026, 6, 30))
    assert not timetable.keeps_window(date(2026, 7, 1), date(2026, 6, 30))


def test_a_year_with_a_gap_says_when_filing_goes_on() -> None:
    without_march = [window for window in NOTICE.windows if window.opens.month != 3]
    with pytest.raises(Refused, match="2026年4月1日") as caught:
        timetable.window_for(date(2026, 3, 5), without_march)
    assert caught.value.findings[0].code == "window_closed"
    with pytest.raises(Refused) as caught:
        timetable.window_for(date(2027, 3, 5), NOTICE.windows)
    assert caught.value.findings[0].code == "no_timetable"

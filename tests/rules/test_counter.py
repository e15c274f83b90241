"""The counter's own days and the supervision lines (N2026-6.2, N2026-6.4)."""

from __future__ import annotations

from datetime import date, time

from portal.rules import counter
from portal.rules.notice import shipped
from portal.workdays import is_working_day

NOTICE = shipped()[0]


def test_the_supervision_lines_answer_on_working_days_within_their_hours() -> None:
    ours, city = NOTICE.lines
    monday, makeup_saturday, holiday = date(2026, 3, 2), date(2026, 2, 28), date(2026, 10, 5)
    for line, day, at, answers in [
        (ours, monday, time(9, 29), False),
        (ours, monday, time(9, 30), True),
        (ours, monday, time(15, 0), False),
        (ours, makeup_saturday, time(10), True),
        (ours, holiday, time(10), False),
        (city, monday, time(10, 59), True),
        (city, monday, time(11, 0), False),
        (city, monday, time(13, 30), True),
        (city, monday, time(16, 30), False),
    ]:
        assert counter.line_answers(line, day, at, is_working_day) == answers


def test_the_counters_own_days_overrule_the_week() -> None:
    closed, extra = date(2026, 3, 2), date(2026, 3, 3)
    own = {closed: False, extra: True}
    on_closed = counter.status(closed, hours=[NOTICE.counter], is_working_day=is_working_day, exceptions=own)
    assert (on_closed.open, on_closed.reason, on_closed.next_open) == (False, "exception", extra)
    on_extra = counter.status(extra, hours=[NOTICE.counter], is_working_day=is_working_day, exceptions=own)
    assert (on_extra.open, on_extra.reason, on_extra.next_open) == (True, "exception", date(2026, 3, 4))

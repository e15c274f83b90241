"""The ends of windows and days are those of Shanghai, whatever zone the machine is in (R11)."""

import json

import pytest

from tests import factories
from tests.drills.processes import run

pytestmark = pytest.mark.django_db(transaction=True)

ANSWERS = """
import json, time_machine
from datetime import date, timedelta
from exams.catalogue.queries import filing_windows
from exams.tickets.models import Ticket
from exams.tickets.queries import is_open
from portal.rules.timetable import window_open
answers = []
windows = filing_windows()
ticket = Ticket(state=Ticket.State.READY, opens_on=date(2026, 3, 1))
days = [edge for window in windows for edge in (window.opens, window.closes + timedelta(days=1))]
for day in [*days, date(2026, 3, 1), date(2028, 2, 29), date(2028, 3, 1), date(2027, 1, 1)]:
    for second in (-1, 0, 1):
        with time_machine.travel(clock.start_of(day) + timedelta(seconds=second), tick=False):
            now, today = clock.now(), clock.today()
            window = window_open(today, windows)
            opened = is_open(ticket, now)
            answers.append([now.isoformat(), today.isoformat(), window and window.citation, opened])
print(json.dumps(answers))
"""


def test_every_edge_is_the_same_second_in_every_zone():
    factories.load_catalogue()
    zones = ("America/New_York", "UTC", "Asia/Tokyo")
    first, *others = [json.loads(run(ANSWERS, TZ=zone)) for zone in zones]
    assert others == [first, first]
    by_moment = {answer[0]: answer[1:] for answer in first}
    assert by_moment["2026-02-28T23:59:59+08:00"][::2] == ["2026-02-28", False]
    assert by_moment["2026-03-01T00:00:00+08:00"][::2] == ["2026-03-01", True]
    assert by_moment["2028-02-29T00:00:00+08:00"][0] == "2028-02-29"
    before, at, after = (
        [bool(answer[2]) for answer in first[place::3]][: len(first) // 3 - 4] for place in (0, 1, 2)
    )
    # Each window's first second lies in it and its last one too; one second further is outside.
    assert at[::2] == after[::2] == [True] * len(at[::2])
    assert before[1::2] == [True] * len(before[1::2])

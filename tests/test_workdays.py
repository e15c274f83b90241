"""The calendar: the library's arrangement, unpublished years, and exceptions over both."""

from __future__ import annotations

from datetime import date

import pytest

from portal.workdays import PUBLISHED_YEARS, calendar, is_working_day

UNPUBLISHED = max(PUBLISHED_YEARS) + 1


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 2, 13), True),
        (date(2026, 2, 14), True),  # make-up Saturday
        (date(2026, 2, 16), False),
        (date(2026, 2, 28), True),  # make-up Saturday
        (date(2026, 3, 7), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # make-up Saturday
    ],
)
def test_published_days_are_certain(day: date, working: bool) -> None:
    assert is_working_day(day) == (working, False)


def test_an_unpublished_year_is_monday_to_friday_but_new_year_and_says_so() -> None:
    for month, day in [(1, 1), (1, 2), (1, 4), (1, 5), (1, 6), (1, 7), (1, 8), (10, 1)]:
        one = date(UNPUBLISHED, month, day)
        assert is_working_day(one) == (one.weekday() < 5 and (month, day) != (1, 1), True)


def test_exceptions_go_before_the_library_and_are_certain() -> None:
    spring, plain, unknown = date(2026, 2, 16), date(2026, 3, 4), date(UNPUBLISHED, 2, 9)
    answers = calendar({spring: True, plain: False, unknown: False})
    assert answers(spring) == (True, False)
    assert answers(plain) == (False, False)
    assert answers(unknown) == (False, False)
    assert answers(date(2026, 3, 5)) == (True, False)
    assert calendar({})(plain) == is_working_day(plain)

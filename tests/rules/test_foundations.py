"""What the rules stand on: findings, dated values, calendar arithmetic, facts, dated hours and fees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.rules import counter, fees, sanctions, tickets
from portal.rules.dated import Dated, value_for
from portal.rules.dates import NEVER, Span, corresponding_day, day_or_none, span_between
from portal.rules.facts import Job, Schooling
from portal.rules.findings import Finding, Refused, canonical_json, refuse_if_any
from portal.rules.notice import shipped
from portal.rules.workdays import add_working_days, working_days_between
from portal.workdays import is_working_day

NOTICE = shipped()[0]


def test_a_refusal_carries_its_findings() -> None:
    one = Finding("A2", "no_timetable", "申报未开放。")
    other = Finding("", "bad_input", "请核对。", field="on")
    with pytest.raises(Refused) as caught:
        refuse_if_any([one, other])
    assert caught.value.findings == (one, other)
    assert str(caught.value) == "申报未开放。请核对。"
    assert other.to_json()["field"] == "on"
    refuse_if_any([])
    with pytest.raises(ValueError, match="at least one"):
        Refused()


def test_equal_values_have_equal_bytes() -> None:
    one = {"乙": [1, None, True], "a": date(2026, 2, 9)}
    assert canonical_json(one) == canonical_json(dict(reversed(one.items())))
    assert canonical_json(one) == '{"a":"2026-02-09","乙":[1,null,true]}'.encode()
    assert canonical_json("\ud800") == rb'"\ud800"'
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="not JSON compliant"):
            canonical_json(value)
    with pytest.raises(TypeError):
        canonical_json(object())


def test_a_dated_value_holds_from_its_day_until_the_next() -> None:
    series = (Dated(date(2027, 1, 1), 6, "次年通知"), Dated(date(2026, 1, 15), 5, "本年通知"))
    assert value_for(series, at=date(2026, 1, 15)).value == 5
    assert value_for(series, at=date(2026, 12, 31)).value == 5
    assert value_for(series, at=date(2027, 1, 1)).value == 6
    with pytest.raises(LookupError):
        value_for(series, at=date(2026, 1, 14))


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2096, 2, 29), 4, date(2100, 2, 28)),
        (date(2023, 2, 28), 1, date(2024, 2, 28)),
        (date(2026, 12, 31), 2, date(2028, 12, 31)),
    ],
)
def test_the_corresponding_day(day: date, years: int, expected: date) -> None:
    assert corresponding_day(day, years) == expected


def test_the_calendar_ends_without_a_crash() -> None:
    assert day_or_none(NEVER) is None
    assert day_or_none(date.max.toordinal() + 1) is None
    assert day_or_none(date.max.toordinal()) == date.max
    with pytest.raises(OverflowError):
        corresponding_day(date(9998, 1, 1), 2)
    assert span_between(date(9999, 1, 1).toordinal(), date.max.toordinal() + 1) == Span(1)
    with pytest.raises(Refused):
        add_working_days(date(9999, 12, 30), 20, is_working_day)


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        (date(2026, 11, 15), date(2027, 2, 27), Span(0, 3, 12)),
        (date(2026, 1, 31), date(2026, 2, 28), Span(0, 1, 0)),
        (date(2026, 1, 31), date(2026, 3, 1), Span(0, 1, 1)),
        (date(2020, 2, 29), date(2025, 2, 28), Span(5)),
        (date(2026, 5, 5), date(2026, 5, 5), Span()),
    ],
)
def test_spans_in_years_months_and_days(start: date, end: date, span: Span) -> None:
    assert span_between(start.toordinal(), end.toordinal()) == span


def test_impossible_facts_are_not_built() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Job("same", date(2026, 1, 2), date(2026, 1, 1))
    with pytest.raises(ValueError, match="needs its day"):
        Schooling("university", "bachelor", "same", False, "graduated", None)


def test_no_working_days_lie_between_a_day_and_an_earlier_one() -> None:
    assert working_days_between(date(2026, 3, 5), date(2026, 3, 2), is_working_day) == (0, False)
    assert working_days_between(date(2026, 3, 5), date(2026, 3, 5), is_working_day) == (0, False)
    with pytest.raises(ValueError, match="at least one"):
        add_working_days(date(2026, 3, 5), 0, is_working_day)


def test_several_sessions_open_with_the_earliest() -> None:
    days = [date(2026, 10, 17), date(2026, 10, 12)]
    assert tickets.opening_of_all(days, is_working_day) == tickets.opening(date(2026, 10, 12), is_working_day)


def test_later_hours_and_prices_do_not_reach_back() -> None:
    friday = replace(NOTICE.counter, effective_from=date(2026, 7, 1), weekdays=(4,))
    hours = [friday, NOTICE.counter]
    june = counter.status(date(2026, 6, 29), hours=hours, is_working_day=is_working_day)
    assert (june.open, june.next_open) == (True, date(2026, 7, 3))
    assert not counter.status(date(2026, 7, 1), hours=hours, is_working_day=is_working_day).open

    dearer = replace(
        NOTICE.fees[0], effective_from=date(2026, 7, 1), prices=(("theory", 1), ("practical", 2))
    )
    schedules = [dearer, *NOTICE.fees]
    for on, total in [(date(2026, 6, 30), 48_000), (date(2026, 7, 1), 3)]:
        schedule = fees.schedule_for(schedules, occupation="4-14-01-04", grade=4, on=on)
        assert fees.price(schedule, ()).total_fen == total


def test_a_tier_follows_from_the_clause() -> None:
    assert {act.tier for act in NOTICE.acts if act.clause.startswith("A3-3")} == {"year"}
    assert (
        sanctions.effects("A3-1", severity=None, act_on=date(2026, 5, 1), effective_on=date(2026, 5, 1)).bar
        is None
    )

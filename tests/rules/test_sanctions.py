"""Bars that overlap, and acts punished only after a warning (A3)."""

from __future__ import annotations

from datetime import date

from portal.rules import sanctions
from portal.rules.notice import shipped

NOTICE = shipped()[0]


def test_bars_run_together() -> None:
    year = sanctions.effects(
        "A3-3.1", severity=None, act_on=date(2026, 5, 9), effective_on=date(2026, 6, 1)
    ).bar
    two = sanctions.effects(
        "A3-4.4", severity="minor", act_on=date(2026, 7, 1), effective_on=date(2026, 8, 3)
    ).bar
    assert year
    assert two
    for on, until in [
        (date(2026, 5, 31), None),
        (date(2026, 6, 1), date(2026, 12, 31)),
        (date(2026, 8, 3), date(2028, 8, 3)),
        (date(2028, 8, 3), date(2028, 8, 3)),
        (date(2028, 8, 4), None),
    ]:
        assert sanctions.barred_until([year, two], on) == until


def test_only_the_first_three_acts_of_section_two_need_a_warning() -> None:
    assert [act for act in sanctions.ACTS if sanctions.needs_warning(act)] == ["A3-2.1", "A3-2.2", "A3-2.3"]
    assert {act.clause for act in NOTICE.acts if act.needs_warning} == set(sanctions.AFTER_WARNING)

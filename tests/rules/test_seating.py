"""Who may be seated, and in which order (N2026-2.3, N2026-4.1)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from portal.rules import seating
from portal.rules.findings import Finding
from portal.rules.validity import period


def _codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_retake_is_sat_by_the_last_day_of_every_pass_it_stands_on() -> None:
    kept = (period(4, date(2026, 3, 31)), period(4, date(2026, 6, 30)))
    for day, codes in [(date(2028, 3, 31), []), (date(2028, 4, 1), ["pass_expired"])]:
        assert _codes(seating.retake_findings(session_on=day, kept_passes=kept)) == codes


def test_a_retake_without_a_pass_to_stand_on_is_not_seated() -> None:
    found = seating.retake_findings(session_on=date(2028, 3, 31), kept_passes=())
    assert _codes(found) == ["no_valid_pass"]


@pytest.mark.parametrize(
    ("session_on", "codes"),
    [
        (date(2026, 5, 9), ["complete_too_late"]),
        (date(2026, 5, 10), ["complete_too_late"]),
        (date(2026, 5, 11), []),
        (date(2026, 5, 31), []),
        (date(2026, 6, 1), ["after_assess_by"]),
    ],
)
def test_a_session_takes_what_was_complete_the_day_before(session_on: date, codes: list[str]) -> None:
    found = seating.session_findings(
        session_on=session_on, completed_on=date(2026, 5, 10), assess_by=date(2026, 5, 31)
    )
    assert _codes(found) == codes


def test_seats_go_in_the_order_of_completion_then_by_number() -> None:
    first, second = datetime(2026, 5, 10, 9), datetime(2026, 5, 10, 10)
    queue = [(second, "0001"), (first, "0003"), (first, "0002")]
    assert sorted(queue, key=lambda one: seating.queue_key(*one)) == [
        (first, "0002"),
        (first, "0003"),
        (second, "0001"),
    ]

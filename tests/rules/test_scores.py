"""When a subject is passed (N2026-3)."""

from __future__ import annotations

import pytest

from portal.rules import scores


@pytest.mark.parametrize(
    ("points", "cancelled", "passed"),
    [(59, False, False), (60, False, True), (100, True, False), (None, False, False)],
)
def test_a_subject_is_passed_at_the_pass_mark(points: int | None, cancelled: bool, passed: bool) -> None:
    assert scores.is_pass(points, 60, cancelled=cancelled) == passed

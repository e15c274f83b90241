"""What may be retaken, and what a fresh application gives up (N2026-4)."""

from __future__ import annotations

from datetime import date

import pytest

from portal.rules import retakes
from portal.rules.findings import Finding
from portal.rules.retakes import Pass
from portal.rules.validity import period

SUBJECTS = ("theory", "practical")
THEORY = Pass("theory", period(4, date(2026, 3, 31)))
PRACTICAL = Pass("practical", period(4, date(2026, 9, 30)))


def _codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("on", "counts"),
    [
        (date(2026, 3, 30), False),
        (date(2026, 3, 31), True),
        (date(2028, 3, 31), True),
        (date(2028, 4, 1), False),
    ],
)
def test_a_pass_counts_from_publication_to_its_last_day(on: date, counts: bool) -> None:
    assert THEORY.counts(on) == counts
    assert _codes(retakes.retake_findings(subjects=SUBJECTS, passes=[THEORY], on=on)) == (
        [] if counts else ["no_valid_pass"]
    )


def test_a_cancelled_or_given_up_pass_counts_no_more() -> None:
    on = date(2026, 10, 1)
    for lost in (
        Pass("theory", THEORY.period, cancelled=True),
        Pass("theory", THEORY.period, given_up=True),
    ):
        assert not lost.counts(on)
        assert retakes.passes_given_up([lost, PRACTICAL], on) == (PRACTICAL,)


def test_what_is_left_to_sit_and_when_a_certificate_is_due() -> None:
    on = date(2026, 10, 1)
    assert retakes.subjects_to_sit(SUBJECTS, [THEORY], on) == ("practical",)
    assert retakes.subjects_to_sit(SUBJECTS, [], on) == SUBJECTS
    assert retakes.certificate_due(SUBJECTS, [THEORY, PRACTICAL], on)
    assert not retakes.certificate_due(SUBJECTS, [THEORY, PRACTICAL], date(2028, 4, 1))


def test_after_a_change_of_scheme_the_published_plan_decides() -> None:
    on, new = date(2026, 10, 1), ("practical", "review")
    waits = retakes.retake_findings(subjects=new, passes=[THEORY], on=on, scheme_changed=True)
    assert _codes(waits) == ["waits_for_plan"]
    credited = Pass("theory", THEORY.period, credited_to="review")
    assert not retakes.retake_findings(
        subjects=new, passes=[credited], on=on, scheme_changed=True, plan_published=True
    )
    assert retakes.subjects_to_sit(new, [credited], on) == ("practical",)


def test_competition_and_full_marks_allow_no_retake() -> None:
    on = date(2026, 10, 1)
    failed = retakes.retake_findings(subjects=SUBJECTS, passes=[THEORY], on=on, failed_in_competition=True)
    assert _codes(failed) == ["failed_in_competition"]
    assert _codes(retakes.retake_findings(subjects=SUBJECTS, passes=[THEORY, PRACTICAL], on=on)) == [
        "all_passed"
    ]

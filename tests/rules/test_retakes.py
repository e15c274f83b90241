"""Retakes, seating, bars and lines: N2026-4, N2026-2.3, A3, N2026-6.4."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from portal.rules import counter, retakes, sanctions, scores, seating, timetable
from portal.rules.findings import Refused
from portal.rules.notice import shipped
from portal.rules.retakes import Pass
from portal.rules.validity import period
from portal.workdays import is_working_day

NOTICE = shipped()[0]
SUBJECTS = ("theory", "practical")
THEORY = Pass("theory", period(4, date(2026, 3, 31)))
PRACTICAL = Pass("practical", period(4, date(2026, 9, 30)))


def _codes(findings: tuple[retakes.Finding, ...]) -> list[str]:
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


def test_a_retake_is_sat_by_the_last_day_of_the_other_passes() -> None:
    for day, codes in [(date(2028, 3, 31), []), (date(2028, 4, 1), ["pass_expired"])]:
        assert _codes(seating.retake_findings(session_on=day, other_passes=(THEORY.period,))) == codes


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


@pytest.mark.parametrize(
    ("points", "cancelled", "passed"),
    [(59, False, False), (60, False, True), (100, True, False), (None, False, False)],
)
def test_a_subject_is_passed_at_the_pass_mark(points: int | None, cancelled: bool, passed: bool) -> None:
    assert scores.is_pass(points, 60, cancelled=cancelled) == passed


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

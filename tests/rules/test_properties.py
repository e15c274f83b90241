"""What must hold for every person on every day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from portal.rules import facts as known
from portal.rules.dates import corresponding_day, day_or_none, span_between
from portal.rules.eligibility import Credential, Facts, Job, Schooling, Title, Verdict, judge
from portal.rules.fees import FeeSchedule, price
from portal.rules.findings import canonical_json
from portal.rules.sanctions import ACTS, effects
from portal.rules.tickets import opening
from portal.rules.validity import period
from portal.rules.workdays import add_working_days, working_days_before, working_days_between
from portal.workdays import is_working_day

DAY = timedelta(days=1)
MANY = settings(max_examples=150, deadline=None)
days = st.dates(date(1995, 1, 1), date(2035, 12, 31)) | st.sampled_from(
    [
        date(2020, 2, 29),
        date(2024, 2, 29),
        date(2024, 2, 28),
        date(2025, 2, 28),
        date(2024, 3, 1),
        date(2026, 1, 31),
    ]
)
judged = st.dates(date(2015, 1, 1), date(2032, 12, 31)) | st.sampled_from(
    [date(2024, 2, 29), date(2025, 2, 28)]
)


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    start = draw(days)
    length = draw(st.none() | st.integers(0, 5000))
    return Job(
        draw(st.sampled_from(known.RELATIONS)), start, None if length is None else start + length * DAY
    )


credentials = st.builds(Credential, st.sampled_from(known.RELATIONS), st.sampled_from(known.GRADES), days)
titles = st.builds(Title, st.sampled_from(known.RANKS), st.booleans(), days)
schoolings = st.builds(
    Schooling,
    st.sampled_from(known.SCHOOLS),
    st.sampled_from(known.PROGRAMMES),
    st.sampled_from(known.RELATIONS),
    st.booleans(),
    st.sampled_from(known.STATUSES),
    days,
)
people = st.builds(
    Facts,
    st.dates(date(1960, 1, 1), date(2018, 12, 31)),
    st.sampled_from(known.EDUCATIONS),
    st.sampled_from(known.EDUCATIONS),
    st.booleans(),
    st.lists(jobs(), max_size=4).map(tuple),
    st.lists(credentials, max_size=3).map(tuple),
    st.lists(titles, max_size=3).map(tuple),
    st.lists(schoolings, max_size=3).map(tuple),
)
grades = st.sampled_from(known.GRADES)


def _met(facts: Facts, grade: int, on: date) -> dict[str, bool]:
    return {route.clause: route.met for route in judge(facts, grade=grade, on=on).routes}


@MANY
@given(people, grades, judged, st.integers(0, 20_000))
def test_a_route_turns_on_the_day_it_opens_and_not_before(
    facts: Facts, grade: int, on: date, probe: int
) -> None:
    for route in judge(facts, grade=grade, on=on).routes:
        if route.opens_on is None:
            assert not _met(facts, grade, on + probe * DAY)[route.clause]
            continue
        assert _met(facts, grade, route.opens_on)[route.clause]
        assert route.met == (route.opens_on == on) == (not route.missing)
        if not route.met:
            before = on + (probe % (route.opens_on - on).days) * DAY
            for day in (route.opens_on - DAY, before):
                verdict = judge(facts, grade=grade, on=day).route(route.clause)
                assert not verdict.met
                assert verdict.opens_on == route.opens_on


@MANY
@given(people, grades, judged, st.integers(0, 20_000))
def test_one_is_eligible_from_the_day_named_and_not_before(
    facts: Facts, grade: int, on: date, probe: int
) -> None:
    verdict = judge(facts, grade=grade, on=on)
    first = verdict.eligible_from
    if first is None:
        assert not judge(facts, grade=grade, on=on + probe * DAY).eligible
        return
    assert judge(facts, grade=grade, on=first).eligible
    assert verdict.eligible == (first == on)
    if first > on:
        assert not judge(facts, grade=grade, on=first - DAY).eligible
        assert not judge(facts, grade=grade, on=on + (probe % (first - on).days) * DAY).eligible


@MANY
@given(people, grades, judged, st.integers(1, 3000))
def test_time_closes_no_route_but_a_job_of_a_fixed_term(
    facts: Facts, grade: int, on: date, later: int
) -> None:
    after = _met(facts, grade, on + later * DAY)
    for clause, met in _met(facts, grade, on).items():
        assert not met or after[clause] or clause == "TR2023-1.2"


@MANY
@given(people, grades, judged, jobs(), credentials, titles, schoolings)
def test_a_further_fact_closes_no_route(
    facts: Facts, grade: int, on: date, job: Job, credential: Credential, title: Title, schooling: Schooling
) -> None:
    before = _met(facts, grade, on)
    for more in (
        replace(facts, jobs=(*facts.jobs, job)),
        replace(facts, credentials=(*facts.credentials, credential)),
        replace(facts, titles=(*facts.titles, title)),
        replace(facts, schooling=(*facts.schooling, schooling)),
        replace(facts, intends_to_work=True),
    ):
        after = _met(more, grade, on)
        assert all(after[clause] for clause, met in before.items() if met)


def _told(verdict: Verdict) -> bytes:
    return canonical_json(verdict.to_json())


@MANY
@given(people, grades, judged, st.integers(0, 400), st.integers(0, 400))
def test_a_job_inside_another_changes_nothing(
    facts: Facts, grade: int, on: date, offset: int, length: int
) -> None:
    for job in facts.jobs:
        start = job.from_day + offset * DAY
        last = start + length * DAY
        if job.to_day is None or last <= job.to_day:
            doubled = replace(facts, jobs=(*facts.jobs, Job(job.relation, start, last)))
            assert _told(judge(doubled, grade=grade, on=on)) == _told(judge(facts, grade=grade, on=on))


@MANY
@given(people, grades, judged)
def test_order_and_storage_change_no_byte(facts: Facts, grade: int, on: date) -> None:
    turned = replace(
        facts,
        jobs=facts.jobs[::-1],
        credentials=facts.credentials[::-1],
        titles=facts.titles[::-1],
        schooling=facts.schooling[::-1],
    )
    stored = Facts.from_json(facts.to_json())
    assert stored == facts
    told = _told(judge(facts, grade=grade, on=on))
    assert _told(judge(turned, grade=grade, on=on)) == told == _told(judge(stored, grade=grade, on=on))


@MANY
@given(days, st.integers(1, 12))
def test_an_unbroken_spell_meets_n_years_on_the_nth_anniversary(start: date, years: int) -> None:
    anniversary = corresponding_day(start, years)
    span = span_between(start.toordinal(), anniversary.toordinal())
    assert (span.years, span.months, span.days) == (years, 0, 0)
    facts = Facts(date(1960, 1, 1), "senior_high", "none", jobs=(Job("same", start),))
    opens = judge(facts, grade=4, on=start).route("TR2023-2.1").opens_on
    assert opens == corresponding_day(start, 5)


@MANY
@given(days, days)
def test_a_span_leads_from_its_start_to_its_end(one: date, other: date) -> None:
    start, end = min(one, other), max(one, other)
    span = span_between(start.toordinal(), end.toordinal())
    assert 0 <= span.months < 12
    assert 0 <= span.days < 31
    shifted = span_between(start.toordinal() + 7 * 146_097 * 3, end.toordinal() + 7 * 146_097 * 3)
    assert shifted == span
    assert day_or_none(start.toordinal()) == start


@MANY
@given(st.dates(date(2010, 1, 1), date(2029, 12, 31)), st.integers(1, 40))
def test_working_days_are_counted_alike_both_ways(day: date, count: int) -> None:
    later, unsure = add_working_days(day, count, is_working_day)
    assert is_working_day(later)[0]
    assert working_days_between(day, later, is_working_day) == (count, unsure)
    assert working_days_between(day, later - DAY, is_working_day).days == count - 1
    earlier, _ = working_days_before(later, count, is_working_day)
    assert day - 20 * DAY < earlier
    assert working_days_between(earlier - DAY, later - DAY, is_working_day).days == count


@MANY
@given(st.dates(date(2010, 1, 1), date(2029, 12, 31)))
def test_a_ticket_opens_no_later_for_an_earlier_session(session_on: date) -> None:
    assert (
        opening(session_on - DAY, is_working_day).day <= opening(session_on, is_working_day).day < session_on
    )


@MANY
@given(grades, days)
def test_a_pass_counts_two_or_three_years(grade: int, published_on: date) -> None:
    first, last = period(grade, published_on)
    assert first == published_on
    assert (last.year - first.year, last.month) == (3 if grade <= 2 else 2, first.month)
    assert last.day == first.day or (first.month, first.day, last.day) == (2, 29, 28)


@MANY
@given(st.sets(st.sampled_from(["theory", "practical", "review"]), max_size=2))
def test_what_is_passed_and_what_is_paid_add_up(passed: set[str]) -> None:
    prices = (("theory", 10_000), ("practical", 48_000), ("review", 30_000))
    quote = price(FeeSchedule("x", 2, date(2026, 1, 15), prices, ""), passed)
    assert quote.total_fen + sum(dict(prices)[subject] for subject in passed) == 88_000
    assert quote.kind == ("retake" if passed else "regular")


@MANY
@given(st.sampled_from(ACTS), st.sampled_from(["minor", "serious"]), days, st.integers(0, 1000))
def test_a_bar_never_begins_before_the_decision(clause: str, severity: str, act_on: date, wait: int) -> None:
    severe = severity if clause.startswith("A3-4") else None
    found = effects(clause, severity=severe, act_on=act_on, effective_on=act_on + wait * DAY)
    if found.bar:
        assert act_on + wait * DAY == found.bar.first_day <= found.bar.last_day
    assert found.refer == (severe == "serious")
    assert found.refund_forbidden == (clause == "A3-1")


@MANY
@given(people, judged, st.sampled_from([(4, "TR2023-2.1", 5), (3, "TR2023-3.1", 10)]))
def test_years_agree_with_counting_day_by_day(facts: Facts, on: date, route: tuple[int, str, int]) -> None:
    grade, clause, years = route
    worked: set[date] = set()
    for job in facts.jobs:
        if job.relation != "other":
            last = min(job.to_day or on, on - DAY)
            worked |= {
                job.from_day + offset * DAY for offset in range(max(0, (last - job.from_day).days + 1))
            }
    met = bool(worked) and min(worked) + len(worked) * DAY >= corresponding_day(min(worked), years)
    assert judge(facts, grade=grade, on=on).route(clause).met == met


@MANY
@given(people, judged)
def test_years_after_a_certificate_agree_with_counting_day_by_day(facts: Facts, on: date) -> None:
    met = False
    for credential in facts.credentials:
        if credential.relation != "other" and credential.grade <= 4 and credential.issued_on <= on:
            worked: set[date] = set()
            for job in facts.jobs:
                if job.relation != "other":
                    start, last = max(job.from_day, credential.issued_on), min(job.to_day or on, on - DAY)
                    worked |= {start + offset * DAY for offset in range(max(0, (last - start).days + 1))}
            if worked:
                met = met or min(worked) + len(worked) * DAY >= corresponding_day(min(worked), 4)
    assert judge(facts, grade=3, on=on).route("TR2023-3.2").met == met

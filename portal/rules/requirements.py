"""What the routes are made of: one measured requirement each, read from the facts on a day.

Days are numbers (`date.toordinal`). Work is laid end to end from the first counted day; N years are met
when it reaches that day's Nth anniversary (docs/adr/0001). A date of a certificate or title cuts off the
work before it (docs/adr/0002). Nothing here is lost by waiting, except being in a job on the day
(`in_job`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.rules.dated import SINCE_EVER, Dated, value_for
from portal.rules.dates import NEVER, Span, corresponding_number, span_between
from portal.rules.facts import RANKS, Facts, Schooling

COUNTED_RELATIONS = ("same", "related")
"""本职业或相关职业, and likewise 本专业或相关专业."""

MINIMUM_AGE = (Dated(SINCE_EVER, 16, "N2026-2.1"),)
"""Years of age from which one may apply."""

EVERYONE = ("identity_document", "photo", "signed_form")
"""Evidence that every application needs."""

UNDERTAKING_FROM_YEARS = 10
"""So many years of work are also vouched for by an undertaking (承诺书)."""


@dataclass(frozen=True)
class Requirement:
    """One requirement of a route on the day of judgement.

    `opens` is the first day number, not before that day, on which it is met (`NEVER`: not by time alone).
    `need` and `found` are JSON values; `short` is what is missing where it can be told as a length of time.
    """

    fact: str
    met: bool
    opens: int
    need: Any
    found: Any
    short: Span | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """Facts and the day on which they are judged."""

    facts: Facts
    on: date

    @property
    def today(self) -> int:
        return self.on.toordinal()


def age(case: Case) -> Requirement:
    """N2026-2.1: sixteen years of age, reached on the birthday (docs/adr/0005)."""
    years = value_for(MINIMUM_AGE, at=case.on).value
    born = case.facts.birth_date.toordinal()
    birthday = corresponding_number(born, years)
    met = birthday <= case.today
    return Requirement(
        "age",
        met,
        max(case.today, birthday),
        need=years,
        found=span_between(born, max(born, case.today)).years,
        short=None if met else span_between(case.today, birthday),
    )


def intention(case: Case) -> Requirement:
    """拟从事: the person says so in the application."""
    intends = case.facts.intends_to_work
    return Requirement("intends_to_work", intends, case.today if intends else NEVER, need=True, found=intends)


def in_job(case: Case, *, not_before: int) -> Requirement:
    """In a counted job on the day itself (from ≤ day ≤ to), and on some day from `not_before` on."""
    spells = [(job.from_day.toordinal(), NEVER if job.to_day is None else job.to_day.toordinal())
              for job in case.facts.jobs if job.relation in COUNTED_RELATIONS]  # fmt: skip
    earliest = max(case.today, not_before)
    days = [max(start, earliest) for start, last in spells if max(start, earliest) <= last]
    held = {job.relation for job in case.facts.jobs
            if job.from_day <= case.on and (job.to_day is None or case.on <= job.to_day)}  # fmt: skip
    return Requirement(
        "job",
        any(start <= case.today <= last for start, last in spells),
        min(days, default=NEVER),
        need=list(COUNTED_RELATIONS),
        found=sorted(held),
        evidence=("work_proof",),
    )


def work(case: Case, *, years: int, since: int | None = None, fact: str = "work") -> Requirement:
    """累计从事本职业或相关职业工作满 N 年, counted from day number `since` on where given."""
    spans = counted_spans(case.facts, since)
    evidence = ("work_proof", "undertaking") if years >= UNDERTAKING_FROM_YEARS else ("work_proof",)
    if not spans:
        return Requirement(fact, False, NEVER, years, Span().to_json(), Span(years), evidence)
    first = spans[0][0]
    goal = corresponding_number(first, years)
    held = sum(max(0, min(end, case.today) - start) for start, end in spans)
    opens = max(case.today, _day_reached(spans, goal - first))
    met = opens == case.today
    return Requirement(
        fact,
        met,
        opens,
        need=years,
        found=span_between(first, first + held).to_json(),
        short=None if met else span_between(first + held, goal),
        evidence=evidence,
    )


def counted_spans(facts: Facts, since: int | None = None) -> list[tuple[int, int]]:
    """Same and related work as half-open spans of day numbers, cut at `since`, united, in order of time."""
    cut: list[tuple[int, int]] = []
    for job in facts.jobs:
        if job.relation in COUNTED_RELATIONS:
            start = job.from_day.toordinal()
            end = NEVER if job.to_day is None else job.to_day.toordinal() + 1
            start = start if since is None else max(start, since)
            if start < end:
                cut.append((start, end))
    united: list[tuple[int, int]] = []
    for start, end in sorted(cut):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united


def _day_reached(spans: Iterable[tuple[int, int]], needed: int) -> int:
    for start, end in spans:
        if start + needed <= end:
            return min(NEVER, start + needed)
        needed -= end - start
    return NEVER


def credential(case: Case, *, grade: int) -> Requirement:
    """取得本职业或相关职业某级证书: a certificate of that grade, or of a higher one (docs/adr/0003)."""
    dates = credential_dates(case.facts, grade)
    held = [one.grade for one in case.facts.credentials
            if one.relation in COUNTED_RELATIONS and one.issued_on <= case.on]  # fmt: skip
    return _dated_fact("credential", case, dates, grade, min(held, default=None), ("credential",))


def credential_dates(facts: Facts, grade: int) -> list[int]:
    """Day numbers of the certificates that serve a route naming `grade`."""
    return sorted(
        one.issued_on.toordinal()
        for one in facts.credentials
        if one.relation in COUNTED_RELATIONS and one.grade <= grade
    )


def credential_held(case: Case, *, grade: int, years: int) -> Requirement:
    """取得证书满 N 年: on the Nth anniversary of the earliest certificate, work or no work."""
    dates = credential_dates(case.facts, grade)
    if not dates:
        return Requirement("credential_held", False, NEVER, years, Span().to_json(), Span(years))
    issued, goal = dates[0], corresponding_number(dates[0], years)
    here = max(issued, case.today)
    met = goal <= case.today
    return Requirement(
        "credential_held",
        met,
        max(case.today, goal),
        need=years,
        found=span_between(issued, here).to_json(),
        short=None if met else span_between(here, goal),
    )


def title(case: Case, *, rank: str) -> Requirement:
    """取得符合专业对应关系的某级职称: of that rank, or of a higher one (docs/adr/0003)."""
    held = [RANKS.index(one.rank) for one in case.facts.titles
            if one.corresponds and one.obtained_on <= case.on]  # fmt: skip
    found = RANKS[max(held)] if held else None
    return _dated_fact("title", case, title_dates(case.facts, rank), rank, found, ("title",))


def title_dates(facts: Facts, rank: str) -> list[int]:
    """Day numbers of the titles that serve a route naming `rank`."""
    return sorted(
        one.obtained_on.toordinal()
        for one in facts.titles
        if one.corresponds and RANKS.index(one.rank) >= RANKS.index(rank)
    )


def work_after(case: Case, dates: Iterable[int], *, years: int, fact: str) -> Requirement:
    """…后，累计从事…工作满 N 年: each date is tried by itself, and the one that opens first is told."""
    tried = [(work(case, years=years, since=day, fact=fact), day) for day in dates]
    if not tried:
        return Requirement(fact, False, NEVER, years, Span().to_json(), Span(years), ("work_proof",))
    return min(tried, key=lambda one: (one[0].opens, one[0].short or Span(), one[1]))[0]


def schooling(
    case: Case,
    *,
    programmes: tuple[str, ...] | None = None,
    schools: tuple[str, ...] | None = None,
    statuses: tuple[str, ...],
    any_major: bool = False,
    approved: bool = False,
) -> Requirement:
    """A course of schooling that serves: None reads any programme or school.

    `graduated` counts from its date; `final_year` and `studying` count as stated, whatever day is due,
    because a status changes with a new document only (docs/adr/0004).
    """
    serving = [
        one
        for one in case.facts.schooling
        if one.status in statuses
        and (programmes is None or one.programme in programmes)
        and (schools is None or one.school in schools)
        and (any_major or one.major in COUNTED_RELATIONS)
        and (one.approved or not approved)
    ]
    opens = min((_schooling_opens(one, case.today) for one in serving), default=NEVER)
    need = {"programmes": _list(programmes), "schools": _list(schools), "statuses": list(statuses)}
    found = sorted({f"{one.school}/{one.programme}/{one.status}" for one in case.facts.schooling})
    return Requirement(
        "schooling",
        opens == case.today,
        opens,
        need,
        found,
        evidence=_schooling_evidence(serving, case, statuses),
    )


def _schooling_opens(one: Schooling, today: int) -> int:
    return max(today, one.on.toordinal()) if one.status == "graduated" and one.on is not None else today


def _schooling_evidence(serving: list[Schooling], case: Case, statuses: tuple[str, ...]) -> tuple[str, ...]:
    diploma, enrolment = ("diploma", "chsi_record"), ("enrolment_proof",)
    if "graduated" not in statuses:
        return enrolment
    graduated = [
        one for one in serving if one.status == "graduated" and _schooling_opens(one, 0) <= case.today
    ]
    return enrolment if not graduated and any(one.status != "graduated" for one in serving) else diploma


def _list(values: tuple[str, ...] | None) -> list[str] | None:
    return None if values is None else list(values)


def _dated_fact(
    fact: str, case: Case, dates: list[int], need: object, found: object, evidence: tuple[str, ...]
) -> Requirement:
    opens = max(case.today, dates[0]) if dates else NEVER
    met = opens == case.today
    short = span_between(case.today, opens) if dates and not met else None
    return Requirement(fact, met, opens, need, found, short, evidence)

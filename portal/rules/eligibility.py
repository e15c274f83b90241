"""May this person apply for this grade, by which route, and if not yet, from when (N2026-2.1, Annex 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.rules.dated import value_for
from portal.rules.dates import NEVER, Span, day_or_none
from portal.rules.facts import EDUCATIONS, Credential, Facts, Job, Schooling, Title
from portal.rules.requirements import EVERYONE, Case, Requirement, age
from portal.rules.routes import EDITIONS, Route

__all__ = [
    "Credential",
    "Facts",
    "Job",
    "Missing",
    "RouteVerdict",
    "Schooling",
    "Title",
    "Verdict",
    "judge",
]


@dataclass(frozen=True)
class Missing:
    """A requirement not met: what is needed, what was found, what is short (None: not a length of time)."""

    fact: str
    need: Any
    found: Any
    short: Span | None

    def to_json(self) -> dict[str, Any]:
        short = self.short.to_json() if self.short else {"years": None, "months": None, "days": None}
        return {"fact": self.fact, "need": self.need, "found": self.found, **short}


@dataclass(frozen=True)
class RouteVerdict:
    """One route: `opens_on` is the first day, not before the day of judgement, on which it is met (None:
    never by time alone); `evidence` the codes of the documents that prove it."""

    clause: str
    met: bool
    opens_on: date | None
    missing: tuple[Missing, ...]
    evidence: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "clause": self.clause,
            "met": self.met,
            "opens_on": _iso(self.opens_on),
            "missing": [one.to_json() for one in self.missing],
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True)
class Verdict:
    """The answer for one grade on one day. `eligible_from` is the first day on which age, education and one
    route hold together; `best_route` is met already, else the one that opens first, ties by number."""

    grade: int
    on: date
    eligible: bool
    eligible_from: date | None
    age_met: bool
    age_opens_on: date | None
    education_met: bool
    best_route: str | None
    routes: tuple[RouteVerdict, ...]

    def route(self, clause: str) -> RouteVerdict:
        """The verdict on one route; raises KeyError for a clause of another grade."""
        for route in self.routes:
            if route.clause == clause:
                return route
        raise KeyError(clause)

    def to_json(self) -> dict[str, Any]:
        return {
            "grade": self.grade,
            "on": _iso(self.on),
            "eligible": self.eligible,
            "eligible_from": _iso(self.eligible_from),
            "age": {"met": self.age_met, "opens_on": _iso(self.age_opens_on)},
            "education": {"met": self.education_met},
            "best_route": self.best_route,
            "routes": [route.to_json() for route in self.routes],
        }


def judge(facts: Facts, *, grade: int, on: date) -> Verdict:
    """Judge every route of `grade` on the day `on` (the day of the latest submission).

    Waiting loses nothing but a job of a fixed term, and 1.2, the only route that reads one, has its age
    inside: so the latest of age and the earliest route is a day on which both hold. Education never changes
    by waiting.
    """
    case = Case(facts, on)
    old_enough = age(case)
    educated = EDUCATIONS.index(facts.general_education) >= EDUCATIONS.index(facts.minimum_education)
    routes = tuple(
        _judge_route(clause, route, case) for clause, route in value_for(EDITIONS, at=on).value[grade].items()
    )
    opening = [route for route in routes if route.opens_on]
    best = min(opening, key=lambda route: (route.opens_on or date.max, routes.index(route)), default=None)
    age_opens_on = day_or_none(old_enough.opens)
    eligible_from = None
    if educated and best and best.opens_on and age_opens_on:
        eligible_from = max(best.opens_on, age_opens_on)
    return Verdict(
        grade=grade,
        on=on,
        eligible=eligible_from == on,
        eligible_from=eligible_from,
        age_met=old_enough.met,
        age_opens_on=age_opens_on,
        education_met=educated,
        best_route=best.clause if best else None,
        routes=routes,
    )


def _judge_route(clause: str, route: Route, case: Case) -> RouteVerdict:
    requirements = route(case)
    return RouteVerdict(
        clause=clause,
        met=all(one.met for one in requirements),
        opens_on=day_or_none(min(NEVER, max(one.opens for one in requirements))),
        missing=tuple(
            Missing(one.fact, one.need, one.found, one.short) for one in requirements if not one.met
        ),
        evidence=_evidence(requirements),
    )


def _evidence(requirements: tuple[Requirement, ...]) -> tuple[str, ...]:
    codes = (*EVERYONE, *(code for one in requirements for code in one.evidence))
    return tuple(dict.fromkeys(codes))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()

"""Stored verdicts: read back, and recomputed to the same bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exams.filing.models import Submission
from portal.rules.eligibility import Facts, Verdict, judge
from portal.rules.findings import canonical_json


@dataclass(frozen=True)
class StoredVerdict:
    """A verdict as it was frozen (the shape of `portal.rules.eligibility.Verdict.to_json`)."""

    values: Mapping[str, Any]

    @property
    def eligible(self) -> bool:
        return bool(self.values["eligible"])

    def route(self, clause: str) -> Mapping[str, Any]:
        """The stored verdict on one route; raises KeyError for a clause of another grade."""
        for route in self.values["routes"]:
            if route["clause"] == clause:
                return route
        raise KeyError(clause)

    def evidence(self, clause: str) -> tuple[str, ...]:
        """The evidence codes of one route."""
        return tuple(self.route(clause)["evidence"])


def stored_verdict(submission: Submission) -> StoredVerdict:
    """The verdict as it was frozen with the submission."""
    return StoredVerdict(json.loads(submission.verdict))


def stored_facts(submission: Submission) -> Facts:
    """The facts the verdict was found on."""
    return Facts.from_json(json.loads(submission.facts))


def recompute(submission: Submission) -> Verdict:
    """Judge the frozen facts on the frozen day again. The result is also how pages word an old verdict."""
    return judge(
        stored_facts(submission), grade=stored_verdict(submission).values["grade"], on=submission.judged_on
    )


def still_the_same(submission: Submission) -> bool:
    """Does recomputing the stored verdict from its stored facts and day give the same bytes?"""
    return canonical_json(recompute(submission).to_json()).decode() == submission.verdict

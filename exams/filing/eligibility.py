"""Which grades a person may apply for, and what proves it: the rules applied to the record (N2026-2.1, Annex 1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from applicants.records.models import Person
from exams.catalogue.models import Occupation, Offering
from exams.catalogue.queries import open_offerings
from exams.filing.answers import facts_of, read_record
from portal.rules.eligibility import Facts, Verdict, judge
from portal.rules.findings import canonical_json
from portal.rules.wording import EVIDENCE_NAMES

ON_PAPER = ("signed_form", "undertaking")
"""What we print and the person signs: brought to the counter, never uploaded."""


@dataclass(frozen=True)
class EvidenceNeed:
    """One document a route asks for: whether it is uploaded at all, and whether a file is there."""

    code: str
    title: str
    on_paper: bool
    present: bool


def facts_from_record(person: Person, occupation: Occupation) -> Facts:
    """The rules' facts in the person's record. Raises `Refused` naming what is not filled in."""
    return facts_of(read_record(person, occupation), occupation.minimum_education)


def verdicts_for(person: Person, on: date) -> list[tuple[Offering, Verdict]]:
    """The verdict for every grade open on the day, in the catalogue's order. Raises `Refused` (facts missing)."""
    facts: dict[str, Facts] = {}
    verdicts = []
    for offering in open_offerings(on):
        occupation = offering.occupation
        if occupation.code not in facts:
            facts[occupation.code] = facts_from_record(person, occupation)
        verdicts.append((offering, judge(facts[occupation.code], grade=offering.grade, on=on)))
    return verdicts


def verdict_text(verdict: Verdict) -> str:
    """The canonical JSON a submission keeps."""
    return canonical_json(verdict.to_json()).decode()


def evidence_needs(codes: Iterable[str], *, evidence: Iterable[str], photo: bool) -> list[EvidenceNeed]:
    """What a route's evidence codes ask for, against the codes of the files there are."""
    there = set(evidence) | ({"photo"} if photo else set())
    return [
        EvidenceNeed(code, EVIDENCE_NAMES[code], code in ON_PAPER, code in ON_PAPER or code in there)
        for code in codes
    ]


def evidence_for(person: Person, verdict: Verdict, route: str) -> list[EvidenceNeed]:
    """What the chosen route asks for, against the person's record now."""
    return evidence_needs(
        verdict.route(route).evidence,
        evidence=person.evidence.filter(removed_at=None).values_list("code", flat=True),
        photo=person.photo_id is not None,
    )


def answers_evidence(answers: dict[str, Any], codes: Iterable[str]) -> list[EvidenceNeed]:
    """The same, against frozen answers."""
    return evidence_needs(
        codes, evidence=[row["code"] for row in answers["evidence"]], photo=bool(answers["photo"])
    )

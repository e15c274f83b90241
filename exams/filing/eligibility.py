"""Which grades a person may apply for, and what proves it: the rules applied to the record (N2026-2.1, Annex 1)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from applicants.records.models import Person
from exams.catalogue.models import Occupation, Offering
from exams.catalogue.queries import open_offerings
from exams.filing.answers import facts_of, read_record
from portal.rules.eligibility import Facts, Verdict, judge
from portal.rules.findings import canonical_json

ON_PAPER = ("signed_form", "undertaking")
"""What we print and the person signs: brought to the counter, never uploaded."""


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


def missing_evidence(answers: Mapping[str, Any], codes: Iterable[str]) -> list[str]:
    """Those of a route's evidence codes for which the answers hold no file, nor the photo; paper does not count.

    What an institution saw the original of in its preliminary review is there as well (N2026-2.2), and so is a
    certificate that was issued here.
    """
    there = {row["code"] for row in answers["evidence"]} | set(answers.get("seen", ()))
    there |= {"credential"} if answers.get("issued") else set()
    there = there | {"photo"} if answers["photo"] else there - {"photo"}
    return [code for code in codes if code not in ON_PAPER and code not in there]

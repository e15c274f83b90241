"""What the rules say of an accepted row on a day, which originals its review must have seen, and what it costs."""

from dataclasses import replace
from datetime import date

from exams.catalogue.models import Occupation
from exams.filing.answers import facts_of
from exams.filing.eligibility import ON_PAPER
from exams.filing.groups.models import RosterRow
from exams.filing.models import Kind
from exams.filing.readiness import verdict_findings
from portal.rules import fees
from portal.rules.eligibility import Verdict, judge
from portal.rules.findings import Finding, Refused

NOT_SEEN = ("photo", *ON_PAPER)
"""Evidence codes that no original answers before the submission: the portrait is a file, the form is not made yet."""


def judge_row(row: RosterRow, occupation: Occupation, on: date) -> Verdict:
    """The verdict on the row's own facts. Raises `Refused` where the row does not tell enough."""
    record = row.content["record"]
    if record is None or row.grade is None:
        raise Refused(Finding("N2026-2.1", "no_record", "这一行的内容不完整，请先更正。"))
    return judge(facts_of(record, occupation.minimum_education), grade=row.grade, on=on)


def row_findings(row: RosterRow, occupation: Occupation, on: date) -> list[Finding]:
    """Why the row may not be filed on the day by its own facts; none where it may. A retake proved them before."""
    try:
        verdict = judge_row(row, occupation, on)
    except Refused as refusal:
        return list(refusal.findings)
    if row.kind == Kind.RETAKE:
        return []
    if not row.route:
        return [Finding("N2026-2.1", "no_route", "请填写所依据的申报条件。", field="route")]
    return verdict_findings(verdict, row.route, occupation.minimum_education)


def codes_to_see(row: RosterRow, verdict: Verdict) -> tuple[str, ...]:
    """The evidence whose originals a reviewer must have seen before the row passes (N2026-2.2)."""
    if row.kind == Kind.RETAKE:
        return ("identity_document",)
    return tuple(code for code in verdict.route(row.route).evidence if code not in NOT_SEEN)


def said_of(finding: Finding) -> Finding:
    """A finding worded for the person, as the institution reads it."""
    return replace(finding, sentence=finding.sentence.replace("您", "此人"))


def price_of(
    schedules: list[fees.FeeSchedule], *, occupation: str, grade: int, subjects: list[str], on: date
) -> int:
    """What these subjects cost by the schedule of the day, in fen. Raises `Refused` where there is none."""
    schedule = fees.schedule_for(schedules, occupation=occupation, grade=grade, on=on)
    return sum(fen for subject, fen in schedule.prices if subject in subjects)

"""Certificates of the association's own that an application rests on: void since, they count no more (docs/adr/0089)."""

from typing import Any
from uuid import UUID

from applicants.records.issued import issued_for
from exams.filing.answers import facts_of
from exams.filing.eligibility import missing_evidence
from exams.filing.models import Application, Kind, Submission
from portal.rules.eligibility import judge
from portal.rules.findings import Finding


def issued_findings(application: Application, submission: Submission) -> list[Finding]:
    """What was submitted rests on a certificate issued here that is void since: neither fact nor proof any more.

    None where the route is met and proven without it, and for a retake, which proves nothing anew.
    """
    if application.kind == Kind.RETAKE:
        return []
    answers: Any = submission.answers
    found = issued_for([UUID(row["id"]) for row in answers["credentials"]])
    void = {str(key): one for key, one in found.items() if not one.valid}
    if not void:
        return []
    left = {
        **answers,
        "credentials": [row for row in answers["credentials"] if row["id"] not in void],
        "issued": [row for row in answers.get("issued", ()) if row["id"] not in void],
    }
    facts = facts_of(left, answers["application"]["minimum_education"])
    route = judge(facts, grade=application.offering.grade, on=submission.judged_on).route(application.route)
    if route.met and not missing_evidence(left, route.evidence):
        return []
    told = "；".join(f"{one.number}{one.state}" for one in void.values())
    sentence = f"申报所凭的本会证书已经失效（{told}），不再作为条件和证明。请退回由本人修改，或审核不通过。"
    return [Finding(application.route, "issued_is_void", sentence, field="credential")]

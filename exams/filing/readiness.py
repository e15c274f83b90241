"""What still stands between a draft and its submission: each thing with its clause and the step to go to.

`field` of a finding begins with the step's name: identity, consents, photo, route, evidence, forfeiture, undertaking,
window, bar; after a dot follows the field or the evidence code.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from applicants.identity import documents
from applicants.records.models import Consent, Person
from applicants.records.queries import live_document
from applicants.standing.queries import bar_findings
from exams.catalogue.queries import filing_windows, open_offerings
from exams.filing.answers import build_answers, facts_of
from exams.filing.eligibility import missing_evidence
from exams.filing.models import Application, Kind, Status
from exams.filing.undertaking import CURRENT
from exams.passes.queries import retake_possibility, scheme_subjects, valid_passes
from portal.rules.eligibility import Facts, Verdict, judge
from portal.rules.findings import Finding, Refused
from portal.rules.timetable import keeps_window, window_for
from portal.rules.wording import EDUCATION_NAMES, EVIDENCE_NAMES, day_text, route_text

PAPER_EVIDENCE = ("identity_document", "photo", "signed_form")
"""What a retake needs: its conditions were proven by the application that won the passes (docs/adr/0031)."""


@dataclass(frozen=True)
class Readiness:
    """The answers as they stand, what the rules say of them on the day, and why they may not be submitted."""

    answers: dict[str, Any]
    facts: Facts | None
    verdict: Verdict | None
    findings: tuple[Finding, ...]


def readiness(application: Application, on: date) -> Readiness:
    """Everything submission on the day would check. No findings: it would be accepted."""
    answers = build_answers(application)
    findings = [
        *window_findings(application, on),
        *bar_findings(application.person, on),
        *_identity_findings(application.person, answers),
        *_consent_findings(application.person),
    ]
    facts: Facts | None = None
    verdict: Verdict | None = None
    try:
        facts = facts_of(answers, application.offering.occupation.minimum_education)
        verdict = judge(facts, grade=application.offering.grade, on=on)
    except Refused as refusal:
        findings += [
            Finding(one.clause, one.code, one.sentence, one.found, one.need, f"identity.{one.field}")
            for one in refusal.findings
        ]
    findings += choice_findings(application, verdict, on)
    findings += _evidence_findings(application, answers, verdict)
    findings += forfeiture_findings(application, on)
    if application.undertaken_at is None or application.undertaking_version != CURRENT.version:
        findings.append(Finding("N2026-7", "no_undertaking", "请阅读承诺书并作出承诺。", field="undertaking"))
    return Readiness(answers, facts, verdict, tuple(findings))


def window_findings(application: Application, on: date) -> list[Finding]:
    """Closed offering or closed window (N2026-2.3, A2); an application mended in time keeps its own window."""
    findings = []
    if not open_offerings(on).filter(pk=application.offering_id).exists():
        sentence = f"{application.offering}目前不受理申报。开放情况以通知为准。"
        findings.append(Finding("N2026-7", "not_offered", sentence, field="window"))
    if not mended_in_time(application, on):
        try:
            window_for(on, filing_windows())
        except Refused as refusal:
            findings += [
                Finding(one.clause, one.code, one.sentence, one.found, one.need, "window")
                for one in refusal.findings
            ]
    return findings


def mended_in_time(application: Application, on: date) -> bool:
    """Returned, and the day named in the return has not passed."""
    return (
        application.status == Status.RETURNED
        and application.window_id is not None
        and application.mend_until is not None
        and keeps_window(on, application.mend_until)
    )


def choice_findings(application: Application, verdict: Verdict | None, on: date) -> list[Finding]:
    """The kind, the subjects and the route, against passes and verdict of the day."""
    if application.kind == Kind.RETAKE:
        possible = retake_possibility(application.person, application.offering, on)
        if possible.findings:
            return [
                Finding(one.clause, one.code, one.sentence, one.found, one.need, "route.kind")
                for one in possible.findings
            ]
        if not application.subjects or not set(application.subjects) <= set(possible.subjects):
            sentence = "可以补考的科目有变化，请重新选择补考科目。"
            return [
                Finding(
                    "N2026-4.1", "subjects_changed", sentence, application.subjects, field="route.subjects"
                )
            ]
        return []
    if not application.route:
        return [Finding("N2026-2.1", "no_route", "请选择您所符合的申报条件。", field="route")]
    if application.subjects != list(scheme_subjects(application.offering, on)):
        sentence = "评价科目有变化，请重新确认申报等级和条件。"
        return [
            Finding("N2026-2.4", "subjects_changed", sentence, application.subjects, field="route.subjects")
        ]
    if verdict is None:
        return []
    return verdict_findings(verdict, application.route, application.offering.occupation.minimum_education)


def verdict_findings(verdict: Verdict, clause: str, minimum_education: str) -> list[Finding]:
    findings = []
    route = verdict.route(clause)
    if not verdict.age_met and not any(one.fact == "age" for one in route.missing):
        opens = verdict.age_opens_on
        since = f"{day_text(opens)} 起可以申报。" if opens else ""
        sentence = f"申报须年满 16 周岁，您目前还未到年龄。{since}"
        findings.append(
            Finding("N2026-2.1", "too_young", sentence, need=_iso(opens), field="identity.birth_date")
        )
    if not verdict.education_met:
        sentence = f"本职业要求{EDUCATION_NAMES[minimum_education]}及以上，您填写的学历未达到。"
        findings.append(
            Finding("N2026-2.1", "education_too_low", sentence, field="identity.general_education")
        )
    if not route.met:
        sentence = f"您目前不符合所选的申报条件：{route_text(route)}"
        findings.append(Finding(clause, "route_not_met", sentence, need=_iso(route.opens_on), field="route"))
    return findings


def forfeiture_findings(application: Application, on: date) -> list[Finding]:
    """A regular application inside the validity of passes needs each of them given up by name (N2026-4.2)."""
    if application.kind == Kind.RETAKE:
        return []
    confirmed = set(application.forfeitures.values_list("given_up_id", flat=True))
    unnamed = [
        row.get_subject_display()
        for row in valid_passes(application.person, application.offering, on)
        if row.pk not in confirmed
    ]
    if not unnamed:
        return []
    sentence = f"重新申报将放弃合格科目（{'、'.join(unnamed)}）的补考机会，请先逐科确认；也可以改报补考。"
    return [Finding("N2026-4.2", "forfeiture_not_confirmed", sentence, found=unnamed, field="forfeiture")]


def required_evidence(application: Application, verdict: Verdict | None) -> tuple[str, ...]:
    """The evidence codes this application must show."""
    if application.kind == Kind.RETAKE or verdict is None or not application.route:
        return PAPER_EVIDENCE
    return verdict.route(application.route).evidence


def _evidence_findings(
    application: Application, answers: dict[str, Any], verdict: Verdict | None
) -> list[Finding]:
    findings = []
    clause = application.route or "N2026-2.1"
    for code in missing_evidence(answers, required_evidence(application, verdict)):
        if code == "photo":
            findings.append(Finding("N2026-2.5", "no_photo", "请上传本人照片。", field="photo"))
        else:
            sentence = f"请上传{EVIDENCE_NAMES[code]}的照片或扫描件。"
            findings.append(Finding(clause, "no_evidence", sentence, code, field=f"evidence.{code}"))
    return findings


def _identity_findings(person: Person, answers: dict[str, Any]) -> list[Finding]:
    identity = answers["identity"]
    claim = live_document(person)
    findings = [
        Finding("A3-1", f"no_{field}", sentence, field=f"identity.{field}")
        for field, sentence in (("name", "请填写姓名。"), ("sex", "请选择性别。"))
        if not identity[field]
    ]
    if claim is None:
        sentence = "请填写身份证件的类型和号码。"
        return [*findings, Finding("A3-1", "no_document", sentence, field="identity.number")]
    if not claim.exception_note:
        known = documents.parse(claim.kind, claim.number, on=date.max)
        findings += [
            Finding("A3-1", "disagrees_with_document", problem.sentence, field=f"identity.{problem.field}")
            for problem in documents.agree(known, person.sex or None, person.birth_date)
        ]
    return findings


def _consent_findings(person: Person) -> list[Finding]:
    rows = Consent.objects.filter(person=person)
    if person.account_id:
        rows = rows | Consent.objects.filter(account=person.account_id)
    latest = {row.about: row.given for row in rows.order_by("at")}
    return [
        Finding("", f"no_consent_{about}", f"请确认是否同意我们处理您的{label}。", field=f"consents.{about}")
        for about, label in Consent.About.choices
        if (about != Consent.About.PHONE or person.account_id) and not latest.get(about)
    ]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None

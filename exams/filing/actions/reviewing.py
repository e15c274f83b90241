"""The counter's decisions: checks, return, approval, rejection, and the undoing of a mistaken decision."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.claims import conflicting_claims
from applicants.records.models import DocumentClaim
from applicants.records.queries import live_document
from applicants.standing.queries import bar_findings
from exams.catalogue.queries import policy_value
from exams.filing import transitions
from exams.filing.actions.amending import AT_THE_DOCUMENT_DESK
from exams.filing.actions.quoting import end_quote, freeze_quote, refuse_if_money_held
from exams.filing.answers import plain
from exams.filing.checks import CHECK_TITLES, own_findings, refuse_own, reviewed_submission
from exams.filing.groups.queries import filing_of
from exams.filing.issued import issued_findings
from exams.filing.models import LIVE, Application, Check, Kind, SpecialArrangement, Submission
from exams.filing.readiness import forfeiture_findings
from exams.filing.reasons import RETURN_REASONS
from exams.filing.telling import tell, tell_institution
from exams.filing.verdicts import still_the_same, stored_verdict
from exams.passes.actions import give_up_passes, restore_passes
from exams.passes.queries import retake_possibility, scheme_subjects
from portal import clock, workdays
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.wording import cite, day_text, money_text
from portal.rules.workdays import add_working_days


@transaction.atomic
def record_check(
    *, actor: Account, application: Application, code: str, result: str, note: str = ""
) -> Application:
    """Note one check of the latest submission as passed, failed or unknown; a failed one needs a note."""
    application = transitions.lock_for(application, "record_check")
    refuse_own(actor, application)
    check = reviewed_submission(application).checks.filter(code=code).first()
    if check is None or result not in Check.Result.values:
        raise Refused(Finding("", "unknown_check", "没有这一核对项，请刷新页面后重试。", code, field="code"))
    if result == Check.Result.FAILED and not note.strip():
        raise Refused(Finding("", "no_note", "核对不符合时，请写明哪里不符。", field="note"))
    check.result, check.note = result, note.strip()
    known = result != Check.Result.UNKNOWN
    check.checked_by, check.checked_at = (actor, clock.now()) if known else (None, None)
    check.save()
    transitions.note(
        "record_check",
        application,
        actor=actor,
        detail={"check": code, "result": result},
        personal={"note": check.note},
    )
    return application


@transaction.atomic
def return_application(
    *, actor: Account, application: Application, reasons: Sequence[Mapping[str, Any]]
) -> Application:
    """Give the application back to be mended, keeping its window for ten working days (dated policy).

    `reasons`: one or more of {"code": one of RETURN_REASONS, "field": …, "note": …}. The undertaking is asked for
    again, because the answers will be others. Where an institution filed the person, it is told once a day and filing,
    as it is the one to mend. Raises `Refused`.
    """
    application = transitions.lock_for(application, "return_application")
    refuse_own(actor, application)
    coded = return_reasons(reasons)
    today = clock.today()
    days = int(str(policy_value("mend_working_days", today)))
    application.mend_until = add_working_days(today, days, workdays.current()).day
    application.undertaking_version, application.undertaken_at = "", None
    transition = transitions.move(
        application,
        "return_application",
        actor=actor,
        reasons=coded,
        detail={"mend_until": application.mend_until.isoformat()},
    )
    application.save(update_fields=["status", "mend_until", "undertaking_version", "undertaken_at"])
    tell(
        application,
        "application_returned",
        key=transition.pk,
        until=day_text(application.mend_until, weekday=True),
        reasons="".join(row["sentence"] for row in coded),
    )
    if filing := filing_of(application):
        tell_institution(
            filing.institution,
            "filing_returned",
            key=f"{filing.pk}:{today.isoformat()}",
            number=filing.number,
            until=day_text(application.mend_until, weekday=True),
        )
    return application


def return_reasons(reasons: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The reasons of a return as they are kept and told. Refused: none, an unknown one, 其他 without a word."""
    if not reasons:
        raise Refused(Finding("", "no_reason", "请至少选择一项退回原因。", field="reasons"))
    coded = []
    for row in reasons:
        code, note = row.get("code", ""), str(row.get("note", "")).strip()
        if code not in RETURN_REASONS:
            raise Refused(Finding("", "unknown_reason", "请从列出的退回原因中选择。", code, field="reasons"))
        if code == "other" and not note:
            raise Refused(Finding("", "no_note", "选择“其他”时，请写明要修改什么。", field="reasons"))
        reason = RETURN_REASONS[code]
        sentence = note if code == "other" else reason.sentence + note
        coded.append(
            {"code": code, "field": row.get("field") or reason.step, "note": note, "sentence": sentence}
        )
    return coded


@transaction.atomic
def approve_application(*, actor: Account, application: Application, seen_serial: int) -> Application:
    """Approve after the second look, freeze the quote, and let a confirmed forfeiture take effect.

    `seen_serial` is the serial of the submission the reviewer looked at. Refused (`Refused`) where that is no longer
    the latest, the approver submitted it or is the applicant, a bar is in force, the document is not verified or is
    claimed by another too, the stored verdict does not recompute to the same bytes, a certificate issued here that it
    rests on is void since, a check is not passed, or a retake or forfeiture no longer stands as it was submitted.
    """
    application = transitions.lock_for(application, "approve_application")
    now = clock.now()
    on = clock.local_day(now)
    submission = reviewed_submission(application)
    if submission.serial != seen_serial:
        sentence = "您打开页面之后申报内容有更新，请重新查看后再决定。"
        raise Refused(Finding("", "not_the_latest", sentence, seen_serial, submission.serial))
    refuse_if_any(
        [
            *own_findings(actor, application),
            *bar_findings(application.person, on),
            *document_findings(application),
            *_identity_findings(application, submission),
            *_verdict_findings(application, submission),
            *issued_findings(application, submission),
            *_check_findings(submission),
            *_subject_findings(application, on),
            *forfeiture_findings(application, on),
        ]
    )
    application.approved_at = now
    transition = transitions.move(
        application, "approve_application", actor=actor, detail={"submission": submission.serial}
    )
    application.save(update_fields=["status", "approved_at"])
    quote = freeze_quote(application, now)
    given_up = [row.given_up for row in application.forfeitures.select_related("given_up")]
    give_up_passes(actor=actor, passes=given_up, application_id=application.pk)
    tell(
        application,
        "application_approved",
        key=transition.pk,
        pay_by=day_text(quote.pay_by, weekday=True),
        amount=money_text(quote.total_fen),
    )
    return application


def document_findings(application: Application) -> list[Finding]:
    """Why the identity does not stand yet: not verified with the original, or claimed by somebody else too."""
    claim = live_document(application.person)
    if claim is None or claim.state != DocumentClaim.State.VERIFIED:
        sentence = "身份证件还没有核对原件，请先核对证件再审核。"
        return [Finding("A3-1", "document_not_verified", sentence, field="identity_document")]
    if conflicting_claims(claim).exists():
        sentence = "这个证件号码还有别人在用，请先处理证件冲突。"
        return [Finding("A3-1", "claim_conflict", sentence, field="identity_document")]
    return []


def _identity_findings(application: Application, submission: Submission) -> list[Finding]:
    """The person exchanged the document after submitting: the verdict was reached for somebody born another day."""
    answers: Any = submission.answers
    answered, person = answers["identity"], application.person
    if all(answered[field] == plain(getattr(person, field)) for field in AT_THE_DOCUMENT_DESK):
        return []
    sentence = (
        "提交以后证件改过，姓名、性别或出生日期与申报时不同，请逐项更正后再审核，或退回由本人重新提交。"
    )
    return [Finding("A3-1", "identity_differs", sentence, field="identity_document")]


def _verdict_findings(application: Application, submission: Submission) -> list[Finding]:
    if not still_the_same(submission):
        sentence = "按提交时的内容重新判定，结果与当时保存的不一致。请不要审核，立即通知管理员。"
        return [Finding("N2026-2.1", "verdict_differs", sentence, field="conditions")]
    if application.kind == Kind.RETAKE:
        return []
    verdict = stored_verdict(submission)
    if verdict.eligible and verdict.route(application.route)["met"]:
        return []
    sentence = f"按更正后的内容，不符合所选的申报条件（{cite(application.route)}）。"
    return [Finding(application.route, "route_not_met", sentence, field="conditions")]


def _check_findings(submission: Submission) -> list[Finding]:
    return [
        Finding(
            "N2026-2.1",
            "check_not_passed",
            f"“{CHECK_TITLES[check.code]}”{check.get_result_display()}，不能审核通过。",
            check.result,
            Check.Result.PASSED.value,
            check.code,
        )
        for check in submission.checks.exclude(result=Check.Result.PASSED).order_by("code")
    ]


def _subject_findings(application: Application, on: date) -> list[Finding]:
    """A change of scheme, or a pass lapsed since the submission, makes other subjects of it."""
    if application.kind == Kind.RETAKE:
        possible = retake_possibility(application.person, application.offering, on)
        if possible.findings:
            return list(possible.findings)
        same = set(application.subjects) <= set(possible.subjects)
    else:
        same = application.subjects == list(scheme_subjects(application.offering, on))
    if same:
        return []
    sentence = "评价科目与提交时不同，请退回由本人重新选择。"
    return [Finding("N2026-2.4", "subjects_changed", sentence, application.subjects, field="subjects")]


@transaction.atomic
def reject_application(*, actor: Account, application: Application, clause: str, reason: str) -> Application:
    """Turn the application down, with the clause it fails and a sentence for the person. Raises `Refused`."""
    application = transitions.lock_for(application, "reject_application")
    refuse_own(actor, application)
    try:
        cited = cite(clause)
    except ValueError:
        sentence = "请选择不通过所依据的条款。"
        raise Refused(Finding("", "no_clause", sentence, clause, field="clause")) from None
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明不通过的理由，申报人会看到。", field="reason"))
    sentence = f"{reason.strip()}（{cited}）"
    transition = transitions.move(
        application,
        "reject_application",
        actor=actor,
        reasons=[{"code": "rejected", "clause": clause, "note": reason.strip(), "sentence": sentence}],
    )
    application.save(update_fields=["status"])
    tell(application, "application_rejected", key=transition.pk, reasons=sentence)
    return application


@transaction.atomic
def revoke_approval(*, actor: Account, application: Application, reason: str) -> Application:
    """Undo an approval made by mistake, before money came: back to review, quote ended, forfeited passes restored."""
    _need_reason(reason)
    application = transitions.lock_for(application, "revoke_approval")
    refuse_if_money_held(application)
    end_quote(application, clock.now())
    restore_passes(actor=actor, application_id=application.pk)
    application.approved_at = None
    _undo(application, "revoke_approval", actor, reason)
    application.save(update_fields=["status", "approved_at"])
    return application


@transaction.atomic
def reopen_rejected(*, actor: Account, application: Application, reason: str) -> Application:
    """Undo a rejection made by mistake: back to review, unless another application for the offering is live."""
    _need_reason(reason)
    application = transitions.lock_for(application, "reopen_rejected")
    others = application.person.applications.filter(
        offering=application.offering_id, status__in=LIVE, concluded_at=None
    )
    if other := others.first():
        sentence = f"这位申报人已另有一份同项目的申报（{other.number}），不能重新审核本份。"
        raise Refused(Finding("N2026-2.2", "another_live_application", sentence, other.number))
    _undo(application, "reopen_rejected", actor, reason)
    application.save(update_fields=["status"])
    return application


def _undo(application: Application, action: str, actor: Account, reason: str) -> None:
    transition = transitions.move(
        application, action, actor=actor, reasons=[{"code": "mistake", "note": reason.strip()}]
    )
    tell(application, "review_resumed", key=transition.pk)


@transaction.atomic
def decide_special_arrangement(
    *, actor: Account, application: Application, granted_needs: Collection[str], note: str = ""
) -> Application:
    """Grant all, some or none of the 合理便利 asked for, a note where not all; what is granted binds the seating."""
    application = transitions.lock_for(application, "decide_special_arrangement")
    refuse_own(actor, application)
    asked = SpecialArrangement.objects.filter(application=application).first()
    if asked is None or not set(granted_needs) <= set(asked.needs):
        raise Refused(Finding("", "not_asked_for", "只能同意申报人提出的合理便利。", field="granted_needs"))
    if set(granted_needs) != set(asked.needs) and not note.strip():
        raise Refused(
            Finding("", "no_note", "未全部同意时，请写明原因，申报人会看到。", field="decision_note")
        )
    asked.granted_needs = [need for need in asked.needs if need in granted_needs]
    asked.decision = (
        SpecialArrangement.Decision.GRANTED if asked.granted_needs else SpecialArrangement.Decision.REFUSED
    )
    asked.decision_note, asked.decided_by, asked.decided_at = note.strip(), actor, clock.now()
    asked.save()
    transitions.note(
        "decide_special_arrangement",
        application,
        actor=actor,
        personal={"granted": asked.granted_needs, "note": asked.decision_note},
    )
    tell(application, "special_arrangement_decided", key=f"{asked.pk}:{asked.decided_at.isoformat()}")
    return application


@transaction.atomic
def set_assess_by(*, actor: Account, application: Application, assess_by: date, citation: str) -> Application:
    """Record another day by which the application is assessed, with its source (December: next year's plan; A2)."""
    application = transitions.lock_for(application, "set_assess_by")
    refuse_own(actor, application)
    if not citation.strip():
        raise Refused(
            Finding("A2", "no_citation", "请写明依据，例如次年公告的名称和日期。", field="citation")
        )
    if application.submitted_at is not None and assess_by < clock.local_day(application.submitted_at):
        raise Refused(Finding("A2", "before_submission", "评价截止日不能早于提交日。", field="assess_by"))
    before = application.assess_by
    application.assess_by, application.assess_by_citation = assess_by, citation.strip()
    application.save(update_fields=["assess_by", "assess_by_citation"])
    detail = {"before": before, "after": assess_by, "citation": citation.strip()}
    transitions.note("set_assess_by", application, actor=actor, detail=detail)
    return application


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明撤销原决定的理由。", field="reason"))

"""Deciding a case with every effect seen first, and taking a decision back with what cannot be put back seen first."""

import hashlib
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from applicants.accounts.models import Account
from exams.conduct import wording
from exams.conduct.admin_cases import case_address, case_facts, case_or_404
from exams.conduct.admin_forms import DecideForm
from exams.conduct.deciding import Preview, decide, preview_effects, reverse_decision
from exams.conduct.models import Case, Decision
from exams.conduct.queries import Kind, Stage, decision_of, last_step, stage_of, statements
from portal.access import staff
from portal.counter.acting import ReasonForm, act, data, page
from portal.rules import sanctions
from portal.rules.findings import Refused, canonical_json

DECIDE, REVIEW = "exams.decide_case", "exams.review_case"
CHANGED = "预览以后情况有变化，下面是现在的后果，请重新看过再决定。"


@staff(DECIDE, "GET", "POST")
def decide_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Two pages in one: what the decider chooses, then every effect of it; the button stands below the effects."""
    case = case_or_404(key)
    form = DecideForm(data(request), case=case, initial=_as_told(case))
    preview: Preview | None = None
    if "edit" not in request.POST and form.is_valid():
        chosen = {"severity": "", **form.cleaned_data}
        try:
            preview = preview_effects(case, chosen["severity"], chosen["body"], chosen["effective_on"])
            if request.POST.get("seen") == _digest(preview):
                decide(actor=request.user, case=case, seen=preview, **chosen)
                messages.success(request, "已作出处理决定，各项后果已经生效。请打印处理决定书，送达本人。")
                return redirect(case_address(case))
        except Refused as refused:
            preview = None
            for finding in refused.findings:
                form.add_error(finding.field if finding.field in form.fields else None, finding.sentence)
    return page(
        request,
        "admin/exams/conduct/decide.html",
        title=f"作出处理决定：{case.person.name}",
        case=case,
        facts=case_facts(case),
        tier=wording.tier_of(case.act_id),
        notice=last_step(case, Kind.NOTICE),
        severities=wording.SEVERITIES,
        statements=statements(case),
        ready=stage_of(case) == Stage.TO_DECIDE,
        own=case.opened_by_id == request.user.pk,
        back=case_address(case),
        form=form,
        **(_previewed(request, case, form, preview) if preview is not None else {}),
    )


def _as_told(case: Case) -> dict[str, str]:
    notice = last_step(case, Kind.NOTICE)
    return {"severity": notice.severity} if notice else {}


def _digest(preview: Preview) -> str:
    return hashlib.sha256(canonical_json(preview)).hexdigest()


def _previewed(request: HttpRequest, case: Case, form: DecideForm, preview: Preview) -> dict[str, Any]:
    chosen = form.cleaned_data
    effects = sanctions.effects(
        case.act_id,
        severity=chosen.get("severity") or None,
        act_on=case.act_on,
        effective_on=chosen["effective_on"],
    )
    subject = case.seat.subject if case.seat else None
    return {
        "preview": preview,
        "seen": _digest(preview),
        "changed": CHANGED if "seen" in request.POST else "",
        "said": wording.consequences(effects.to_json(), clause=case.act_id, subject=subject),
        "chosen": [
            {"key": field.label, "value": _value(form, field.name)}
            for field in form
            if field.name != "reasons"
        ],
    }


def _value(form: DecideForm, name: str) -> str:
    value, choices = form.cleaned_data[name], dict(getattr(form.fields[name], "choices", []))
    return str(choices.get(value, value)) if choices else wording.day_text(value, weekday=True)


@staff(REVIEW, "GET", "POST")
def reverse_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take a decision back: what returns exactly, and what cannot, stand above the reason."""
    case = case_or_404(key)
    decision = decision_of(case)
    if decision is None or decision.reversed_at is not None:
        raise Http404
    restored, lost, refused = preview_reversal(request.user, decision)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: reverse_decision(actor=request.user, decision=decision, reason=typed["reason"]),
        title=f"撤销处理决定：{case.number}",
        facts=case_facts(case),
        restored=restored,
        lost=lost,
        refused=refused,
        button="撤销处理决定",
        done=lambda remaining: "".join(
            ["处理决定已撤销，本人会收到消息。请打印复核答复书送交本人。", *remaining]
        ),
        back=case_address(case),
        grave=True,
        template="admin/exams/conduct/reverse.html",
    )


def preview_reversal(actor: Account, decision: Decision) -> tuple[list[str], list[str], list[str]]:
    """(what would return, what would not, why it is refused), in sentences, found by doing it and rolling it back."""
    restored = [wording.RESTORED[row.code] for row in decision.applied.all()]
    try:
        with transaction.atomic():
            lost = reverse_decision(actor=actor, decision=decision, reason="预览")
            transaction.set_rollback(True)
    except Refused as refusal:
        return restored, [], [finding.sentence for finding in refusal.findings]
    return restored, lost, []

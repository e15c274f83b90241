"""Deciding a case as a second person, seeing every effect first; and taking a decision back as a whole (A3, S14)."""

from datetime import date, timedelta
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.models import Person
from applicants.records.own import refuse_own
from exams.arrangement.models import Seat
from exams.conduct.cases import (
    note,
    refuse_reviewer,
    refuse_unless,
    severity_findings,
    warning_findings,
)
from exams.conduct.models import AppliedEffect, Case, CaseStep, Decision
from exams.conduct.queries import Stage, last_step, stage_of
from exams.filing.models import Application, Quote
from exams.filing.telling import tell
from exams.tickets.ending import LIVE as LIVE_TICKETS
from exams.tickets.models import Ticket
from portal import clock, registry
from portal.rules.findings import Finding, Refused, refuse_if_any
from portal.rules.sanctions import effects

LATEST_EFFECT = timedelta(days=30)
"""A decision takes effect on its day or soon after: a later date is a slip of the pen, and would put off the bar."""

Preview = list[tuple[str, list[str]]]
"""(title of the effect, what it would do, in sentences); effects that would do nothing are left out."""


def preview_effects(case: Case, severity: str, body: str, effective_on: date) -> Preview:
    """What a decision would do if it were made now, effect by effect. Writes nothing. Raises `Refused`."""
    refuse_if_any(_term_findings(case, severity, body, effective_on))
    return _preview(_draft(case, severity, body, effective_on))


@transaction.atomic
def decide(
    *,
    actor: Account,
    case: Case,
    severity: str,
    body: str,
    effective_on: date,
    reasons: str,
    seen: Preview | None = None,
) -> Decision:
    """Decide the case and apply every effect, in one transaction; the person is told.

    Only after the person was told and has spoken or let the term pass, by somebody who did not open the case, and for
    A3-4 no graver than told. `severity` is "minor" or "serious" for A3-4, else empty; `effective_on` today or up to
    `LATEST_EFFECT` later. With `seen`, refused where the effects are no longer those the decider saw. Raises `Refused`.
    """
    case = _lock(case)
    refuse_own(actor, [case.person_id], "own_case")
    refuse_unless(case, Stage.TO_DECIDE, deed="作出处理决定")
    if actor.pk == case.opened_by_id:
        sentence = "处理决定须由立案人以外的另一位工作人员作出。"
        raise Refused(Finding("A3", "second_person_needed", sentence))
    found = _term_findings(case, severity, body, effective_on)
    found += warning_findings(case.act_id, case.seat, case.incident)
    if not reasons.strip():
        found.append(Finding("A3", "no_reasons", "请写明处理决定的理由，本人会看到。", field="reasons"))
    refuse_if_any(found)
    decision = _draft(case, severity, body, effective_on)
    decision.reasons, decision.decided_by, decision.decided_at = reasons.strip(), actor, clock.now()
    decision.preview = [[title, sentences] for title, sentences in _preview(decision)]
    if seen is not None and decision.preview != [[title, list(sentences)] for title, sentences in seen]:
        sentence = "预览以后情况有变化，下面是现在的后果，请看过再决定。"
        raise Refused(Finding("A3", "preview_changed", sentence))
    decision.save(force_insert=True)
    for position, effect in enumerate(registry.decision_effects, start=1):
        undo = effect.apply(decision)
        if undo is not None:
            AppliedEffect.objects.create(decision=decision, position=position, code=effect.code, undo=undo)
    note("decide", case, actor=actor, detail={"decision": str(decision.pk), **decision.effects})
    tell(case.application, "decision_made", key=decision.pk)
    return decision


@transaction.atomic
def reverse_decision(*, actor: Account, decision: Decision, reason: str) -> list[str]:
    """Take a decision back, the last effect first; returns in sentences what could not be put back as it was.

    By somebody other than the decider; where a review was asked for, also other than who opened the case. Scores,
    admission, bar, certificate and money return exactly; seats return to the queue. Raises `Refused`.
    """
    case = _lock(decision.case)
    refuse_own(actor, [case.person_id], "own_case")
    decision = Decision.objects.select_for_update().get(pk=decision.pk)
    if decision.reversed_at is not None:
        raise Refused(Finding("A3", "already_reversed", "这个处理决定已经撤销。"))
    if actor.pk == decision.decided_by_id:
        sentence = "撤销处理决定须由决定人以外的另一位工作人员进行。"
        raise Refused(Finding("A3", "second_person_needed", sentence))
    if stage_of(case) == Stage.REVIEW:
        refuse_reviewer(actor, case)
    if not reason.strip():
        raise Refused(Finding("A3", "no_reason", "请写明撤销的理由，本人会看到。", field="reason"))
    decision.case = case
    now = clock.now()
    decision.reversed_by, decision.reversed_at, decision.reversal_reason = actor, now, reason.strip()
    decision.save(update_fields=["reversed_by", "reversed_at", "reversal_reason"])
    remaining: list[str] = []
    known = {effect.code: effect for effect in registry.decision_effects}
    for row in decision.applied.order_by("-position"):
        remaining += known[row.code].reverse(decision, row.undo or {})
        row.reversed_at = now
        row.save(update_fields=["reversed_at"])
    note(
        "reverse_decision",
        case,
        actor=actor,
        detail={"decision": str(decision.pk), "remaining": len(remaining)},
    )
    tell(case.application, "decision_reversed", key=decision.pk)
    return remaining


def _preview(decision: Decision) -> Preview:
    told = [(effect.title, effect.preview(decision)) for effect in registry.decision_effects]
    return [(title, sentences) for title, sentences in told if sentences]


def _draft(case: Case, severity: str, body: str, effective_on: date) -> Decision:
    """The decision, not saved."""
    frozen = effects(case.act_id, severity=severity or None, act_on=case.act_on, effective_on=effective_on)
    return Decision(
        id=uuid4(),
        case=case,
        act_id=case.act_id,
        severity=severity,
        body=body,
        effective_on=effective_on,
        effects=frozen.to_json(),
    )


def _term_findings(case: Case, severity: str, body: str, effective_on: date) -> list[Finding]:
    found = severity_findings(case.act_id, severity)
    notice = last_step(case, CaseStep.Kind.NOTICE)
    if notice is not None and notice.severity == "minor" and severity == "serious":
        sentence = "告知本人的是“情节轻微”，不能直接加重；确需加重的，请重新告知。"
        found.append(Finding("A3-4", "graver_than_told", sentence, severity, notice.severity, "severity"))
    if body not in Decision.Body.values:
        found.append(Finding("A3-end", "no_body", "请选择宣布处理决定的机构。", field="body"))
    today = clock.today()
    if not today <= effective_on <= today + LATEST_EFFECT:
        sentence = f"生效日期应在今天到 {LATEST_EFFECT.days} 天以内，请核对。"
        found.append(Finding("A3", "effective_on", sentence, effective_on.isoformat(), field="effective_on"))
    return found


def _lock(case: Case) -> Case:
    """Everything of the person that an effect may touch, in the lock order, then the case afresh."""
    person = case.person_id
    Person.objects.select_for_update().get(pk=person)
    list(Application.objects.select_for_update().filter(person=person).order_by("pk"))
    list(Quote.objects.select_for_update().filter(application__person=person, ended_at=None).order_by("pk"))
    list(Seat.objects.select_for_update().filter(person=person, released_at=None).order_by("pk"))
    tickets = Ticket.objects.select_for_update().filter(application__person=person, state__in=LIVE_TICKETS)
    list(tickets.order_by("pk"))
    return (
        Case.objects.select_for_update(of=("self",))
        .select_related("act", "application__person__account", "application__offering__occupation", "seat")
        .get(pk=case.pk)
    )

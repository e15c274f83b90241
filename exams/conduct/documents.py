"""The four documents of a case as PDF: 现场情况记录, 拟处理告知书, 处理决定书, 复核答复书 (N2026-7, A3).

They are made from the rows of the case, which are added and never changed, so the same row gives the same paper. Of the
person's document only the decision, and the list for the authorities, print the whole number: they must say beyond doubt
who is meant (ADR 0078).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from applicants.identity.masks import mask_number
from applicants.records.queries import live_document
from exams.arrangement.models import Seat
from exams.catalogue.queries import policy_row
from exams.conduct import wording
from exams.conduct.models import Case, CaseStep, Decision, Incident, IncidentPerson
from exams.conduct.telling import Open
from portal import clock, pdf
from portal.contacts import notice_in_force

TEMPLATE = "exams/conduct/paper.html"
_KIND = CaseStep.Kind


def render_record(incident: Incident, *, only: Seat | None = None) -> bytes:
    """What was written down on the spot. `only`: that person's own copy, on which the others are but counted."""
    rows = list(
        IncidentPerson.objects.filter(incident=incident)
        .select_related("seat__application__person", "seat__room")
        .order_by("seat__room__name", "seat__number")
    )
    shown = [row for row in rows if only is None or row.seat_id == only.pk]
    return _render(
        "record",
        "现场情况记录",
        reference=f"{clock.local_day(incident.recorded_at):%Y-%m-%d} 记录",
        incident=incident,
        session=incident.session,
        persons=[(row, _document_of(row.seat.application.person, whole=False)) for row in shown],
        others=len(rows) - len(shown),
    )


def render_notice(step: CaseStep) -> bytes:
    """The notice of the intended decision, with the right to a statement and its last day."""
    case = step.case
    return _render(
        "notice",
        "拟处理告知书",
        reference=f"{case.number} 告知",
        on=step.on,
        step=step,
        severity=wording.SEVERITIES.get(step.severity, ""),
        said=wording.intended(
            clause=case.act_id,
            severity=step.severity,
            act_on=case.act_on,
            told_on=step.on,
            subject=case.seat.subject if case.seat else None,
        ),
        term=policy_row("statement_working_days", step.on),
        **_party(case),
    )


def render_decision(decision: Decision) -> bytes:
    """The decision as it was taken; one reversed since says so at its head."""
    case = decision.case
    return _render(
        "decision",
        "处理决定书",
        reference=f"{case.number} 决定",
        on=clock.local_day(decision.decided_at),
        decision=decision,
        said=wording.consequences(
            decision.effects, clause=decision.act_id, subject=case.seat.subject if case.seat else None
        ),
        severity=wording.SEVERITIES.get(decision.severity, ""),
        notice=_last(case, _KIND.NOTICE, before=decision),
        statement=_last(case, _KIND.STATEMENT, before=decision),
        term=policy_row("review_working_days", clock.local_day(decision.decided_at)),
        lines=notice_in_force(clock.local_day(decision.decided_at)).lines,
        **_party(case, whole=True),
    )


def render_answer(decision: Decision) -> bytes:
    """How the review ended: the decision stands, or it is reversed. Raises LookupError before either."""
    case = decision.case
    upheld = _last(case, _KIND.UPHELD)
    at = decision.reversed_at or (upheld.at if upheld else None)
    if at is None:
        raise LookupError(f"{case} has no answer to a review")
    return _render(
        "answer",
        "复核答复书",
        reference=f"{case.number} 复核",
        on=clock.local_day(at),
        decision=decision,
        asked=_last(case, _KIND.REVIEW_ASKED),
        upheld=None if decision.reversed_at else upheld,
        restored=[wording.RESTORED[row.code] for row in decision.applied.all()],
        said=wording.consequences(
            decision.effects, clause=decision.act_id, subject=case.seat.subject if case.seat else None
        ),
        lines=notice_in_force(clock.local_day(at)).lines,
        **_party(case),
    )


def render_telling(rows: Sequence[Open], *, on: date) -> bytes:
    """What the authorities must be told, with whole document numbers: they must know beyond doubt whom it is about."""
    return _render(
        "telling",
        "报送清单",
        reference=f"{on:%Y-%m-%d} 打印",
        on=on,
        rows=[(one, one.duty, _document_of(one.duty.person, whole=True)) for one in rows],
    )


def _render(body: str, title: str, *, reference: str, **context: Any) -> bytes:
    context |= {"body": f"exams/conduct/papers/{body}.html", "reference": reference}
    return pdf.render(TEMPLATE, context, title=title)


def _party(case: Case, *, whole: bool = False) -> dict[str, Any]:
    """Who and what the case is about, as the head of each of its papers names them."""
    return {
        "case": case,
        "person": case.person,
        "application": case.application,
        "act": case.act,
        "tier": wording.tier_of(case.act_id),
        "document": _document_of(case.person, whole=whole),
    }


def _document_of(person: Any, *, whole: bool) -> tuple[str, str]:
    """(kind in Chinese, number), masked unless the whole number is wanted; two empty texts without a document."""
    claim = live_document(person)
    if claim is None:
        return "", ""
    return claim.get_kind_display(), claim.number if whole else mask_number(claim.number)


def _last(case: Case, kind: str, *, before: Decision | None = None) -> CaseStep | None:
    steps = case.steps.filter(kind=kind)
    if before is not None:
        steps = steps.filter(at__lte=before.decided_at)
    return steps.last()

"""Which action may meet an application in which status, in one table, and the one way in which a status changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from applicants.accounts.models import Account
from applicants.records.models import Person
from exams.filing.models import Application, Status, Transition
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused

DRAFT, SUBMITTED, RETURNED = Status.DRAFT, Status.SUBMITTED, Status.RETURNED
APPROVED, REJECTED, WITHDRAWN = Status.APPROVED, Status.REJECTED, Status.WITHDRAWN
CANCELLED, LAPSED = Status.CANCELLED, Status.LAPSED


@dataclass(frozen=True)
class Rule:
    """An action by name: what it is called on the screen, and status before → status after."""

    title: str
    moves: Mapping[str, str]


def _stays(*statuses: str) -> dict[str, str]:
    return {status: status for status in statuses}


EDITABLE = (DRAFT, RETURNED)
TABLE: dict[str, Rule] = {
    "start_application": Rule("建立申报", {"": DRAFT}),
    "choose": Rule("修改申报内容", _stays(*EDITABLE)),
    "ask_special_arrangement": Rule("申请合理便利", _stays(*EDITABLE)),
    "confirm_forfeiture": Rule("确认放弃补考", _stays(*EDITABLE)),
    "give_undertaking": Rule("作出承诺", _stays(*EDITABLE)),
    "discard_draft": Rule("删除草稿", {DRAFT: WITHDRAWN}),
    "submit_application": Rule("提交申报", {DRAFT: SUBMITTED, RETURNED: SUBMITTED}),
    "withdraw_application": Rule(
        "撤回申报", {SUBMITTED: WITHDRAWN, RETURNED: WITHDRAWN, APPROVED: WITHDRAWN}
    ),
    "record_check": Rule("登记核对结果", _stays(SUBMITTED)),
    "amend_field": Rule("更正申报内容", _stays(SUBMITTED, APPROVED)),
    "decide_special_arrangement": Rule("决定合理便利", _stays(SUBMITTED, RETURNED, APPROVED)),
    "set_assess_by": Rule("另定评价截止日", _stays(SUBMITTED, RETURNED, APPROVED)),
    "return_application": Rule("退回补正", {SUBMITTED: RETURNED}),
    "approve_application": Rule("审核通过", {SUBMITTED: APPROVED}),
    "reject_application": Rule("审核不通过", {SUBMITTED: REJECTED}),
    "revoke_approval": Rule("撤销审核通过", {APPROVED: SUBMITTED}),
    "reopen_rejected": Rule("重新审核", {REJECTED: SUBMITTED}),
    "cancel_application": Rule(
        "取消申报", {DRAFT: CANCELLED, SUBMITTED: CANCELLED, RETURNED: CANCELLED, APPROVED: CANCELLED}
    ),
    "lapse_application": Rule("逾期失效", {APPROVED: LAPSED}),
    # Leaving after payment belongs to tickets, which releases seat and ticket and offers the refund.
    "leave_after_payment": Rule("缴费后退出", {APPROVED: WITHDRAWN}),
    "cancel_after_payment": Rule("缴费后取消", {APPROVED: CANCELLED}),
    # By a decision on misconduct (A3-1), which also reaches what is concluded, and by its reversal.
    "cancel_by_decision": Rule("取消资格", {SUBMITTED: CANCELLED, RETURNED: CANCELLED, APPROVED: CANCELLED}),
    "restore_approved": Rule("恢复资格", {CANCELLED: APPROVED}),
    "restore_submitted": Rule("恢复审核", {CANCELLED: SUBMITTED}),
    "restore_returned": Rule("恢复补正", {CANCELLED: RETURNED}),
}
REACHES_CONCLUDED = ("cancel_by_decision", "restore_approved", "restore_submitted", "restore_returned")


def lock(application: Application) -> Application:
    """Read the application afresh and hold it, its person first, until the transaction ends.

    These two come first in the lock order, which docs/architecture.md gives whole.
    """
    Person.objects.select_for_update().get(pk=application.person_id)
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("person__account", "offering__occupation", "window", "institution")
        .get(pk=application.pk)
    )


def lock_for(application: Application, action: str) -> Application:
    """`lock`, and refuse where the table does not allow the action in the status found."""
    fresh = lock(application)
    require(fresh, action)
    return fresh


def require(application: Application, action: str) -> None:
    """Raise `Refused` where the table does not allow the action now."""
    rule = TABLE[action]
    if application.concluded_at is not None and action not in REACHES_CONCLUDED:
        sentence = f"申报 {application.number} 已办结，不能再{rule.title}。"
        raise Refused(Finding("", "concluded", sentence, found=application.status))
    if application.status not in rule.moves:
        sentence = f"申报 {application.number} 当前是“{application.get_status_display()}”，不能{rule.title}。"
        raise Refused(
            Finding("", "wrong_status", sentence, found=application.status, need=sorted(rule.moves))
        )


def refuse_if_an_institutions(application: Application) -> None:
    """Raise `Refused` where an institution filed it: filling in, mending and submitting are the institution's."""
    if application.institution is not None:
        sentence = (
            f"申报 {application.number} 由{application.institution.name}办理，填写、补正和提交请找该机构。"
        )
        raise Refused(Finding("N2026-2.2", "filed_by_an_institution", sentence))


def allowed(application: Application, action: str) -> bool:
    """Whether the table allows the action now; an action may still refuse for reasons of its own."""
    open_to_it = application.concluded_at is None or action in REACHES_CONCLUDED
    return open_to_it and application.status in TABLE[action].moves


def move(
    application: Application,
    action: str,
    *,
    actor: Account | None,
    reasons: Iterable[Mapping[str, Any]] = (),
    detail: Mapping[str, Any] | None = None,
) -> Transition:
    """Change the status of a locked application as the table says, with its row of history and the audit entry.

    The caller saves the application, because it changes more than the status.
    """
    before, after = application.status, TABLE[action].moves[application.status]
    application.status = after
    transition = Transition.objects.create(
        id=uuid4(),
        application=application,
        before=before,
        after=after,
        at=clock.now(),
        actor=actor,
        reasons=[dict(reason) for reason in reasons],
    )
    note(action, application, actor=actor, detail={"before": before, "after": after, **(detail or {})})
    return transition


def note(
    action: str,
    application: Application,
    *,
    actor: Account | None,
    detail: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
) -> None:
    """The audit entry of something done to an application."""
    trail.record(
        f"filing.{action}",
        actor=actor,
        subject=application,
        person_id=application.person_id,
        detail=detail,
        personal=personal,
    )

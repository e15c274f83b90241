"""Giving money back to who has left or gave a subject up: never more than was taken, never by one person alone."""

from django.db import IntegrityError, transaction

from applicants.accounts.models import Account
from exams.filing.models import Application, Status
from exams.filing.telling import tell, tell_institution
from exams.payments.models import Refund, RefundRequest
from exams.payments.queries import open_requests, refund_forbidden, refundable_fen
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.wording import cite, money_text


def ask_refund(*, actor: Account, application: Application, amount_fen: int, reason: str) -> Refund:
    """Ask for money to be given back for an application that was left; another person confirms it.

    What the person asked for themselves is taken up by it.
    """
    if not reason.strip():
        raise Refused(Finding("", "reason_missing", "请写明退费的理由。", field="reason"))
    with transaction.atomic():
        application = Application.objects.select_for_update().get(pk=application.pk)
        if application.status not in (Status.WITHDRAWN, Status.CANCELLED, Status.LAPSED):
            sentence = f"申报目前是“{application.get_status_display()}”。请先办理退出，再申请退费。"
            raise Refused(Finding("N2026-2.4", "still_in", sentence))
        refund = _promise(actor, application, amount_fen, reason.strip())
        open_requests(application).update(refund=refund)
    return refund


@transaction.atomic
def take_up_request(*, actor: Account, request: RefundRequest) -> Refund:
    """Make what somebody asked back a refund, for its whole amount; another person confirms it."""
    application = Application.objects.select_for_update().get(pk=request.application_id)
    request = RefundRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if request.refund_id is not None:
        raise Refused(Finding("", "taken_up", "这份退费申请已经受理。"))
    reason = f"申报人{request.cause}（{request.citation}）"
    request.refund = _promise(actor, application, request.amount_fen, reason)
    request.save(update_fields=["refund"])
    return request.refund


def confirm_refund(*, actor: Account, refund: Refund, transaction_number: str) -> Refund:
    """Confirm, as a second person, that the money went back under this transaction number; tells the applicant."""
    transaction_number = transaction_number.strip()
    if not transaction_number:
        raise Refused(Finding("", "transaction_missing", "请填写退款流水号。", field="transaction_number"))
    try:
        with transaction.atomic():
            application = Application.objects.select_for_update().get(pk=refund.application_id)
            refund = Refund.objects.select_for_update().get(pk=refund.pk)
            if refund.confirmed_at is not None:
                raise Refused(Finding("", "already_refunded", "这笔退费已经完成。"))
            if refund.asked_by_id == actor.pk:
                raise Refused(Finding("", "second_person_needed", "退费须由申请人以外的另一位工作人员复核。"))
            _refuse_forbidden(application)
            refund.confirmed_by, refund.confirmed_at = actor, clock.now()
            refund.transaction_number = transaction_number
            refund.save(update_fields=["confirmed_by", "confirmed_at", "transaction_number"])
            trail.record(
                "payments.refund_confirmed",
                actor=actor,
                subject=refund,
                person_id=application.person_id,
                detail={"application": application.number, "fen": refund.amount_fen},
            )
            amount = money_text(refund.amount_fen)
            tell(application, "refunded", key=refund.pk, amount=amount)
            if application.institution is not None:
                number = application.number
                tell_institution(
                    application.institution, "bill_refunded", key=refund.pk, number=number, amount=amount
                )
    except IntegrityError:
        sentence = f"退款流水号 {transaction_number} 已登记过，请核对。"
        raise Refused(Finding("", "transaction_used", sentence, field="transaction_number")) from None
    return refund


def _promise(actor: Account, application: Application, amount_fen: int, reason: str) -> Refund:
    """The refund that waits for a second person. The caller holds the application."""
    _refuse_forbidden(application)
    left = refundable_fen(application)
    if not 0 < amount_fen <= left:
        sentence = f"可退金额为 {money_text(left)}，请核对退费金额。"
        raise Refused(Finding("N2026-2.4", "wrong_amount", sentence, amount_fen, left, "amount"))
    refund = Refund.objects.create(
        application=application,
        amount_fen=amount_fen,
        reason=reason,
        asked_by=actor,
        asked_at=clock.now(),
    )
    trail.record(
        "payments.refund_asked",
        actor=actor,
        subject=refund,
        person_id=application.person_id,
        detail={"application": application.number, "fen": amount_fen},
    )
    return refund


def _refuse_forbidden(application: Application) -> None:
    if forbidden := refund_forbidden(application):
        sentence = f"按处理决定（{cite(forbidden.clause)}），申报 {application.number} 已缴的费用不予退还。"
        raise Refused(Finding(forbidden.clause, "refund_forbidden", sentence))

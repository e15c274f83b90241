"""Taking money and undoing that: each an append-only row, each reversal by two people.

A confirmed reversal may cost a seat and a ticket, so it is carried out where those are known, by
`exams.tickets.leaving`; here is the money's part of it.
"""

from datetime import date

from django.db import IntegrityError, transaction

from applicants.accounts.models import Account
from exams.catalogue.queries import policy_value
from exams.filing.models import Application, Quote, Status
from exams.filing.telling import tell
from exams.payments.entries import already_entered, check_entry
from exams.payments.models import BillLine, Payment, RefundRequest, Reversal
from exams.payments.queries import outstanding_fen, refundable_fen
from portal import clock, workdays
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.wording import money_text
from portal.rules.workdays import add_working_days


def record_payment(
    *,
    actor: Account,
    application: Application,
    amount_fen: int,
    method: str,
    receipt_number: str,
    received_on: date,
    transaction_number: str = "",
) -> Payment:
    """Take the whole outstanding amount of the application's quote, once; tells the applicant.

    Raises Refused where nothing is due, the amount differs, or the receipt or transaction is already entered.
    """
    receipt_number, transaction_number = receipt_number.strip(), transaction_number.strip()
    try:
        with transaction.atomic():
            application = Application.objects.select_for_update().get(pk=application.pk)
            if application.person.account_id == actor.pk:
                raise Refused(Finding("", "own_application", "不能收取自己的费用，请由其他人办理。"))
            quote = _payable_quote(application)
            _check_amount(quote, amount_fen)
            check_entry(method, receipt_number, transaction_number, received_on)
            payment = Payment.objects.create(
                quote=quote,
                amount_fen=amount_fen,
                method=method,
                receipt_number=receipt_number,
                transaction_number=transaction_number or None,
                received_on=received_on,
                taken_by=actor,
                recorded_at=clock.now(),
            )
            trail.record(
                "payments.payment_recorded",
                actor=actor,
                subject=payment,
                person_id=application.person_id,
                detail={"application": application.number, "fen": amount_fen, "method": method},
            )
            tell(
                application,
                "payment_received",
                key=payment.pk,
                amount=money_text(amount_fen),
                receipt=receipt_number,
            )
    except IntegrityError:
        raise Refused(already_entered(receipt_number, transaction_number)) from None
    return payment


def ask_reversal(*, actor: Account, payment: Payment, reason: str) -> Reversal:
    """Ask for a payment to be undone; nothing changes until another person confirms it."""
    reason = reason.strip()
    if not reason:
        raise Refused(Finding("", "reason_missing", "请写明冲正的理由。", field="reason"))
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment.pk)
        _refuse_share(payment)
        if Reversal.objects.filter(payment=payment).exists():
            raise Refused(Finding("", "already_asked", f"收据 {payment.receipt_number} 已申请或已完成冲正。"))
        reversal = Reversal.objects.create(
            payment=payment, reason=reason, asked_by=actor, asked_at=clock.now()
        )
        trail.record(
            "payments.reversal_asked",
            actor=actor,
            subject=payment,
            person_id=payment.quote.application.person_id,
            personal={"reason": reason},
        )
    return reversal


def reverse(*, actor: Account, reversal: Reversal) -> Reversal:
    """Confirm a reversal, as a second person; the quote is due again. Call it inside a transaction.

    Raises Refused where the same person asked, it is done already, or the money was promised back as a refund.
    """
    reversal = (
        Reversal.objects.select_for_update(of=("self",))
        .select_related("payment__quote__application")
        .get(pk=reversal.pk)
    )
    _refuse_share(reversal.payment)
    if reversal.confirmed_at is not None:
        raise Refused(Finding("", "already_reversed", f"收据 {reversal.payment.receipt_number} 已经冲正。"))
    if reversal.asked_by_id == actor.pk:
        raise Refused(Finding("", "second_person_needed", "冲正须由申请人以外的另一位工作人员复核。"))
    quote = reversal.payment.quote
    asked_back = RefundRequest.objects.filter(application=quote.application).exists()
    if asked_back or refundable_fen(quote.application) < reversal.payment.amount_fen:
        sentence = "这笔收款已申请或办理退费，不能再冲正，否则同一笔钱会退两次。"
        raise Refused(Finding("", "given_back", sentence))
    reversal.confirmed_by, reversal.confirmed_at = actor, clock.now()
    reversal.save(update_fields=["confirmed_by", "confirmed_at"])
    # A fresh term to pay, or the lapse would take a place the person did nothing to lose.
    quote.pay_by = max(quote.pay_by, fresh_pay_by())
    quote.save(update_fields=["pay_by"])
    application = quote.application
    trail.record(
        "payments.payment_reversed",
        actor=actor,
        subject=reversal.payment,
        person_id=application.person_id,
        detail={"application": application.number, "fen": reversal.payment.amount_fen},
    )
    tell(
        application,
        "payment_reversed",
        key=reversal.pk,
        amount=money_text(reversal.payment.amount_fen),
        receipt=reversal.payment.receipt_number,
        reason=reversal.reason,
    )
    return reversal


def fresh_pay_by() -> date:
    """The last day of a term to pay that begins today."""
    days = policy_value("pay_by_working_days", clock.today())
    return add_working_days(clock.today(), int(str(days)), workdays.current()).day


def _payable_quote(application: Application) -> Quote:
    if application.status != Status.APPROVED:
        sentence = f"申报 {application.number} 目前是“{application.get_status_display()}”，不能收费。"
        raise Refused(Finding("N2026-2.4", "not_approved", sentence))
    if application.concluded_at is not None:
        sentence = f"申报 {application.number} 已办结，不能收费。"
        raise Refused(Finding("N2026-2.4", "concluded", sentence))
    quote = Quote.objects.select_for_update().filter(application=application, ended_at=None).first()
    if quote is None:
        raise Refused(Finding("N2026-2.4", "no_quote", f"申报 {application.number} 没有待缴的缴费单。"))
    line = BillLine.objects.filter(quote=quote, removed_at=None).select_related("bill").first()
    if line is not None:
        sentence = (
            f"申报 {application.number} 在团体缴费单 {line.bill.reference} 上，由机构统一转账，不单独收费。"
        )
        raise Refused(Finding("N2026-2.4", "on_a_bill", sentence))
    return quote


def _refuse_share(payment: Payment) -> None:
    """One person's share of an institution's transfer is undone with the whole of it, or given back."""
    if payment.remittance_id is not None:
        sentence = (
            "这是机构转账中的一份，请在团体缴费单上整笔冲正；只是这个人不参加的，先办理退出，再申请退费。"
        )
        raise Refused(Finding("", "share_of_remittance", sentence))


def _check_amount(quote: Quote, amount_fen: int) -> None:
    due = outstanding_fen(quote)
    if due == 0:
        raise Refused(Finding("N2026-2.4", "already_paid", "这份申报已经缴清，请勿重复收费。"))
    if amount_fen != due:
        way = "多于" if amount_fen > due else "少于"
        sentence = f"金额 {money_text(amount_fen)} {way}应缴的 {money_text(due)}。请按应缴金额一次收清。"
        raise Refused(Finding("N2026-2.4", "wrong_amount", sentence, amount_fen, due, "amount"))

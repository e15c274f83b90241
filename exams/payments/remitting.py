"""An institution's transfer: taken once, whole or for the people chosen, allocated to each; undone as a whole."""

from collections.abc import Iterable
from datetime import date
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q

from applicants.accounts.models import Account
from exams.filing.models import Application, Quote
from exams.filing.telling import tell, tell_institution
from exams.payments.actions import fresh_pay_by
from exams.payments.bill_queries import due_quotes
from exams.payments.bills import hold, in_order
from exams.payments.entries import already_entered, check_entry, receipts_used
from exams.payments.models import Bill, Payment, Remittance, Reversal
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.wording import money_text


def record_remittance(
    *,
    actor: Account,
    bill: Bill,
    amount_fen: int,
    transaction_number: str,
    receipt_number: str,
    received_on: date,
    payer: str = "",
    quotes: Iterable[Quote] | None = None,
) -> Remittance:
    """Take a transfer for all that is due on the bill, or for the people chosen by their `quotes`, and allocate it.

    One payment a person, all complete at the same moment, so that the queue has them by application number; tells each
    person and, once, the institution. Raises Refused where the amount differs from what is due, nothing is, somebody
    chosen cannot be paid for, or the receipt or transaction is already entered.
    """
    receipt_number, transaction_number = receipt_number.strip(), transaction_number.strip()
    chosen = None if quotes is None else {quote.pk for quote in quotes}
    try:
        with transaction.atomic():
            due = _hold_due(actor, bill, chosen)
            _check_amount(sum(quote.total_fen for quote in due), amount_fen, bill)
            check_entry(Payment.Method.TRANSFER, receipt_number, transaction_number, received_on)
            shares = [f"{receipt_number}-{place:03d}" for place in range(1, len(due) + 1)]
            if receipts_used(shares):
                raise Refused(already_entered(receipt_number, ""))
            remittance = Remittance.objects.create(
                id=uuid4(),
                bill=bill,
                amount_fen=amount_fen,
                receipt_number=receipt_number,
                transaction_number=transaction_number,
                payer=payer.strip(),
                received_on=received_on,
                taken_by=actor,
                recorded_at=clock.now(),
            )
            _allocate(remittance, due, shares, actor)
            _tell_of(remittance, due)
    except IntegrityError:
        raise Refused(already_entered(receipt_number, transaction_number)) from None
    return remittance


def ask_remittance_reversal(*, actor: Account, remittance: Remittance, reason: str) -> Remittance:
    """Ask for a transfer to be undone for all its people; nothing changes until another person confirms it."""
    reason = reason.strip()
    if not reason:
        raise Refused(Finding("", "reason_missing", "请写明冲正的理由。", field="reason"))
    with transaction.atomic():
        remittance = Remittance.objects.select_for_update().get(pk=remittance.pk)
        if Reversal.objects.filter(payment__remittance=remittance).exists():
            sentence = f"收据 {remittance.receipt_number} 已申请或已完成冲正。"
            raise Refused(Finding("", "already_asked", sentence))
        now = clock.now()
        Reversal.objects.bulk_create(
            [
                Reversal(payment=payment, reason=reason, asked_by=actor, asked_at=now)
                for payment in remittance.payments.all()
            ],
            batch_size=500,
        )
        trail.record(
            "payments.remittance_reversal_asked",
            actor=actor,
            subject=remittance,
            detail={"receipt": remittance.receipt_number, "fen": remittance.amount_fen},
        )
    return remittance


def reverse_remittance(*, actor: Account, remittance: Remittance) -> list[Application]:
    """Confirm, as a second person, that a transfer is undone: its people's quotes are due again; returns who they are.

    Call it inside a transaction: it holds the people first, because a seat and a ticket may go with the payment.
    Raises Refused where nobody asked, the same person did, it is done, or some of it was promised back as a refund.
    """
    quotes = hold(Quote.objects.filter(payments__remittance=remittance))
    bill = Bill.objects.select_for_update().get(pk=remittance.bill_id)
    reversals = list(
        Reversal.objects.select_for_update(of=("self",))
        .filter(payment__remittance=remittance)
        .select_related("payment__quote__application")
        .order_by("pk")
    )
    _check_reversals(actor, remittance, reversals)
    now = clock.now()
    Reversal.objects.filter(payment__remittance=remittance).update(confirmed_by=actor, confirmed_at=now)
    bill.pay_by = max(bill.pay_by, fresh_pay_by())
    bill.save(update_fields=["pay_by"])
    Quote.objects.filter(pk__in=[quote.pk for quote in quotes]).update(pay_by=bill.pay_by)
    for reversal in reversals:
        application = reversal.payment.quote.application
        trail.record(
            "payments.payment_reversed",
            actor=actor,
            subject=reversal.payment,
            person_id=application.person_id,
            detail={"application": application.number, "fen": reversal.payment.amount_fen},
        )
    trail.record(
        "payments.remittance_reversed",
        actor=actor,
        subject=remittance,
        detail={"receipt": remittance.receipt_number, "fen": remittance.amount_fen},
    )
    tell_institution(
        bill.filing.institution,
        "bill_reversed",
        key=remittance.pk,
        reference=bill.reference,
        amount=money_text(remittance.amount_fen),
        receipt=remittance.receipt_number,
        reason=reversals[0].reason,
    )
    return [quote.application for quote in quotes]


def _hold_due(actor: Account, bill: Bill, chosen: set | None) -> list[Quote]:
    """What the transfer is for, held and by application number: everything due on the bill, or the quotes chosen."""
    held = hold(due_quotes(bill))
    bill = Bill.objects.select_for_update().get(pk=bill.pk)
    if bill.ended_at is not None:
        sentence = f"缴费单 {bill.reference} 已经作废。请与机构核对，登记到新的缴费单。"
        raise Refused(Finding("N2026-2.4", "bill_void", sentence))
    still = set(due_quotes(bill).values_list("pk", flat=True))
    due = [quote for quote in held if quote.pk in still and (chosen is None or quote.pk in chosen)]
    if chosen is not None and len(due) < len(chosen):
        sentence = f"所选人员中有 {len(chosen) - len(due)} 人已缴清、已退出或不在这张缴费单上，请重新选择。"
        raise Refused(Finding("N2026-2.4", "not_due", sentence, field="quotes"))
    if any(quote.application.person.account_id == actor.pk for quote in due):
        raise Refused(Finding("", "own_application", "不能收取自己的费用，请由其他人办理。"))
    return in_order(due)


def _check_amount(due: int, amount: int, bill: Bill) -> None:
    if due == 0:
        sentence = f"缴费单 {bill.reference} 没有待缴的人员，请勿重复登记。多收的款项请退回机构。"
        raise Refused(Finding("N2026-2.4", "already_paid", sentence))
    if amount > due:
        sentence = (
            f"到账 {money_text(amount)} 比应缴的 {money_text(due)} 多 {money_text(amount - due)}。"
            "请与机构核对：有人退出或失效的，多转的部分退回机构，再按应缴金额登记。"
        )
        raise Refused(Finding("N2026-2.4", "wrong_amount", sentence, amount, due, "amount"))
    if amount < due:
        sentence = (
            f"到账 {money_text(amount)} 比应缴的 {money_text(due)} 少 {money_text(due - amount)}。"
            "请与机构核对：只为一部分人缴费的，选出这些人再登记；否则请机构退回重转，一次转足。"
        )
        raise Refused(Finding("N2026-2.4", "wrong_amount", sentence, amount, due, "amount"))


def _allocate(remittance: Remittance, due: list[Quote], shares: list[str], actor: Account) -> None:
    """A payment for each person, with the remittance's moment, day and receipt."""
    payments = [
        Payment(
            id=uuid4(),
            quote=quote,
            amount_fen=quote.total_fen,
            method=Payment.Method.TRANSFER,
            receipt_number=share,
            remittance=remittance,
            received_on=remittance.received_on,
            taken_by=actor,
            recorded_at=remittance.recorded_at,
        )
        for quote, share in zip(due, shares, strict=True)
    ]
    Payment.objects.bulk_create(payments, batch_size=500)
    for payment in payments:
        application = payment.quote.application
        trail.record(
            "payments.payment_recorded",
            actor=actor,
            subject=payment,
            person_id=application.person_id,
            detail={"application": application.number, "fen": payment.amount_fen, "method": payment.method},
        )
        tell(
            application,
            "payment_received",
            key=payment.pk,
            amount=money_text(payment.amount_fen),
            receipt=payment.receipt_number,
        )


def _tell_of(remittance: Remittance, due: list[Quote]) -> None:
    bill = remittance.bill
    trail.record(
        "payments.remittance_recorded",
        actor=remittance.taken_by,
        subject=remittance,
        detail={"reference": bill.reference, "persons": len(due), "fen": remittance.amount_fen},
    )
    tell_institution(
        bill.filing.institution,
        "bill_paid",
        key=remittance.pk,
        reference=bill.reference,
        amount=money_text(remittance.amount_fen),
        receipt=remittance.receipt_number,
    )


def _check_reversals(actor: Account, remittance: Remittance, reversals: list[Reversal]) -> None:
    if not reversals:
        raise Refused(Finding("", "not_asked", f"收据 {remittance.receipt_number} 没有人申请冲正。"))
    if any(reversal.confirmed_at is not None for reversal in reversals):
        raise Refused(Finding("", "already_reversed", f"收据 {remittance.receipt_number} 已经冲正。"))
    if any(reversal.asked_by_id == actor.pk for reversal in reversals):
        raise Refused(Finding("", "second_person_needed", "冲正须由申请人以外的另一位工作人员复核。"))
    paid = Application.objects.filter(quotes__payments__remittance=remittance)
    given_back = paid.filter(Q(refunds__isnull=False) | Q(refund_requests__isnull=False))
    if numbers := sorted(set(given_back.values_list("number", flat=True))):
        named = "、".join(numbers[:5]) + ("等" if len(numbers) > 5 else "")
        sentence = f"申报 {named}（{len(numbers)} 人）已申请或办理退费，不能整笔冲正，否则同一笔钱会退两次。"
        raise Refused(Finding("", "given_back", sentence))

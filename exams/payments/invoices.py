"""发票 of one application or of an institution's bill: asked for, issued once everything is paid, made void."""

from django.db import transaction

from applicants.accounts.models import Account
from exams.filing.models import Application
from exams.payments.bill_queries import bill_state
from exams.payments.models import Bill, BillLine, Invoice
from exams.payments.queries import live_quote, outstanding_fen
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused


def ask_invoice(
    *, actor: Account, subject: Application | Bill, title: str, tax_number: str = "", email: str = ""
) -> Invoice:
    """Note, or correct, what the 发票 for an application or a bill shall say.

    Raises Refused once it is issued, for a void bill, and for an application that its institution pays for.
    """
    with transaction.atomic():
        subject = _hold(subject)
        _refuse_wrong_subject(subject)
        invoice = live_invoice(subject)
        if invoice is not None and invoice.state == Invoice.State.ISSUED:
            raise Refused(Finding("", "already_issued", "发票已开具，如需更改请到窗口办理。"))
        invoice = invoice or Invoice(**{_relation(subject): subject}, asked_at=clock.now())
        invoice.title, invoice.tax_number, invoice.email = title.strip(), tax_number.strip(), email.strip()
        invoice.save()
        trail.record("payments.invoice_asked", actor=actor, subject=invoice, person_id=_person_id(subject))
    return invoice


def issue_invoice(*, actor: Account, invoice: Invoice, number: str) -> Invoice:
    """Enter the number of the 发票 that was issued. Only for what is fully paid."""
    number = number.strip()
    with transaction.atomic():
        subject = _hold(invoice.application or invoice.bill)
        invoice = Invoice.objects.select_for_update().get(pk=invoice.pk)
        if invoice.state != Invoice.State.WANTED:
            raise Refused(Finding("", "not_wanted", "这张发票已开具或已作废。"))
        if not _is_paid(subject):
            raise Refused(Finding("N2026-2.4", "not_paid", "费用尚未缴清，不能开具发票。"))
        if Invoice.objects.filter(number=number).exists():
            raise Refused(Finding("", "number_used", f"发票号码 {number} 已登记过，请核对。", field="number"))
        invoice.number, invoice.state, invoice.issued_at = number, Invoice.State.ISSUED, clock.now()
        invoice.save(update_fields=["number", "state", "issued_at"])
        trail.record("payments.invoice_issued", actor=actor, subject=invoice, detail={"number": number})
    return invoice


def void_invoice(*, actor: Account, invoice: Invoice, reason: str) -> Invoice:
    """Mark a 发票 void (红冲); another may then be asked for."""
    reason = reason.strip()
    if not reason:
        raise Refused(Finding("", "reason_missing", "请写明作废的理由。", field="reason"))
    with transaction.atomic():
        invoice = Invoice.objects.select_for_update().get(pk=invoice.pk)
        invoice.state = Invoice.State.VOID
        invoice.save(update_fields=["state"])
        person_id = _person_id(invoice.application or invoice.bill)
        trail.record(
            "payments.invoice_voided",
            actor=actor,
            subject=invoice,
            person_id=person_id,
            # A bill's is about no person; free text about one is kept sealed.
            detail={} if person_id else {"reason": reason},
            personal={"reason": reason} if person_id else None,
        )
    return invoice


def live_invoice(subject: Application | Bill) -> Invoice | None:
    """The 发票 asked for or issued that is not void."""
    return subject.invoices.exclude(state=Invoice.State.VOID).first()


def _hold(subject: Application | Bill) -> Application | Bill:
    return type(subject).objects.select_for_update().get(pk=subject.pk)


def _relation(subject: Application | Bill) -> str:
    return "bill" if isinstance(subject, Bill) else "application"


def _person_id(subject: Application | Bill):
    return None if isinstance(subject, Bill) else subject.person_id


def _refuse_wrong_subject(subject: Application | Bill) -> None:
    if isinstance(subject, Bill):
        if subject.ended_at is not None:
            raise Refused(Finding("", "bill_void", f"缴费单 {subject.reference} 已经作废，不能开票。"))
    elif BillLine.objects.filter(quote__application=subject, removed_at=None).exists():
        sentence = "这份申报的费用由机构统一缴纳，发票由机构申请。"
        raise Refused(Finding("N2026-2.4", "on_a_bill", sentence))


def _is_paid(subject: Application | Bill) -> bool:
    if isinstance(subject, Bill):
        return bill_state(subject).state == "paid"
    quote = live_quote(subject)
    return quote is not None and not outstanding_fen(quote)

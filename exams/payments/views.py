"""The applicant's own money: what the 发票 shall say, and the receipts."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from exams.filing.access import own_application
from exams.filing.models import Application
from exams.payments.documents import render_receipt
from exams.payments.forms import InvoiceForm
from exams.payments.invoices import ask_invoice, live_invoice
from exams.payments.models import Bill, Payment
from exams.payments.queries import live_quote, outstanding_fen
from portal.access import signed_in
from portal.audit.trail import record_access
from portal.files.sending import private_document
from portal.pdf import MissingGlyph
from portal.rules.findings import Refused


@signed_in("GET", "POST")
def invoice(request: HttpRequest, key: UUID) -> HttpResponse:
    """Receipts of this application, and the 发票: asked for, corrected until it is issued."""
    application = own_application(request.user, key)
    quote = live_quote(application)
    payments = Payment.objects.filter(quote__application=application).select_related("reversal")
    if quote is None and not payments:
        raise Http404
    form, saved = invoice_form(request, application, title=application.person.name)
    if saved:
        return redirect("payments:invoice", key)
    context = {
        "application": application,
        "form": form,
        "invoice": live_invoice(application),
        "payments": payments.filter(remittance=None),
        "bill": Bill.objects.filter(lines__quote__application=application, ended_at=None).first(),
        "due": outstanding_fen(quote) if quote else 0,
        "section": "my",
    }
    return render(request, "exams/payments/invoice.html", context)


def invoice_form(
    request: HttpRequest, subject: Application | Bill, *, title: str
) -> tuple[InvoiceForm, bool]:
    """The form of a 发票 for an application or a bill, its errors in it, and whether it was saved just now."""
    asked = live_invoice(subject)
    initial = (
        {"title": asked.title, "tax_number": asked.tax_number, "email": asked.email}
        if asked
        else {"title": title}
    )
    form = InvoiceForm(
        request.POST if request.method == "POST" else None,
        initial=initial,
        of_institution=isinstance(subject, Bill),
    )
    if not form.is_valid():
        return form, False
    try:
        ask_invoice(actor=request.user, subject=subject, **form.cleaned_data)
    except Refused as refused:
        for finding in refused.findings:
            form.add_error(None, finding.sentence)
        return form, False
    messages.success(request, "发票信息已保存。")
    return form, True


@signed_in("GET")
def receipt(request: HttpRequest, key: UUID) -> HttpResponse:
    """One's own receipt as PDF."""
    payment = get_object_or_404(
        Payment.objects.select_related(
            "quote__application__person", "quote__application__offering__occupation", "taken_by", "reversal"
        ),
        pk=key,
        remittance=None,
        quote__application__person__account=request.user,
    )
    person = payment.quote.application.person
    record_access(
        "receipt.downloaded",
        actor=request.user,
        subject=payment,
        person_id=person.pk,
        birth_date=person.birth_date,
    )
    try:
        document = render_receipt(payment)
    except MissingGlyph:
        messages.error(request, "收据上有一个生僻字，暂时打印不出来。请致电窗口，或到窗口领取收据。")
        return redirect("payments:invoice", payment.quote.application_id)
    return private_document(document, f"收款收据 {payment.receipt_number}.pdf", attached=True)

"""An institution's money: what of a filing is to be paid and how, its bills, receipts and 发票."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from applicants.institutions.models import Institution
from exams.filing.groups.access import own_filing
from exams.payments.bill_documents import render_bill_receipt
from exams.payments.bill_queries import (
    LINE_STATES,
    STATES,
    filings_to_bill,
    lines_of,
    remittances,
    totals_of,
    with_state,
)
from exams.payments.bills import issue_bill
from exams.payments.invoices import live_invoice
from exams.payments.models import Bill, Remittance
from exams.payments.views import invoice_form
from portal.access import member
from portal.audit.trail import record_access
from portal.files.sending import private_document
from portal.pdf import MissingGlyph
from portal.rules.findings import Refused

ACTING = ("filer", "reviewer")
A_PAGE = 50


def own_bill(institution: Institution, key: UUID) -> Bill:
    """One of the institution's bills with its sums and state, or Http404."""
    return get_object_or_404(with_state(Bill.objects.filter(filing__institution=institution)), pk=key)


@member("GET")
def bills(request: HttpRequest, key: UUID) -> HttpResponse:
    """The bills of one filing, and who is approved and on none yet."""
    filing = own_filing(request.membership.institution, key)
    context = {
        "filing": filing,
        "bills": with_state(filing.bills.all()),
        "states": STATES,
        "waiting": filings_to_bill().filter(pk=filing.pk).first(),
        "may_issue": request.membership.role in ACTING,
    }
    return render(request, "exams/payments/bills.html", context)


@member("POST", roles=ACTING)
def issue(request: HttpRequest, key: UUID) -> HttpResponse:
    """Make the bill of everybody who waits for one; then it is shown."""
    filing = own_filing(request.membership.institution, key)
    try:
        made = issue_bill(actor=request.user, filing=filing)
    except Refused as refused:
        for finding in refused.findings:
            messages.error(request, finding.sentence)
        return redirect("bills:list", filing.pk)
    messages.success(request, f"缴费单 {made.reference} 已生成。")
    return redirect("bills:bill", made.pk)


@member("GET")
def bill(request: HttpRequest, key: UUID) -> HttpResponse:
    """What to pay, to which account, by when, with which reference; who is on it and where each stands."""
    found = own_bill(request.membership.institution, key)
    lines = lines_of(found)
    counts = dict(lines.order_by().values_list("state").annotate(people=Count("pk")))
    state = request.GET.get("state", "")
    if state in LINE_STATES:
        lines = lines.filter(state=state)
    context = {
        "bill": found,
        "filing": found.filing,
        "states": STATES,
        "tabs": [(code, word, counts[code]) for code, word in LINE_STATES.items() if code in counts],
        "chosen": state,
        "totals": totals_of(found),
        "page": Paginator(lines, A_PAGE).get_page(request.GET.get("page")),
        "remittances": remittances().filter(bill=found),
        "invoice": live_invoice(found),
        "may_ask": request.membership.role in ACTING,
    }
    return render(request, "exams/payments/bill.html", context)


@member("GET", "POST", roles=ACTING)
def invoice(request: HttpRequest, key: UUID) -> HttpResponse:
    """What the bill's 发票 shall say; corrected until it is issued."""
    found = own_bill(request.membership.institution, key)
    form, saved = invoice_form(request, found, title=found.filing.institution.name)
    if saved:
        return redirect("bills:invoice", key)
    context = {"bill": found, "filing": found.filing, "form": form, "invoice": live_invoice(found)}
    return render(request, "exams/payments/bill_invoice.html", context)


@member("GET")
def receipt(request: HttpRequest, key: UUID) -> HttpResponse:
    """The receipt of one of the institution's transfers, with everybody it was for; the download is logged."""
    remittance = get_object_or_404(
        Remittance.objects.select_related("bill"),
        pk=key,
        bill__filing__institution=request.membership.institution,
    )
    record_access("bill_receipt.downloaded", actor=request.user, subject=remittance)
    try:
        document = render_bill_receipt(remittance)
    except MissingGlyph:
        messages.error(request, "收据上有一个生僻字，暂时打印不出来。请致电窗口，或到窗口领取收据。")
        return redirect("bills:bill", remittance.bill_id)
    return private_document(document, f"收款收据 {remittance.receipt_number}.pdf", attached=True)

"""The payment screen of one application: the frozen quote, taking the money, undoing it, giving it back, 发票."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from exams.filing.admin_decisions import application_or_404
from exams.filing.admin_review import next_case
from exams.filing.models import Application, Status
from exams.payments import actions, invoices, refunds
from exams.payments.admin_bills import bill_address
from exams.payments.admin_forms import InvoiceNumberForm, PaymentForm, RefundedForm, RefundForm
from exams.payments.documents import render_receipt
from exams.payments.models import Bill, Invoice, Payment, Refund
from exams.payments.payees import payee_facts
from exams.payments.queries import live_quote, open_requests, outstanding_fen, refundable_fen
from portal import clock
from portal.access import staff
from portal.audit.history import deeds
from portal.audit.models import AuditEntry
from portal.audit.trail import record_access
from portal.counter.acting import ReasonForm, act, data, page
from portal.files.sending import private_document
from portal.pdf import MissingGlyph
from portal.rules.wording import day_text, money_text

LEFT = (Status.WITHDRAWN, Status.CANCELLED, Status.LAPSED)


def address(application: Application) -> str:
    return reverse("admin:payment_desk", args=[application.pk])


@staff("exams.view_payment", "GET", "POST")
def desk_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """What is due and what came; the form to take the money where it is due."""
    application = application_or_404(key)
    quote = live_quote(application)
    bill = Bill.objects.filter(lines__quote=quote, ended_at=None).first() if quote else None
    due = outstanding_fen(quote) if quote and application.status == Status.APPROVED else 0
    payments = Payment.objects.filter(quote__application=application).select_related(
        "taken_by", "reversal__asked_by", "reversal__confirmed_by"
    )
    context = {
        "application": application,
        "here": "payment",
        "quote": quote,
        "due": due,
        "bill": bill,
        "payments": payments,
        "refunds": application.refunds.select_related("asked_by", "confirmed_by"),
        "refundable": refundable_fen(application) if application.status in LEFT else 0,
        "refund_requests": open_requests(application),
        "invoice": invoices.live_invoice(application),
        "next_case": next_case(application),
        "history": deeds(
            AuditEntry.objects.filter(
                person_id=str(application.person_id), action__startswith="payments."
            ).order_by("-at", "-id")[:30]
        ),
        "title": f"收费：{application.person.name}",
    }
    if not due or bill or not request.user.has_perm("exams.take_payment"):
        return page(request, "admin/exams/payment.html", **context)
    context.pop("title")
    return act(
        request,
        PaymentForm(data(request), initial={"amount": f"{due // 100}.{due % 100:02d}".removesuffix(".00")}),
        lambda typed: actions.record_payment(
            actor=request.user,
            application=application,
            amount_fen=typed["amount"],
            method=typed["method"],
            receipt_number=typed["receipt_number"],
            received_on=typed["received_on"],
            transaction_number=typed["transaction_number"],
        ),
        title=f"收费：{application.person.name}",
        button=f"登记收款 {money_text(due)}",
        done=lambda payment: f"已收 {money_text(payment.amount_fen)}，收据号 {payment.receipt_number}。",
        back=address(application),
        template="admin/exams/payment.html",
        **context,
    )


@staff("exams.view_payment", "GET")
def receipt_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The receipt as PDF; the download is logged."""
    payment = get_object_or_404(
        Payment.objects.select_related("quote__application__person", "taken_by", "reversal"), pk=key
    )
    if payment.remittance_id is not None:
        return redirect("admin:bill_receipt", payment.remittance_id)
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
    except MissingGlyph as fault:
        messages.error(request, f"收据打印不出来：{fault}。请先用手写收据，并联系管理员补充字体。")
        return redirect(address(payment.quote.application))
    return private_document(document)


@staff("exams.ask_reversal", "GET", "POST")
def ask_reversal_page(request: HttpRequest, key: UUID) -> HttpResponse:
    payment = get_object_or_404(Payment.objects.select_related("quote__application__person"), pk=key)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: actions.ask_reversal(actor=request.user, payment=payment, reason=typed["reason"]),
        title=f"申请冲正：收据 {payment.receipt_number}",
        facts=payment_facts(payment),
        words=(
            "登记以后，须由另一位工作人员复核，冲正才生效。复核之前这笔收款仍然算数。",
            "冲正用于收错、记错的款项。申报人不考了要退钱的，请先办理退出，再申请退费。",
        ),
        button="申请冲正，等另一人复核",
        done="已申请冲正，请另一位工作人员复核。",
        back=address(payment.quote.application),
        grave=True,
    )


@staff("exams.ask_refund", "GET", "POST")
def ask_refund_page(request: HttpRequest, key: UUID) -> HttpResponse:
    application = application_or_404(key)
    left = refundable_fen(application)
    return act(
        request,
        RefundForm(data(request), initial={"amount": f"{max(left, 0) / 100:.2f}".removesuffix(".00")}),
        lambda typed: refunds.ask_refund(
            actor=request.user,
            application=application,
            amount_fen=typed["amount"],
            reason=typed["reason"],
        ),
        title=f"申请退费：{application.person.name}",
        facts=[
            {"key": "申报号", "value": application.number},
            {"key": "状态", "value": application.get_status_display()},
            {"key": "可退金额", "value": money_text(max(left, 0))},
        ],
        words=("登记以后，须由另一位工作人员核对、退款并填写退款流水号。",),
        button="申请退费，等另一人复核",
        done="已申请退费，请另一位工作人员复核。",
        back=address(application),
    )


@staff("exams.confirm_refund", "GET", "POST")
def confirm_refund_page(request: HttpRequest, key: UUID) -> HttpResponse:
    refund = get_object_or_404(Refund.objects.select_related("application__person", "asked_by"), pk=key)
    return act(
        request,
        RefundedForm(data(request)),
        lambda typed: refunds.confirm_refund(
            actor=request.user, refund=refund, transaction_number=typed["transaction_number"]
        ),
        title=f"复核退费：{refund.application.person.name}",
        facts=[
            {"key": "申报号", "value": refund.application.number},
            {"key": "退费金额", "value": money_text(refund.amount_fen)},
            {"key": "理由", "value": refund.reason},
            {"key": "申请人", "value": f"{refund.asked_by}，{day_text(clock.local_day(refund.asked_at))}"},
            *payee_facts(request, refund.requests.select_related("application__person")),
        ],
        words=("请先完成退款，再填写退款流水号。登记后不能撤销，申报人会收到消息。",),
        button="登记已退款",
        done="退费已登记。",
        back=reverse("admin:exams_refund_changelist") + "?waiting=yes",
        grave=True,
    )


@staff("exams.issue_invoice", "GET", "POST")
def issue_invoice_page(request: HttpRequest, key: UUID) -> HttpResponse:
    invoice = _invoice_or_404(key)
    return act(
        request,
        InvoiceNumberForm(data(request)),
        lambda typed: invoices.issue_invoice(actor=request.user, invoice=invoice, number=typed["number"]),
        title="登记已开具的发票",
        facts=invoice_facts(invoice),
        words=("请在开票系统开具后，把发票号码登记在这里。登记后抬头不能再改，要改须作废重开。",),
        button="登记发票号码",
        done="发票已登记。",
        back=_payer_address(invoice),
    )


@staff("exams.issue_invoice", "GET", "POST")
def void_invoice_page(request: HttpRequest, key: UUID) -> HttpResponse:
    invoice = _invoice_or_404(key)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: invoices.void_invoice(actor=request.user, invoice=invoice, reason=typed["reason"]),
        title="作废发票",
        facts=invoice_facts(invoice),
        words=("请先在开票系统红冲。作废后，申报人可以重新填写发票信息。",),
        button="作废发票",
        done="发票已作废。",
        back=_payer_address(invoice),
        grave=True,
    )


def payment_facts(payment: Payment) -> list[dict[str, str]]:
    application = payment.quote.application
    return [
        {"key": "申报", "value": f"{application.number} {application.person.name}"},
        {"key": "金额", "value": money_text(payment.amount_fen)},
        {"key": "方式", "value": payment.get_method_display()},
        {"key": "收据号", "value": payment.receipt_number},
        {"key": "交易流水号", "value": payment.transaction_number or "没有"},
        {"key": "到账日", "value": day_text(payment.received_on)},
    ]


def invoice_facts(invoice: Invoice) -> list[dict[str, str]]:
    if invoice.bill is not None:
        payer = {
            "key": "团体缴费单",
            "value": f"{invoice.bill.reference} {invoice.bill.filing.institution.name}",
        }
    else:
        application = invoice.application
        payer = {"key": "申报", "value": f"{application.number} {application.person.name}"}
    return [
        payer,
        {"key": "抬头", "value": invoice.title},
        {"key": "税号", "value": invoice.tax_number or "没有填写"},
        {"key": "接收邮箱", "value": invoice.email or "没有填写"},
        {"key": "状态", "value": invoice.get_state_display()},
    ]


def _invoice_or_404(key: UUID) -> Invoice:
    rows = Invoice.objects.select_related("application__person", "bill__filing__institution")
    return get_object_or_404(rows, pk=key)


def _payer_address(invoice: Invoice) -> str:
    return bill_address(invoice.bill) if invoice.bill is not None else address(invoice.application)

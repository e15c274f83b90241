"""Bills at the counter: found by a transfer's remark, the transfer taken and allocated, undone as a whole."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from applicants.identity.text import compact
from exams.filing.groups.models import GroupFiling
from exams.payments import bills, remitting
from exams.payments.admin_forms import FindBillForm, PartRemittanceForm, RemittanceForm
from exams.payments.bill_documents import render_bill_receipt
from exams.payments.bill_queries import (
    WAITING,
    due_quotes,
    filings_to_bill,
    find_bill,
    lines_of,
    remittances,
    totals_of,
    with_state,
)
from exams.payments.invoices import live_invoice
from exams.payments.models import Bill, Remittance
from portal.access import staff
from portal.audit.history import deeds
from portal.audit.models import AuditEntry
from portal.audit.trail import record_access
from portal.counter.acting import ReasonForm, act, data, page
from portal.counter.rows import A_PAGE
from portal.files.sending import private_document
from portal.pdf import MissingGlyph
from portal.rules.wording import day_text, money_text

MOST = 50


def bill_address(bill: Bill) -> str:
    return reverse("admin:bill_desk", args=[bill.pk])


@staff("exams.view_payment", "GET")
def to_issue_page(request: HttpRequest) -> HttpResponse:
    """Filings whose approved people are on no bill yet, the nearest last day first."""
    return page(
        request, "admin/exams/bills_to_issue.html", title="团体待开缴费单", filings=filings_to_bill()[:MOST]
    )


@staff("exams.take_payment", "GET", "POST")
def issue_page(request: HttpRequest, key: UUID) -> HttpResponse:
    filing = get_object_or_404(GroupFiling.objects.select_related("institution"), pk=key)
    waiting = filings_to_bill().filter(pk=key).first()
    facts = [
        {"key": "机构", "value": filing.institution.name},
        {"key": "团体申报", "value": f"{filing.number} {filing.title}"},
        {"key": "人数", "value": f"{waiting.persons if waiting else 0} 人"},
        {"key": "合计", "value": money_text(waiting.total_fen if waiting else 0)},
    ]
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: bills.issue_bill(actor=request.user, filing=filing),
        title="开团体缴费单",
        facts=facts,
        words=(
            "已审核通过、还没有缴费的人合成一张缴费单，机构收到缴费编号和金额。",
            "单上所有人的缴费截止日改为其中最晚的一天。",
        ),
        button="开缴费单",
        done=lambda made: f"缴费单 {made.reference} 已开出。",
        to=bill_address,
        back=reverse("admin:bills_to_issue"),
    )


@staff("exams.view_payment", "GET", "POST")
def find_page(request: HttpRequest) -> HttpResponse:
    """The bill a transfer is for; what is typed never stands in an address."""
    form = FindBillForm(data(request))
    found = []
    if form.is_valid():
        text = form.cleaned_data["text"]
        if bill := find_bill(text):
            return redirect(bill_address(bill))
        by = Q(filing__number=compact(text)) | Q(filing__institution__name__contains=text.strip())
        found = list(with_state(Bill.objects.filter(by))[:MOST])
        if not found:
            form.add_error("text", "没有找到缴费单。请核对缴费编号是否抄全，或输入机构名称中的几个字。")
    return page(request, "admin/exams/find_bill.html", title="按附言查找缴费单", form=form, bills=found)


@staff("exams.view_payment", "GET", "POST")
def bill_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The bill with its people and transfers; the form to take a transfer for all that is due."""
    bill = _bill_or_404(key)
    context = {
        "bill": bill,
        "totals": totals_of(bill),
        "page": Paginator(lines_of(bill), A_PAGE).get_page(request.GET.get("page")),
        "remittances": remittances().filter(bill=bill),
        "invoice": live_invoice(bill),
        "history": deeds(_entries(bill)),
    }
    title = f"缴费单 {bill.reference}"
    if bill.state not in WAITING or not request.user.has_perm("exams.take_payment"):
        return page(request, "admin/exams/bill.html", title=title, **context)
    return act(
        request,
        RemittanceForm(data(request), initial={"amount": _yuan(bill.due_fen)}),
        lambda typed: _record(request, bill, typed),
        title=title,
        button=f"登记到账 {money_text(bill.due_fen)}",
        done=_done,
        back=bill_address(bill),
        template="admin/exams/bill.html",
        **context,
    )


@staff("exams.take_payment", "GET", "POST")
def part_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """A transfer for some of the bill's people, chosen by name."""
    bill = _bill_or_404(key)
    return act(
        request,
        PartRemittanceForm(data(request), due=due_quotes(bill)),
        lambda typed: _record(request, bill, typed),
        title=f"只收一部分人：{bill.reference}",
        facts=[
            {"key": "机构", "value": bill.filing.institution.name},
            {"key": "还应缴", "value": f"{bill.persons - bill.paid_persons} 人，{money_text(bill.due_fen)}"},
        ],
        words=("到账金额须等于所选人员应缴的合计。没有选的人仍在缴费单上，照原来的截止日缴费。",),
        button="登记所选人员的到账",
        done=_done,
        back=bill_address(bill),
    )


@staff("exams.take_payment", "GET", "POST")
def void_page(request: HttpRequest, key: UUID) -> HttpResponse:
    bill = _bill_or_404(key)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: bills.void_bill(actor=request.user, bill=bill),
        title=f"作废缴费单 {bill.reference}",
        facts=[
            {"key": "机构", "value": bill.filing.institution.name},
            {"key": "人数和金额", "value": f"{bill.persons} 人，{money_text(bill.total_fen)}"},
        ],
        words=(
            "缴费编号从此不能再用，单上的人回到“团体待开缴费单”，可以与后来通过的人合开一张。",
            "请先向机构核实没有按这个编号转账。各人的缴费截止日不变。",
        ),
        button="作废缴费单",
        done="缴费单已作废。",
        back=bill_address(bill),
        grave=True,
    )


@staff("exams.ask_reversal", "GET", "POST")
def ask_reversal_page(request: HttpRequest, key: UUID) -> HttpResponse:
    remittance = get_object_or_404(remittances(), pk=key)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: remitting.ask_remittance_reversal(
            actor=request.user, remittance=remittance, reason=typed["reason"]
        ),
        title=f"申请整笔冲正：收据 {remittance.receipt_number}",
        facts=remittance_facts(remittance),
        words=(
            "登记以后，须由另一位工作人员复核，冲正才生效。复核之前这笔到账仍然算数。",
            "冲正用于登错缴费单、登错金额的转账，对单上所有人一起生效。只是有人不参加的，先办理退出，再申请退费。",
        ),
        button="申请整笔冲正，等另一人复核",
        done="已申请冲正，请另一位工作人员复核。",
        back=bill_address(remittance.bill),
        grave=True,
    )


@staff("exams.view_payment", "GET")
def receipt_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The receipt of a transfer as PDF; the download is logged."""
    remittance = get_object_or_404(remittances(), pk=key)
    record_access("bill_receipt.downloaded", actor=request.user, subject=remittance)
    try:
        document = render_bill_receipt(remittance)
    except MissingGlyph as fault:
        messages.error(request, f"收据打印不出来：{fault}。请先用手写收据，并联系管理员补充字体。")
        return redirect(bill_address(remittance.bill))
    return private_document(document)


def remittance_facts(remittance: Remittance) -> list[dict[str, str]]:
    """What was taken, from whom, for how many; of `bill_queries.remittances`."""
    return [
        {"key": "机构", "value": remittance.bill.filing.institution.name},
        {"key": "缴费单", "value": remittance.bill.reference},
        {"key": "金额", "value": f"{money_text(remittance.amount_fen)}，{remittance.persons} 人"},
        {"key": "收据号", "value": remittance.receipt_number},
        {"key": "交易流水号", "value": remittance.transaction_number},
        {"key": "到账日", "value": day_text(remittance.received_on)},
    ]


def _bill_or_404(key: UUID) -> Bill:
    return get_object_or_404(with_state(Bill.objects.all()), pk=key)


def _record(request: HttpRequest, bill: Bill, typed: dict) -> Remittance:
    amount_fen = typed.pop("amount")
    return remitting.record_remittance(actor=request.user, bill=bill, amount_fen=amount_fen, **typed)


def _done(remittance: Remittance) -> str:
    return f"已登记到账 {money_text(remittance.amount_fen)}，收据号 {remittance.receipt_number}。"


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}".removesuffix(".00")


def _entries(bill: Bill):
    keys = [str(bill.pk), *(str(key) for key in bill.remittances.values_list("pk", flat=True))]
    return AuditEntry.objects.filter(subject_id__in=keys).order_by("-at", "-id")[:30]

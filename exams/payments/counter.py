"""What money adds to the counter's first page, and its deeds in words."""

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from exams.filing.models import Quote
from exams.payments.bill_queries import WAITING, billable_quotes, filings_to_bill, remittances, with_state
from exams.payments.models import Bill, Invoice, NoRefund, Refund, RefundRequest, Remittance, Reversal
from exams.payments.queries import applications_to_pay
from portal.counter.ages import age_in_working_days
from portal.registry import Queue


def _to_pay() -> QuerySet[Quote]:
    due = applications_to_pay().filter(pk=OuterRef("application_id"))
    return Quote.objects.filter(Exists(due), ended_at=None)


def _bills() -> QuerySet[Bill]:
    return with_state(Bill.objects.all()).filter(state__in=WAITING)


def _reversals() -> QuerySet[Reversal]:
    return Reversal.objects.filter(confirmed_at=None, payment__remittance=None)


def _bill_reversals() -> QuerySet[Remittance]:
    return remittances().filter(reversal_asked_at__isnull=False, reversed_at=None)


def _refunds() -> QuerySet[Refund]:
    return Refund.objects.filter(confirmed_at=None)


def _refund_requests() -> QuerySet[RefundRequest]:
    """Those nobody has taken up; where a decision forbids giving anything back there is nothing to take up."""
    forbidden = NoRefund.objects.filter(application=OuterRef("application"), lifted_at=None)
    return RefundRequest.objects.filter(~Exists(forbidden), refund=None)


def _invoices() -> QuerySet[Invoice]:
    return Invoice.objects.filter(state=Invoice.State.WANTED)


def _age(rows: QuerySet, since: str) -> int | None:
    return age_in_working_days(rows.order_by(since).values_list(since, flat=True).first())


QUEUES = (
    Queue(
        code="pay",
        title="待缴费",
        order=30,
        count=lambda: _to_pay().count(),
        oldest_working_days=lambda: _age(_to_pay(), "quoted_at"),
        url=lambda: reverse("admin:exams_quote_changelist") + "?due=yes",
        permission="exams.view_payment",
        help_text="按最迟缴费日排列，逾期未缴的自动失效。",
    ),
    Queue(
        code="bills_to_issue",
        title="团体待开缴费单",
        order=31,
        count=lambda: filings_to_bill().count(),
        oldest_working_days=lambda: _age(billable_quotes(), "quoted_at"),
        url=lambda: reverse("admin:bills_to_issue"),
        permission="exams.view_payment",
        help_text="机构可以自己生成；来电要求的，由窗口代开。",
    ),
    Queue(
        code="bills",
        title="团体待到账",
        order=32,
        count=lambda: _bills().count(),
        oldest_working_days=lambda: _age(_bills(), "issued_at"),
        url=lambda: reverse("admin:exams_bill_changelist") + "?state=waiting",
        permission="exams.view_payment",
        help_text="按银行流水的附言登记到账，逾期未缴的自动失效。",
    ),
    Queue(
        code="reversals",
        title="冲正待复核",
        order=60,
        count=lambda: _reversals().count(),
        oldest_working_days=lambda: _age(_reversals(), "asked_at"),
        url=lambda: reverse("admin:exams_reversal_changelist") + "?waiting=yes",
        permission="exams.confirm_reversal",
        help_text="须由申请人以外的人复核。",
    ),
    Queue(
        code="bill_reversals",
        title="团体冲正待复核",
        order=60,
        count=lambda: _bill_reversals().count(),
        oldest_working_days=lambda: _age(_bill_reversals(), "reversal_asked_at"),
        url=lambda: reverse("admin:exams_remittance_changelist") + "?waiting=yes",
        permission="exams.confirm_reversal",
        help_text="须由申请人以外的人复核。",
    ),
    Queue(
        code="refund_requests",
        title="退费申请",
        order=61,
        count=lambda: _refund_requests().count(),
        oldest_working_days=lambda: _age(_refund_requests(), "asked_at"),
        url=lambda: reverse("admin:exams_refundrequest_changelist") + "?open=yes",
        permission="exams.ask_refund",
        help_text="申报人自己退出时提出，受理后由另一人复核退款。",
    ),
    Queue(
        code="refunds",
        title="退费待复核",
        order=61,
        count=lambda: _refunds().count(),
        oldest_working_days=lambda: _age(_refunds(), "asked_at"),
        url=lambda: reverse("admin:exams_refund_changelist") + "?waiting=yes",
        permission="exams.confirm_refund",
        help_text="须由申请人以外的人复核。",
    ),
    Queue(
        code="invoices",
        title="发票待开",
        order=70,
        count=lambda: _invoices().count(),
        oldest_working_days=lambda: _age(_invoices(), "asked_at"),
        url=lambda: reverse("admin:exams_invoice_changelist") + "?state__exact=wanted",
        permission="exams.issue_invoice",
    ),
)

WORDS = {
    "payments.payment_recorded": "登记收款",
    "payments.reversal_asked": "申请冲正",
    "payments.payment_reversed": "复核冲正",
    "payments.refund_requested": "退出或放弃科目时申请退费",
    "payments.refund_asked": "申请退费",
    "payments.refund_confirmed": "复核退费",
    "payments.bill_issued": "开团体缴费单",
    "payments.bill_voided": "作废团体缴费单",
    "payments.remittance_recorded": "登记团体到账",
    "payments.remittance_reversal_asked": "申请整笔冲正",
    "payments.remittance_reversed": "复核整笔冲正",
    "payments.invoice_asked": "填写发票信息",
    "payments.invoice_issued": "登记发票号码",
    "payments.invoice_voided": "作废发票",
}
LOOKS = {
    "receipt.downloaded": "下载收据",
    "bill_receipt.downloaded": "下载团体收据",
    "refund_payee.viewed": "查看退费收款信息",
}

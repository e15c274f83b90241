"""Money at the counter: what is due, what came, what is undone or given back, and 发票."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from exams.filing.models import Quote
from exams.payments import admin_bills as bill_desk
from exams.payments import admin_desk as desk
from exams.payments import admin_requests as requested
from exams.payments.bill_queries import STATES, WAITING, remittances, with_state
from exams.payments.models import Bill, Invoice, Payment, Refund, RefundRequest, Remittance, Reversal
from exams.payments.queries import applications_to_pay
from portal.counter.rows import LookOnly, link
from portal.rules.wording import money_text


class WaitingFilter(admin.SimpleListFilter):
    """For rows that a second person has to confirm."""

    title = "复核"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "待复核"), ("no", "已复核")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return rows
        return rows.filter(confirmed_at__isnull=self.value() == "yes")


class UndoingFilter(WaitingFilter):
    """Transfers whose reversal a second person has to confirm."""

    def queryset(self, request: HttpRequest, rows: QuerySet[Remittance]) -> QuerySet[Remittance]:
        if self.value() is None:
            return rows
        return rows.filter(reversal_asked_at__isnull=False, reversed_at__isnull=self.value() == "yes")


class BillStateFilter(admin.SimpleListFilter):
    """Where a bill stands, derived from its people's payments."""

    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "还有待缴"), *STATES.items()]

    def queryset(self, request: HttpRequest, rows: QuerySet[Bill]) -> QuerySet[Bill]:
        if self.value() == "waiting":
            return rows.filter(state__in=WAITING)
        return rows.filter(state=self.value()) if self.value() in STATES else rows


class DueFilter(admin.SimpleListFilter):
    """Quotes still to be paid."""

    title = "缴费"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "待缴费")]

    def queryset(self, request: HttpRequest, rows: QuerySet[Quote]) -> QuerySet[Quote]:
        if self.value() != "yes":
            return rows
        return rows.filter(ended_at=None, application__in=applications_to_pay().values("pk"))


@admin.register(Quote)
class QuoteAdmin(LookOnly):
    section = "收费"
    looks = "exams.view_payment"
    list_display = ("applicant", "kind", "amount", "quoted_at", "pay_by", "reminders_sent", "ended_at")
    list_filter = (DueFilter, "kind")
    list_select_related = ("application__person",)
    list_display_links = None
    ordering = ("pay_by",)

    @admin.display(description="申报")
    def applicant(self, quote: Quote) -> SafeString:
        words = f"{quote.application.number} {quote.application.person.name}"
        return link("payment_desk", quote.application_id, words)

    @admin.display(description="应缴", ordering="total_fen")
    def amount(self, quote: Quote) -> str:
        return money_text(quote.total_fen)


@admin.register(Payment)
class PaymentAdmin(LookOnly):
    section = "收费"
    list_display = ("receipt_number", "applicant", "amount", "method", "received_on", "taken_by", "undone")
    list_filter = ("method", "received_on")
    list_select_related = ("quote__application__person", "taken_by", "reversal")
    list_display_links = None
    search_fields = ("receipt_number", "transaction_number")
    search_help_text = "查收据号或交易流水号。"
    ordering = ("-recorded_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("desk/<uuid:key>/", desk.desk_page, "payment_desk"),
            ("<uuid:key>/receipt.pdf", desk.receipt_page, "receipt"),
            ("<uuid:key>/reverse/", desk.ask_reversal_page, "ask_reversal"),
        )
        return ours + super().get_urls()

    @admin.display(description="申报")
    def applicant(self, payment: Payment) -> SafeString:
        application = payment.quote.application
        return link("payment_desk", application.pk, f"{application.number} {application.person.name}")

    @admin.display(description="金额", ordering="amount_fen")
    def amount(self, payment: Payment) -> str:
        return money_text(payment.amount_fen)

    @admin.display(description="冲正")
    def undone(self, payment: Payment) -> str:
        reversal = getattr(payment, "reversal", None)
        if reversal is None:
            return "—"
        return "已冲正" if reversal.confirmed_at else "待复核"


@admin.register(Reversal)
class ReversalAdmin(LookOnly):
    section = "收费"
    looks = "exams.view_payment"
    list_display = ("payment", "amount", "reason", "asked_by", "asked_at", "confirmed_by", "deeds")
    list_filter = (WaitingFilter,)
    list_select_related = ("payment", "asked_by", "confirmed_by")
    list_display_links = None
    ordering = ("asked_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reversal]:
        """Those of an institution's transfer are one act, in the list of transfers."""
        return super().get_queryset(request).filter(payment__remittance=None)

    @admin.display(description="金额")
    def amount(self, reversal: Reversal) -> str:
        return money_text(reversal.payment.amount_fen)

    @admin.display(description="办理")
    def deeds(self, reversal: Reversal) -> SafeString | str:
        return "—" if reversal.confirmed_at else link("confirm_reversal", reversal.pk, "复核")


@admin.register(Refund)
class RefundAdmin(LookOnly):
    section = "收费"
    looks = "exams.view_payment"
    list_display = ("applicant", "amount", "reason", "asked_by", "asked_at", "confirmed_by", "deeds")
    list_filter = (WaitingFilter,)
    list_select_related = ("application__person", "asked_by", "confirmed_by")
    list_display_links = None
    ordering = ("asked_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("of/<uuid:key>/", desk.ask_refund_page, "ask_refund"),
            ("<uuid:key>/confirm/", desk.confirm_refund_page, "confirm_refund"),
        )
        return ours + super().get_urls()

    @admin.display(description="申报")
    def applicant(self, refund: Refund) -> SafeString:
        words = f"{refund.application.number} {refund.application.person.name}"
        return link("payment_desk", refund.application_id, words)

    @admin.display(description="金额", ordering="amount_fen")
    def amount(self, refund: Refund) -> str:
        return money_text(refund.amount_fen)

    @admin.display(description="办理")
    def deeds(self, refund: Refund) -> SafeString | str:
        return "—" if refund.confirmed_at else link("confirm_refund", refund.pk, "复核")


class OpenFilter(admin.SimpleListFilter):
    """Requests that nobody has taken up."""

    title = "受理"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "待受理"), ("no", "已受理")]

    def queryset(self, request: HttpRequest, rows: QuerySet[RefundRequest]) -> QuerySet[RefundRequest]:
        return rows if self.value() is None else rows.filter(refund__isnull=self.value() == "yes")


@admin.register(RefundRequest)
class RefundRequestAdmin(LookOnly):
    section = "收费"
    looks = "exams.view_payment"
    list_display = ("applicant", "amount", "citation", "asked_at", "deeds")
    list_filter = (OpenFilter,)
    list_select_related = ("application__person", "refund")
    list_display_links = None
    ordering = ("asked_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(("<uuid:key>/take-up/", requested.take_up_page, "take_up_refund"))
        return ours + super().get_urls()

    @admin.display(description="申报")
    def applicant(self, asked: RefundRequest) -> SafeString:
        words = f"{asked.application.number} {asked.application.person.name}"
        return link("payment_desk", asked.application_id, words)

    @admin.display(description="金额", ordering="amount_fen")
    def amount(self, asked: RefundRequest) -> str:
        return money_text(asked.amount_fen)

    @admin.display(description="办理")
    def deeds(self, asked: RefundRequest) -> SafeString | str:
        if asked.refund is None:
            return link("take_up_refund", asked.pk, "受理")
        return "已退费" if asked.refund.confirmed_at else "已受理，待复核"


@admin.register(Bill)
class BillAdmin(LookOnly):
    section = "收费"
    looks = "exams.view_payment"
    list_display = ("reference_link", "institution", "filing", "persons", "sum", "due", "pay_by", "where")
    list_filter = (BillStateFilter,)
    list_display_links = None
    search_fields = ("reference", "filing__number", "filing__institution__name")
    search_help_text = "查缴费编号、团体申报号或机构名称。"
    ordering = ("pay_by", "reference")
    change_list_template = "admin/exams/bill_list.html"

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("find/", bill_desk.find_page, "find_bill"),
            ("to-issue/", bill_desk.to_issue_page, "bills_to_issue"),
            ("to-issue/<uuid:key>/", bill_desk.issue_page, "issue_bill"),
            ("desk/<uuid:key>/", bill_desk.bill_page, "bill_desk"),
            ("desk/<uuid:key>/part/", bill_desk.part_page, "part_remittance"),
            ("desk/<uuid:key>/void/", bill_desk.void_page, "void_bill"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Bill]:
        return with_state(super().get_queryset(request))

    @admin.display(description="缴费编号", ordering="reference")
    def reference_link(self, bill: Bill) -> SafeString:
        return link("bill_desk", bill.pk, bill.reference)

    @admin.display(description="机构")
    def institution(self, bill: Bill) -> str:
        return bill.filing.institution.name

    @admin.display(description="人数")
    def persons(self, bill: Bill) -> int:
        return bill.persons

    @admin.display(description="合计")
    def sum(self, bill: Bill) -> str:
        return money_text(bill.total_fen)

    @admin.display(description="还应缴")
    def due(self, bill: Bill) -> str:
        return money_text(bill.due_fen) if bill.state in WAITING else "—"

    @admin.display(description="状态")
    def where(self, bill: Bill) -> str:
        return STATES[bill.state]


@admin.register(Remittance)
class RemittanceAdmin(LookOnly):
    section = "收费"
    looks = "exams.view_payment"
    list_display = ("receipt_number", "of_bill", "institution", "amount", "persons", "received_on", "undone")
    list_filter = (UndoingFilter, "received_on")
    list_display_links = None
    search_fields = ("receipt_number", "transaction_number", "bill__reference")
    search_help_text = "查收据号、交易流水号或缴费编号。"
    ordering = ("-recorded_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("<uuid:key>/receipt.pdf", bill_desk.receipt_page, "bill_receipt"),
            ("<uuid:key>/reverse/", bill_desk.ask_reversal_page, "ask_remittance_reversal"),
        )
        return ours + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Remittance]:
        return remittances()

    @admin.display(description="缴费单")
    def of_bill(self, remittance: Remittance) -> SafeString:
        return link("bill_desk", remittance.bill_id, remittance.bill.reference)

    @admin.display(description="机构")
    def institution(self, remittance: Remittance) -> str:
        return remittance.bill.filing.institution.name

    @admin.display(description="金额", ordering="amount_fen")
    def amount(self, remittance: Remittance) -> str:
        return money_text(remittance.amount_fen)

    @admin.display(description="人数")
    def persons(self, remittance: Remittance) -> int:
        return remittance.persons

    @admin.display(description="冲正")
    def undone(self, remittance: Remittance) -> SafeString | str:
        if remittance.reversal_asked_at is None:
            return "—"
        if remittance.reversed_at:
            return "已冲正"
        return link("confirm_remittance_reversal", remittance.pk, "复核")


@admin.register(Invoice)
class InvoiceAdmin(LookOnly):
    section = "收费"
    looks = "exams.issue_invoice"
    list_display = ("payer", "title", "tax_number", "state", "number", "asked_at", "issued_at")
    list_filter = ("state",)
    list_select_related = ("application__person", "bill__filing__institution")
    list_display_links = None
    ordering = ("asked_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("<uuid:key>/issue/", desk.issue_invoice_page, "issue_invoice"),
            ("<uuid:key>/void/", desk.void_invoice_page, "void_invoice"),
        )
        return ours + super().get_urls()

    @admin.display(description="申报或团体缴费单")
    def payer(self, invoice: Invoice) -> SafeString:
        if invoice.bill is not None:
            words = f"{invoice.bill.reference} {invoice.bill.filing.institution.name}"
            return link("bill_desk", invoice.bill_id, words)
        words = f"{invoice.application.number} {invoice.application.person.name}"
        return link("payment_desk", invoice.application_id, words)

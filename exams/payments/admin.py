"""Money at the counter: what is due, what came, what is undone or given back, and 发票."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from exams.filing.models import Quote
from exams.payments import admin_desk as desk
from exams.payments.models import Invoice, Payment, Refund, Reversal
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


@admin.register(Invoice)
class InvoiceAdmin(LookOnly):
    section = "收费"
    looks = "exams.issue_invoice"
    list_display = ("applicant", "title", "tax_number", "state", "number", "asked_at", "issued_at")
    list_filter = ("state",)
    list_select_related = ("application__person",)
    list_display_links = None
    ordering = ("asked_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("<uuid:key>/issue/", desk.issue_invoice_page, "issue_invoice"),
            ("<uuid:key>/void/", desk.void_invoice_page, "void_invoice"),
        )
        return ours + super().get_urls()

    @admin.display(description="申报")
    def applicant(self, invoice: Invoice) -> SafeString:
        words = f"{invoice.application.number} {invoice.application.person.name}"
        return link("payment_desk", invoice.application_id, words)

"""What must always hold of money; each check yields the keys of the records that break it."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from exams.filing.models import Application, Quote, Status
from exams.payments.bill_invariants import INVARIANTS as BILLS
from exams.payments.models import Invoice, Payment, Refund, RefundRequest, Remittance, Reversal
from exams.payments.queries import NOT_REVERSED, paid_fen, refundable_fen, unclaimed_fen
from portal.registry import Invariant


def overpaid_quotes() -> Iterator[UUID]:
    """Quotes for which more stands paid than they cost."""
    for quote in Quote.objects.filter(payments__isnull=False).distinct().iterator():
        if paid_fen(quote) > quote.total_fen:
            yield quote.pk


def overrefunded() -> Iterator[UUID]:
    """Applications to which more was promised back than was taken."""
    for application in Application.objects.filter(refunds__isnull=False).distinct().iterator():
        if refundable_fen(application) < 0:
            yield application.pk


def doubled_numbers() -> Iterator[UUID]:
    """Payments that share a receipt or a transaction number with another, or with an institution's transfer."""
    for field in ("receipt_number", "transaction_number"):
        rows = Payment.objects.exclude(**{field: None}).order_by().values(field).annotate(count=Count("pk"))
        shared = Q(**{f"{field}__in": [row[field] for row in rows.filter(count__gt=1)]})
        transfers = Q(**{f"{field}__in": Remittance.objects.values(field)})
        yield from Payment.objects.filter(shared | transfers).values_list("pk", flat=True)


def payments_without_amount() -> Iterator[UUID]:
    """Payments and refunds of nothing."""
    yield from Payment.objects.filter(amount_fen__lte=0).values_list("pk", flat=True)
    yield from Refund.objects.filter(amount_fen__lte=0).values_list("pk", flat=True)


def undone_by_one_person() -> Iterator[UUID]:
    """Reversals and refunds confirmed by the one who asked, or confirmed without a name or a time."""
    for model in (Reversal, Refund):
        alone = Q(confirmed_by=F("asked_by"))
        half = Q(confirmed_by=None, confirmed_at__isnull=False) | Q(
            confirmed_by__isnull=False, confirmed_at=None
        )
        yield from model.objects.filter(alone | half).values_list("pk", flat=True)


def requests_without_ground() -> Iterator[UUID]:
    """Refund requests of people who neither left nor gave a subject up, without a policy, or for more than was taken."""
    for asked in RefundRequest.objects.select_related("application"):
        gone = asked.application.status in (Status.WITHDRAWN, Status.CANCELLED) or hasattr(asked, "given_up")
        if not gone or not asked.citation or unclaimed_fen(asked.application) < 0:
            yield asked.pk


def invoices_without_money() -> Iterator[UUID]:
    """Issued 发票 without a number, or for which nothing was taken."""
    issued = Invoice.objects.filter(state=Invoice.State.ISSUED)
    yield from issued.filter(Q(number=None) | Q(issued_at=None)).values_list("pk", flat=True)
    for invoice in issued.exclude(number=None):
        if invoice.bill_id is None:
            taken = Payment.objects.filter(quote__application=invoice.application_id)
        else:
            taken = Payment.objects.filter(remittance__bill=invoice.bill_id)
        if not taken.exists():
            yield invoice.pk


def partly_paid_quotes() -> Iterator[UUID]:
    """Live quotes with some money but not all: nobody may take a part."""
    standing = Payment.objects.filter(NOT_REVERSED, quote__ended_at=None).values("quote")
    for row in standing.annotate(sum=Sum("amount_fen"), total=F("quote__total_fen")):
        if 0 < row["sum"] < row["total"]:
            yield row["quote"]


INVARIANTS = (
    Invariant("overpaid", "收款多于应缴", overpaid_quotes),
    Invariant("partly_paid", "只收了部分费用", partly_paid_quotes),
    Invariant("overrefunded", "退费多于实收", overrefunded),
    Invariant("doubled_number", "收据号或交易流水号重复", doubled_numbers),
    Invariant("empty_payment", "收款或退费金额为零", payments_without_amount),
    Invariant("undone_by_one", "冲正或退费没有两人经办", undone_by_one_person),
    Invariant(
        "request_without_ground", "退费申请没有退出或放弃、没有依据，或多于实收", requests_without_ground
    ),
    Invariant("invoice_without_money", "发票没有号码或没有收款", invoices_without_money),
    *BILLS,
)

"""What must always hold of bills and transfers; each check yields the keys of the records that break it."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from exams.payments.models import BillLine, Invoice, Payment, Remittance
from exams.payments.queries import NOT_REVERSED
from portal.registry import Invariant


def lines_of_others() -> Iterator[UUID]:
    """Lines of bills whose quote belongs to nobody of the bill's filing."""
    theirs = Q(quote__application__roster_entry__filing=F("bill__filing"))
    yield from BillLine.objects.exclude(theirs).values_list("pk", flat=True)


def twice_billed() -> Iterator[UUID]:
    """Quotes that stand on two live bills."""
    live = BillLine.objects.filter(removed_at=None).order_by().values("quote").annotate(count=Count("pk"))
    yield from live.filter(count__gt=1).values_list("quote", flat=True)


def badly_allocated() -> Iterator[UUID]:
    """Transfers whose people's payments do not add up to them."""
    sums = Remittance.objects.annotate(sum=Coalesce(Sum("payments__amount_fen"), 0))
    yield from sums.exclude(sum=F("amount_fen")).values_list("pk", flat=True)


def shares_off_the_bill() -> Iterator[UUID]:
    """Payments from a transfer for somebody who never was on its bill."""
    lines = BillLine.objects.filter(quote=OuterRef("quote"), bill=OuterRef("remittance__bill"))
    shares = Payment.objects.exclude(remittance=None)
    yield from shares.filter(~Exists(lines)).values_list("pk", flat=True)


def half_reversed() -> Iterator[UUID]:
    """Transfers undone for some of their people: they are undone as a whole."""
    undone = Count("payments__reversal", filter=Q(payments__reversal__confirmed_at__isnull=False))
    counted = Remittance.objects.annotate(undone=undone, shares=Count("payments"))
    yield from counted.filter(undone__gt=0, undone__lt=F("shares")).values_list("pk", flat=True)


def invoices_for_two() -> Iterator[UUID]:
    """发票 for both an application and a bill, for neither, or for a person besides the bill they were paid on."""
    both = Q(application__isnull=False, bill__isnull=False) | Q(application=None, bill=None)
    yield from Invoice.objects.filter(both).values_list("pk", flat=True)
    billed = Payment.objects.filter(
        quote__application=OuterRef("application"), remittance__bill__invoices__state=Invoice.State.ISSUED
    )
    single = Invoice.objects.filter(state=Invoice.State.ISSUED, bill=None)
    yield from single.filter(Exists(billed.filter(NOT_REVERSED))).values_list("pk", flat=True)


INVARIANTS = (
    Invariant("line_of_another", "团体缴费单上有别的团体申报的人", lines_of_others),
    Invariant("twice_billed", "同一费用在两张团体缴费单上", twice_billed),
    Invariant("badly_allocated", "团体到账与分到各人的金额不符", badly_allocated),
    Invariant("share_off_the_bill", "团体到账分给了缴费单以外的人", shares_off_the_bill),
    Invariant("half_reversed", "团体到账只冲正了一部分", half_reversed),
    Invariant("invoice_for_two", "发票重复开具或没有对应的费用", invoices_for_two),
)

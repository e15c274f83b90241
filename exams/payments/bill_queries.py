"""Where bills and the people on them stand: derived from quotes, payments and refunds, never stored."""

import re

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from applicants.identity.text import compact
from exams.filing.groups.models import GroupFiling
from exams.filing.models import Quote, Status
from exams.filing.numbers import is_number
from exams.payments.models import Bill, BillLine, Payment, Refund, Remittance, Reversal
from exams.payments.queries import NOT_REVERSED
from portal import clock

STATES = {"due": "待到账", "part": "部分到账", "paid": "已缴清", "gone": "已失效", "void": "已作废"}
"""Where a bill stands. Gone: nobody is left on it, and nothing to pay."""
WAITING = ("due", "part")
LINE_STATES = {
    "due": "待缴",
    "paid": "已缴",
    "partly": "已退部分",
    "left": "已退出",
    "refunded": "已退费",
    "ended": "不再收费",
}
"""Where one person on a bill stands. Left: after payment, which may be given back; ended: without one."""
REFERENCE = re.compile(r"J([0-9]{10})(?![0-9])")


def billable_quotes() -> QuerySet[Quote]:
    """Live unpaid quotes of group filings that are on no live bill; those about to lapse are left to lapse."""
    on_a_bill = BillLine.objects.filter(quote=OuterRef("pk"), removed_at=None)
    taken = Payment.objects.filter(quote=OuterRef("pk"))
    return Quote.objects.filter(
        ~Exists(on_a_bill),
        ~Exists(taken.filter(NOT_REVERSED)),
        Q(pay_by__gte=clock.today()) | Exists(taken),
        ended_at=None,
        application__status=Status.APPROVED,
        application__concluded_at=None,
        application__roster_entry__isnull=False,
    )


def filings_to_bill() -> QuerySet[GroupFiling]:
    """Filings with approved people on no bill: with `persons`, `total_fen`, `pay_by` (the nearest), that one first."""
    waiting = Q(entries__application__quotes__in=billable_quotes().values("pk"))
    quotes = "entries__application__quotes"
    return (
        GroupFiling.objects.filter(waiting)
        .annotate(
            persons=Count(quotes),
            total_fen=Sum(f"{quotes}__total_fen"),
            pay_by=Min(f"{quotes}__pay_by"),
            approved_at=Max(f"{quotes}__quoted_at"),
        )
        .select_related("institution")
        .order_by("pay_by", "number")
    )


def with_state(bills: QuerySet[Bill]) -> QuerySet[Bill]:
    """Bills with `persons`, `total_fen`, `paid_persons`, `paid_fen`, `due_fen` of their live lines and `state`."""
    lines = BillLine.objects.filter(bill=OuterRef("pk"), removed_at=None, quote__ended_at=None)
    per_bill = lines.order_by().values("bill")
    paid = per_bill.filter(
        Q(quote__payments__reversal=None) | Q(quote__payments__reversal__confirmed_at=None)
    )

    def number(rows: QuerySet, value: Count | Sum) -> Coalesce:
        return Coalesce(Subquery(rows.annotate(n=value).values("n"), output_field=IntegerField()), 0)

    return (
        bills.annotate(
            persons=number(per_bill, Count("pk")),
            total_fen=number(per_bill, Sum("quote__total_fen")),
            paid_persons=number(paid, Count("quote__payments__quote", distinct=True)),
            paid_fen=number(paid, Sum("quote__payments__amount_fen")),
        )
        .annotate(due_fen=F("total_fen") - F("paid_fen"))
        .annotate(
            state=Case(
                When(ended_at__isnull=False, then=Value("void")),
                When(persons=0, then=Value("gone")),
                When(due_fen=0, then=Value("paid")),
                When(paid_fen__gt=0, then=Value("part")),
                default=Value("due"),
                output_field=CharField(),
            )
        )
        .select_related("filing__institution")
    )


def bill_state(bill: Bill) -> Bill:
    """The bill read afresh with its sums and `state` (a code of STATES)."""
    return with_state(Bill.objects.filter(pk=bill.pk)).get()


def lines_of(bill: Bill) -> QuerySet[BillLine]:
    """The bill's people by application number, with `paid_fen`, `refunded_fen` and `state` (a code of LINE_STATES)."""
    paid = Payment.objects.filter(NOT_REVERSED, quote=OuterRef("quote")).order_by().values("quote")
    back = Refund.objects.filter(application=OuterRef("quote__application"), confirmed_at__isnull=False)
    per_person = back.order_by().values("application")
    return (
        BillLine.objects.filter(bill=bill)
        .select_related("quote__application__person", "quote__application__offering__occupation")
        .annotate(
            paid_fen=Coalesce(Subquery(paid.annotate(n=Sum("amount_fen")).values("n")), 0),
            refunded_fen=Coalesce(Subquery(per_person.annotate(n=Sum("amount_fen")).values("n")), 0),
        )
        .annotate(
            state=Case(
                # Who is still in gave one subject up, and was given that subject's part back.
                When(refunded_fen__gt=0, quote__ended_at=None, then=Value("partly")),
                When(refunded_fen__gt=0, then=Value("refunded")),
                When(Q(paid_fen__gt=0, quote__ended_at__isnull=False), then=Value("left")),
                When(paid_fen__gt=0, then=Value("paid")),
                When(Q(quote__ended_at__isnull=False) | Q(removed_at__isnull=False), then=Value("ended")),
                default=Value("due"),
                output_field=CharField(),
            )
        )
        .order_by("quote__application__number")
    )


def totals_of(bill: Bill) -> list[dict]:
    """The live lines counted: [{"grade", "kind", "fen" (each), "persons", "sum"}], the lower grade first."""
    rows = (
        BillLine.objects.filter(bill=bill, removed_at=None, quote__ended_at=None)
        .order_by()
        .values(
            grade=F("quote__application__offering__grade"), kind=F("quote__kind"), fen=F("quote__total_fen")
        )
        .annotate(persons=Count("pk"), sum=Sum("quote__total_fen"))
    )
    return list(rows.order_by("-grade", "-kind", "-fen"))


def remittances() -> QuerySet[Remittance]:
    """Transfers with `persons`, and of their reversal `reversal_asked_at`, `reversal_reason` and `reversed_at`."""
    shares = Payment.objects.filter(remittance=OuterRef("pk")).order_by()
    reversals = Reversal.objects.filter(payment__remittance=OuterRef("pk")).order_by("pk")
    return Remittance.objects.annotate(
        persons=Subquery(shares.values("remittance").annotate(n=Count("pk")).values("n")),
        reversal_asked_at=Subquery(reversals.values("asked_at")[:1]),
        reversal_asked_by=Subquery(reversals.values("asked_by__name")[:1]),
        reversal_reason=Subquery(reversals.values("reason")[:1]),
        reversed_at=Subquery(reversals.values("confirmed_at")[:1]),
    ).select_related("bill__filing__institution", "taken_by")


def due_quotes(bill: Bill) -> QuerySet[Quote]:
    """The quotes of a live bill that can be paid now."""
    standing = Payment.objects.filter(NOT_REVERSED, quote=OuterRef("pk"))
    return Quote.objects.filter(
        ~Exists(standing),
        bill_lines__in=BillLine.objects.filter(bill=bill, removed_at=None),
        ended_at=None,
        application__status=Status.APPROVED,
        application__concluded_at=None,
    )


def find_bill(text: str) -> Bill | None:
    """The bill whose reference stands anywhere in the text, as a transfer's remark has it; None without one."""
    for digits in REFERENCE.findall(compact(text).replace("-", "").upper()):
        if is_number(digits):
            return Bill.objects.filter(reference=f"J{digits}").first()
    return None

"""One sum for many quotes of a group filing: issuing a bill and taking it back.

Whether a bill is paid is derived from its people's payments. Whoever withdraws, is cancelled or lapses leaves the
bill by the end of their quote: the line stays, struck through, and the sum falls (decision 0067).
"""

from collections.abc import Iterable
from uuid import uuid4

from django.db import transaction
from django.db.models import QuerySet

from applicants.accounts.models import Account
from applicants.records.models import Person
from exams.filing.groups.models import GroupFiling
from exams.filing.models import Application, Quote
from exams.filing.numbers import draw_number
from exams.filing.telling import tell_institution
from exams.payments.bill_queries import bill_state, billable_quotes, lines_of
from exams.payments.models import Bill, BillLine, Invoice
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused
from portal.rules.wording import day_text, money_text


def hold(quotes: QuerySet[Quote]) -> list[Quote]:
    """Lock the quotes, before them their people and applications, each in the order of keys; read afresh.

    Lock order everywhere: Person → Application → Quote → Bill. Call it inside a transaction.
    """
    keys = list(quotes.values_list("application__person", "application", "pk"))
    for model, found in ((Person, {key[0] for key in keys}), (Application, {key[1] for key in keys})):
        list(model.objects.select_for_update().filter(pk__in=found).order_by("pk").values_list("pk"))
    return list(
        Quote.objects.select_for_update(of=("self",))
        .filter(pk__in=[key[2] for key in keys])
        .select_related("application__person__account", "application__institution")
        .order_by("pk")
    )


def in_order(quotes: Iterable[Quote]) -> list[Quote]:
    """By application number, as receipts count them."""
    return sorted(quotes, key=lambda quote: quote.application.number)


@transaction.atomic
def issue_bill(*, actor: Account, filing: GroupFiling) -> Bill:
    """One bill over all of the filing's quotes that can be paid and are on none; tells the institution.

    All of them may be paid until the latest of their days, so that nobody on the bill lapses before it does.
    Raises Refused where nobody waits for a bill.
    """
    here = billable_quotes().filter(application__roster_entry__filing=filing)
    held = hold(here)
    still = set(here.values_list("pk", flat=True))
    quotes = [quote for quote in held if quote.pk in still]
    if not quotes:
        sentence = f"团体申报 {filing.number} 没有等待开缴费单的人员：已审核通过的都已在缴费单上或已缴清。"
        raise Refused(Finding("N2026-2.4", "nobody_to_bill", sentence))
    pay_by = max(quote.pay_by for quote in quotes)
    Quote.objects.filter(pk__in=still).update(pay_by=pay_by)
    now = clock.now()
    bill = Bill.objects.create(
        id=uuid4(),
        filing=filing,
        reference=_draw_reference(now.year),
        issued_by=actor,
        issued_at=now,
        pay_by=pay_by,
    )
    BillLine.objects.bulk_create(
        [BillLine(bill=bill, quote=quote) for quote in in_order(quotes)], batch_size=500
    )
    total = sum(quote.total_fen for quote in quotes)
    trail.record(
        "payments.bill_issued",
        actor=actor,
        subject=bill,
        detail={"filing": filing.number, "reference": bill.reference, "persons": len(quotes), "fen": total},
    )
    tell_institution(
        filing.institution,
        "bill_issued",
        key=bill.pk,
        number=filing.number,
        reference=bill.reference,
        persons=str(len(quotes)),
        amount=money_text(total),
        pay_by=day_text(pay_by, weekday=True),
    )
    return bill


@transaction.atomic
def void_bill(*, actor: Account, bill: Bill) -> Bill:
    """Take back a bill on which no money stands; its people may then be put on another one. Raises Refused."""
    hold(Quote.objects.filter(bill_lines__bill=bill))
    bill = Bill.objects.select_for_update().get(pk=bill.pk)
    if bill.ended_at is not None:
        raise Refused(Finding("", "void_already", f"缴费单 {bill.reference} 已经作废。"))
    if bill_state(bill).paid_fen or lines_of(bill).filter(state__in=("left", "refunded")).exists():
        sentence = f"缴费单 {bill.reference} 已有到账，不能作废。登记有误的，请先冲正。"
        raise Refused(Finding("N2026-2.4", "money_held", sentence))
    bill.ended_at = clock.now()
    bill.save(update_fields=["ended_at"])
    bill.lines.filter(removed_at=None).update(removed_at=bill.ended_at)
    bill.invoices.filter(state=Invoice.State.WANTED).update(state=Invoice.State.VOID)
    trail.record("payments.bill_voided", actor=actor, subject=bill, detail={"reference": bill.reference})
    return bill


def _draw_reference(year: int) -> str:
    """J and ten digits with a check digit: read over the telephone and typed into a transfer's remark."""
    while True:
        reference = f"J{draw_number(year)}"
        if not Bill.objects.filter(reference=reference).exists():
            return reference

"""The receipt of an institution's transfer as PDF: the sum, how it is made up, and everybody it was for."""

from collections import Counter
from typing import Any

from exams.payments.bill_queries import remittances
from exams.payments.documents import capital_yuan
from exams.payments.models import Payment, Refund, Remittance
from portal import pdf

TEMPLATE = "exams/payments/bill_receipt.html"


def render_bill_receipt(remittance: Remittance) -> bytes:
    """The receipt as it stands: a reversed one says so, as does each person to whom money went back."""
    return pdf.render(
        TEMPLATE, bill_receipt_context(remittance), title=f"收款收据 {remittance.receipt_number}"
    )


def bill_receipt_context(remittance: Remittance) -> dict[str, Any]:
    """What the template shows: the transfer, its payments by receipt number, totals by grade and kind."""
    remittance = remittances().get(pk=remittance.pk)
    payments = list(
        Payment.objects.filter(remittance=remittance)
        .select_related("quote__application__person", "quote__application__offering__occupation")
        .order_by("quote__application__number")
    )
    applications = [payment.quote.application_id for payment in payments]
    back: Counter = Counter()
    for refund in Refund.objects.filter(application__in=applications, confirmed_at__isnull=False):
        back[refund.application_id] += refund.amount_fen
    for payment in payments:
        payment.refunded_fen = back[payment.quote.application_id]
    return {
        "remittance": remittance,
        "bill": remittance.bill,
        "institution": remittance.bill.filing.institution,
        "payments": payments,
        "totals": _totals(payments),
        "capital": capital_yuan(remittance.amount_fen),
        "refunded": sum(back.values()),
        "citations": sorted({payment.quote.citation for payment in payments}),
    }


def _totals(payments: list[Payment]) -> list[dict[str, Any]]:
    """[{"offering", "kind", "fen" (each), "persons", "sum"}], the lower grade and the regular ones first."""
    found: Counter = Counter()
    for payment in payments:
        quote = payment.quote
        offering = quote.application.offering
        found[(-offering.grade, str(offering), quote.kind != "regular", payment.amount_fen)] += 1
    return [
        {
            "offering": offering,
            "kind": "补考" if retake else "正考",
            "fen": fen,
            "persons": persons,
            "sum": fen * persons,
        }
        for (_, offering, retake, fen), persons in sorted(found.items())
    ]

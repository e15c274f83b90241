"""What has been paid, and since when an application is complete: all derived from the payments themselves."""

from datetime import datetime

from django.db.models import DateTimeField, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from exams.filing.models import Application, Quote, Status
from exams.payments.models import NoRefund, Payment, RefundRequest

NOT_REVERSED = Q(reversal=None) | Q(reversal__confirmed_at=None)


def counted_payments(quote: Quote) -> QuerySet[Payment]:
    """Payments of a quote that stand: not reversed, or the reversal still unconfirmed."""
    return quote.payments.filter(NOT_REVERSED)


def paid_fen(quote: Quote) -> int:
    """What stands paid on a quote, in fen."""
    return counted_payments(quote).aggregate(sum=Sum("amount_fen"))["sum"] or 0


def outstanding_fen(quote: Quote) -> int:
    """What is still to pay, in fen; never negative."""
    return max(quote.total_fen - paid_fen(quote), 0)


def live_quote(application: Application) -> Quote | None:
    """The quote the application is to pay or has paid, or None before approval and after it lapsed."""
    return application.quotes.filter(ended_at=None).first()


def complete_applications() -> QuerySet[Application]:
    """Approved, not concluded, fully paid: those who are to be assessed, in the order of the queue (A2)."""
    return paid_applications().filter(concluded_at=None)


def paid_applications() -> QuerySet[Application]:
    """Approved and fully paid, whether to be assessed yet or not: with `completed_at` and `due_fen`, as they came.

    An application is complete from the later of its approval and the payment that filled its quote.
    """
    quote = Quote.objects.filter(application=OuterRef("pk"), ended_at=None)
    standing = Payment.objects.filter(NOT_REVERSED, quote__application=OuterRef("pk"), quote__ended_at=None)
    per_application = standing.order_by().values("quote__application")
    return (
        Application.objects.filter(status=Status.APPROVED)
        .annotate(
            due_fen=Subquery(quote.values("total_fen")[:1], output_field=IntegerField()),
            paid_fen=Coalesce(
                Subquery(
                    per_application.annotate(sum=Sum("amount_fen")).values("sum"), output_field=IntegerField()
                ),
                0,
            ),
            completed_at=Subquery(
                per_application.annotate(last=Max("recorded_at")).values("last"), output_field=DateTimeField()
            ),
        )
        .filter(due_fen__isnull=False, paid_fen__gte=F("due_fen"))
        .order_by("completed_at", "number")
    )


def completed_at(application: Application) -> datetime | None:
    """Since when the application is approved and fully paid; None while it is not."""
    return complete_applications().filter(pk=application.pk).values_list("completed_at", flat=True).first()


def applications_to_pay() -> QuerySet[Application]:
    """Approved and not fully paid, the nearest pay-by day first; without those filed in groups, who are billed."""
    return (
        Application.objects.filter(
            status=Status.APPROVED, concluded_at=None, quotes__ended_at=None, roster_entry=None
        )
        .exclude(pk__in=complete_applications().values("pk"))
        .annotate(pay_by=F("quotes__pay_by"))
        .order_by("pay_by", "number")
    )


def refundable_fen(application: Application) -> int:
    """What was taken for the application and neither reversed nor promised back, in fen."""
    taken = Payment.objects.filter(NOT_REVERSED, quote__application=application).aggregate(
        sum=Sum("amount_fen")
    )
    promised = application.refunds.aggregate(sum=Sum("amount_fen"))
    return (taken["sum"] or 0) - (promised["sum"] or 0)


def open_requests(application: Application) -> QuerySet[RefundRequest]:
    """What was asked back and nobody has taken up as a refund."""
    return RefundRequest.objects.filter(application=application, refund=None)


def unclaimed_fen(application: Application) -> int:
    """What could still be asked back: refundable and not asked for yet, in fen."""
    asked = open_requests(application).aggregate(sum=Sum("amount_fen"))
    return refundable_fen(application) - (asked["sum"] or 0)


def refund_forbidden(application: Application) -> NoRefund | None:
    """What forbids giving anything back for the application (A3-1), or None."""
    return application.no_refunds.filter(lifted_at=None).order_by("since").first()

"""Reads of applications that several places share."""

from django.db.models import Q, QuerySet, Sum

from exams.filing.models import Application, Quote, Status

# Payments stand to the right of this slice: its rows are read through the relation, its code is not imported.
_COUNTING = Q(payments__reversal=None) | Q(payments__reversal__confirmed_at=None)


def money_held(application: Application) -> int:
    """What was taken for the application and not reversed, in fen, over all its quotes."""
    held = application.quotes.filter(_COUNTING).aggregate(sum=Sum("payments__amount_fen"))["sum"]
    return held or 0


def unpaid_quotes() -> QuerySet[Quote]:
    """Live quotes of approved applications for which no money ever came.

    One whose payment was reversed is not among them: what becomes of it staff decide, not a sweep.
    """
    return Quote.objects.filter(
        ended_at=None,
        application__status=Status.APPROVED,
        application__concluded_at=None,  # by a decision on misconduct, before it was paid
        payments=None,
    ).select_related("application")


def to_review() -> QuerySet[Application]:
    """Who filed alone and waits for the counter, the oldest submission first; groups wait as batches."""
    return (
        Application.objects.filter(status=Status.SUBMITTED, institution=None)
        .select_related("person", "offering__occupation")
        .order_by("submitted_at", "number")
    )

"""Whose score it is: the object, or 404 as if it were not there (S2)."""

from uuid import UUID

from django.http import Http404

from applicants.accounts.models import Account
from exams.results.models import Score
from exams.results.queries import standing_scores


def own_score(account: Account, key: UUID) -> Score:
    """A standing score of the account's own person, or Http404."""
    score = (
        standing_scores()
        .filter(pk=key, application__person__account=account)
        .select_related("application__offering__occupation", "application__person")
        .first()
    )
    if score is None:
        raise Http404
    return score

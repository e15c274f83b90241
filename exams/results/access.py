"""Whose score it is: the object, or 404 as if it were not there (S2)."""

from uuid import UUID

from django.http import Http404

from applicants.accounts.models import Account
from exams.results.models import Score
from exams.results.queries import standing_scores


def own_score(account: Account, key: UUID) -> Score:
    """The score that stands of the subject whose score, now or earlier, the key names; of one's own, or Http404."""
    named = Score.objects.filter(pk=key, application__person__account=account).first()
    score = named and (
        standing_scores()
        .filter(application=named.application_id, subject=named.subject)
        .select_related("application__offering__occupation", "application__person")
        .first()
    )
    if score is None:
        raise Http404
    return score

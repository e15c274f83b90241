"""Which application a person may have: the object, or 404 as if it were not there (S2)."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from applicants.accounts.models import Account
from exams.filing.models import Application


def own_applications(account: Account) -> QuerySet[Application]:
    """The applications of the person behind the account."""
    return Application.objects.filter(person__account=account).select_related(
        "person", "offering__occupation", "window", "institution"
    )


def own_application(account: Account, key: UUID) -> Application:
    """One of the account's own applications, or Http404."""
    try:
        return own_applications(account).get(pk=key)
    except Application.DoesNotExist:
        raise Http404 from None

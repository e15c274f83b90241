"""Which case an account may have: its own, from the first notice on, or 404 as if there were none (S2)."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from applicants.accounts.models import Account
from applicants.records.models import Person
from exams.conduct.models import Case
from exams.conduct.queries import cases_of


def own_cases(account: Account) -> QuerySet[Case]:
    """The cases that the person behind the account was told of, the newest first."""
    person = Person.objects.filter(account=account).first()
    return cases_of(person) if person is not None else Case.objects.none()


def own_case(account: Account, key: UUID) -> Case:
    case = own_cases(account).select_related("incident", "seat__session", "seat__room").filter(pk=key).first()
    if case is None:
        raise Http404
    return case

"""The only door to an institution: the one the account acts for, or 404."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from applicants.accounts.models import Account
from applicants.institutions.models import Institution, InstitutionMember


def own_institution(account: Account) -> Institution:
    """The institution the account acts for now."""
    membership = account.active_membership()
    if membership is None:
        raise Http404
    return membership.institution


def colleague(account: Account, key: UUID) -> InstitutionMember:
    """A member of the account's own institution."""
    return get_object_or_404(InstitutionMember, pk=key, institution=own_institution(account))

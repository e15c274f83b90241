"""Which certificates an account, and which an institution, may see: their own, or 404 as if there were none (S2)."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from applicants.accounts.models import Account
from applicants.institutions.models import Institution
from certificates.models import Certificate
from certificates.queries import with_people


def own_certificates(account: Account) -> QuerySet[Certificate]:
    """Everything ever issued to the person behind the account, the newest first."""
    return with_people(Certificate.objects.filter(person__account=account))


def own_certificate(account: Account, key: UUID) -> Certificate:
    """One of the account's own certificates, whatever its state, or Http404."""
    certificate = own_certificates(account).filter(pk=key).first()
    if certificate is None:
        raise Http404
    return certificate


def certificates_filed_by(institution: Institution) -> QuerySet[Certificate]:
    """Those of the people the institution filed, by application number."""
    rows = Certificate.objects.filter(application__institution=institution)
    return with_people(rows).order_by("application__number", "issued_at")

"""Certificates as others read them: a person's, one by its number, the chain of replacements, what rests on a score."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from applicants.records.models import Person
from certificates.models import Certificate, Ending, IssueBatch
from exams.catalogue.models import Offering


def with_people(certificates: QuerySet[Certificate]) -> QuerySet[Certificate]:
    """The query with all that lists and pages of certificates follow."""
    return certificates.select_related(
        "person__account", "offering__occupation", "application__institution", "batch", "file", "replaced_by"
    )


def live_certificates() -> QuerySet[Certificate]:
    """Valid today: neither void nor replaced."""
    return Certificate.objects.filter(state=Certificate.State.VALID)


def certificates_of(person: Person) -> QuerySet[Certificate]:
    """All of the person's certificates, the newest first, whatever became of them."""
    return with_people(Certificate.objects.filter(person=person))


def live_certificate(person: Person, offering: Offering) -> Certificate | None:
    """The person's valid certificate of this occupation and grade."""
    return live_certificates().filter(person=person, offering=offering).first()


def find_certificate(number: str) -> Certificate | None:
    """The certificate that ever bore the number."""
    return with_people(Certificate.objects.filter(number=number)).first()


def newest_of(certificate: Certificate) -> Certificate:
    """The last of the chain of replacements: the certificate itself where it was never replaced."""
    while (following := Certificate.objects.filter(replaces=certificate).first()) is not None:
        certificate = following
    return certificate


def printed() -> QuerySet[Certificate]:
    """Valid certificates whose PDF is there: they can be handed over."""
    return live_certificates().filter(file__isnull=False)


def to_print() -> QuerySet[Certificate]:
    """Valid certificates whose PDF is still to be made."""
    return live_certificates().filter(file=None, hold_reason="")


def held() -> QuerySet[Certificate]:
    """Valid certificates whose PDF cannot be made until staff have done something about it."""
    return live_certificates().filter(file=None).exclude(hold_reason="")


def resting_on(application_id: UUID, subjects: Collection[str]) -> QuerySet[Certificate]:
    """Certificates, whatever became of them, that rest on passes won by these subjects of the application."""
    return Certificate.objects.filter(
        passes__application_id=application_id, passes__subject__in=subjects
    ).distinct()


def open_batches() -> QuerySet[IssueBatch]:
    """Proposed, neither issued nor dropped."""
    return IssueBatch.objects.filter(confirmed_at=None, dropped_at=None)


def open_endings() -> QuerySet[Ending]:
    """Asked for and not decided yet, of certificates that still stand."""
    return Ending.objects.filter(
        confirmed_at=None, dropped_at=None, certificate__state=Certificate.State.VALID
    )

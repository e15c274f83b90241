"""A certificate of ours in its holder's record, so that the next grade's verdict sees it (TR2023, 取得…证书后).

The entry bears the certificate's own key: withdrawn and written again, it is the same row. It needs no file to prove it.
"""

from collections.abc import Collection, Iterator
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from applicants.records.issued import Issued
from applicants.records.models import Credential, Relation
from certificates.models import Certificate
from certificates.queries import newest_of
from portal import clock
from portal.audit import trail
from portal.rules.wording import day_text


def write_credential(certificate: Certificate) -> Credential:
    """Enter a valid certificate into its holder's record. In the caller's transaction."""
    occupation = certificate.offering.occupation
    credential, _ = Credential.objects.get_or_create(
        pk=certificate.pk,
        defaults={
            "person_id": certificate.person_id,
            "occupation_code": occupation.code,
            "occupation_name": occupation.name,
            "relation": Relation.SAME,
            "grade": certificate.offering.grade,
            "number": certificate.number,
            "issued_on": certificate.issued_on,
            "issuer": settings.ASSOCIATION_NAME,
            "added_at": certificate.issued_at,
        },
    )
    certificate.credential = credential
    certificate.save(update_fields=["credential"])
    trail.record(
        "certificates.credential_written",
        actor=None,
        subject=certificate,
        person_id=certificate.person_id,
        detail={"number": certificate.number},
    )
    return credential


def withdraw_credential(certificate: Certificate) -> None:
    """Take a certificate that stands no more out of the record. What was submitted with it stays as submitted."""
    certificate.credential = None
    certificate.save(update_fields=["credential"])
    Credential.objects.filter(pk=certificate.pk).delete()
    trail.record(
        "certificates.credential_withdrawn",
        actor=None,
        subject=certificate,
        person_id=certificate.person_id,
        detail={"number": certificate.number},
    )


def issued_entries(entries: Collection[UUID]) -> Iterator[Issued]:
    """What stands now behind those of the entries that are certificates of ours (the port of records)."""
    for certificate in Certificate.objects.filter(pk__in=entries):
        newest = newest_of(certificate) if certificate.state == Certificate.State.REPLACED else certificate
        valid = newest.state == Certificate.State.VALID
        shown = valid and newest.file_id is not None
        yield Issued(
            entry=certificate.pk,
            number=newest.number,
            valid=valid,
            state=_state(newest),
            own_url=reverse("certificates:download", args=[newest.pk]) if shown else "",
            staff_url=reverse("admin:certificate_file", args=[newest.pk]) if shown else "",
        )


def _state(certificate: Certificate) -> str:
    if certificate.ended_at is None or certificate.state == Certificate.State.VALID:
        return certificate.get_state_display()
    return f"{day_text(clock.local_day(certificate.ended_at))} 起{certificate.get_state_display()}"

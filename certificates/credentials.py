"""A certificate of ours in its holder's record, so that the next grade's verdict sees it (TR2023, 取得…证书后).

The entry bears the certificate's own key: withdrawn and written again, it is the same row.
"""

from django.conf import settings

from applicants.records.models import Credential, Relation
from certificates.models import Certificate
from portal.audit import trail


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

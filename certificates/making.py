"""Making the PDFs of issued certificates, found by their state, outside the transaction that issued them.

It may run late, twice, side by side, or be killed anywhere: a certificate is claimed with a lease, printed, stored, and
marked only while that lease stands. What cannot be printed is held with its reason and blocks nobody.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from applicants.accounts.models import Account
from certificates.documents import render_certificate
from certificates.face import CertificateFace, digest_of
from certificates.models import Certificate
from certificates.queries import to_print
from portal import clock, leases
from portal.audit import trail
from portal.celery_app import nudge
from portal.files import store
from portal.pdf.trying import print_or_say_why
from portal.rules.findings import Finding, Refused

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)


def make_certificates(*, now: datetime | None = None) -> dict[str, int]:
    """Make every PDF that is due; returns how many were made and held. Stops where the disk takes no more."""
    counts = {"made": 0, "held": 0}
    while (certificate := _claim(now or clock.now())) is not None:
        outcome = _print(certificate)
        try:
            if isinstance(outcome, str):
                _hold(certificate, outcome)
                counts["held"] += 1
            else:
                _finish(certificate, outcome)
                counts["made"] += 1
        except leases.LeaseLost:
            logger.info("certificate %s is no longer ours", certificate.pk)
        except OSError:
            logger.exception("certificates cannot be stored")
            # As if it had never been tried: a full disk is no certificate's fault.
            leases.give_back(certificate, attempts=certificate.attempts - 1)
            break
    return counts


@transaction.atomic
def retry_print(*, actor: Account, certificate: Certificate) -> Certificate:
    """Put a held certificate back in line, after staff mended what held it. Raises `Refused`."""
    certificate = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if not certificate.hold_reason or certificate.file_id is not None:
        raise Refused(Finding("", "not_held", "这张证书的制作没有受阻。"))
    certificate.hold_reason, certificate.attempts = "", 0
    certificate.save(update_fields=["hold_reason", "attempts"])
    trail.record(
        "certificates.print_retried", actor=actor, subject=certificate, detail={"number": certificate.number}
    )
    transaction.on_commit(lambda: nudge("certificates.tasks.make_certificates"))
    return certificate


def _claim(now: datetime) -> Certificate | None:
    """The next one, those never tried first."""
    waiting = to_print().select_related("photo").order_by("attempts", "issued_at", "number")
    return leases.claim(waiting, LEASE, now=now)


def _print(certificate: Certificate) -> bytes | str:
    """The PDF, or the reason why there is none."""

    def render() -> bytes | str:
        if digest_of(certificate.face, like=certificate.face_digest) != certificate.face_digest:
            return "证面数据与签发时不符，请联系管理员核查。"
        return render_certificate(CertificateFace(**certificate.face), store.read(certificate.photo))

    return print_or_say_why(render, attempts=certificate.attempts, what=f"certificate {certificate.pk}")


def _finish(certificate: Certificate, document: bytes) -> None:
    """Store the file and mark it made. Raises LeaseLost, OSError."""
    file = store.write(
        document,
        kind="certificate",
        media_type="application/pdf",
        display_name=f"职业技能等级证书 {certificate.number}.pdf",
    )
    try:
        with transaction.atomic():
            ours = leases.still_ours(to_print(), certificate)
            file.save(force_insert=True)  # with the mark: killed in between, neither is there
            ours.file, ours.made_at, ours.leased_until = file, clock.now(), None
            ours.save(update_fields=["file", "made_at", "leased_until"])
            trail.record(
                "certificates.printed",
                actor=None,
                subject=ours,
                person_id=ours.person_id,
                detail={"number": ours.number, "sha256": file.sha256},
            )
    except leases.LeaseLost:
        store.remove_bytes(file)
        raise


@transaction.atomic
def _hold(certificate: Certificate, reason: str) -> None:
    """Set it aside with its reason, for staff to see. Raises LeaseLost."""
    ours = leases.still_ours(to_print(), certificate)
    ours.hold_reason, ours.leased_until = reason[:200], None
    ours.save(update_fields=["hold_reason", "leased_until"])
    trail.record("certificates.print_held", actor=None, subject=ours, detail={"attempts": ours.attempts})

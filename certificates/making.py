"""Making the PDFs of issued certificates, found by their state, outside the transaction that issued them.

It may run late, twice, side by side, or be killed anywhere: a certificate is claimed with a lease, printed, stored, and
marked only while that lease stands. What cannot be printed is held with its reason and blocks nobody.
"""

import logging
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from applicants.accounts.models import Account
from certificates.documents import render_certificate
from certificates.face import CertificateFace, digest_of
from certificates.models import Certificate
from certificates.queries import to_print
from portal import clock, pdf
from portal.audit import trail
from portal.celery_app import nudge
from portal.files import store
from portal.rules.findings import Finding, Refused

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
ATTEMPTS = 3


def make_certificates(*, now: datetime | None = None) -> dict[str, int]:
    """Make every PDF that is due; returns how many were made and held. Stops where the disk takes no more."""
    counts = {"made": 0, "held": 0}
    while (certificate := _claim(now or clock.now())) is not None:
        outcome = _print(certificate)
        if isinstance(outcome, str):
            counts["held"] += _hold(certificate, outcome)
            continue
        try:
            counts["made"] += _finish(certificate, outcome)
        except OSError:
            logger.exception("certificates cannot be stored")
            _give_back(certificate)
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
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    with transaction.atomic():
        waiting = to_print().filter(free)
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, of=("self",))
        certificate = waiting.select_related("photo").order_by("attempts", "issued_at", "number").first()
        if certificate is not None:
            certificate.leased_until, certificate.attempts = now + LEASE, certificate.attempts + 1
            certificate.save(update_fields=["leased_until", "attempts"])
    return certificate


def _print(certificate: Certificate) -> bytes | str:
    """The PDF, or the reason why there is none."""
    if certificate.attempts > ATTEMPTS:
        return "制作多次中断，已停止重试"
    try:
        if digest_of(certificate.face, like=certificate.face_digest) != certificate.face_digest:
            return "证面数据与签发时不符，请联系管理员核查。"
        return render_certificate(CertificateFace(**certificate.face), store.read(certificate.photo))
    except pdf.MissingGlyph as fault:
        return f"{fault}。请核对姓名用字，或联系管理员补充字体。"
    except Exception as error:
        logger.exception("certificate %s cannot be printed", certificate.pk)
        return f"制作失败：{type(error).__name__}"


def _finish(certificate: Certificate, document: bytes) -> int:
    """Store the file and mark it made, if our lease still stands; 1 where it does."""
    file = store.write(
        document,
        kind="certificate",
        media_type="application/pdf",
        display_name=f"职业技能等级证书 {certificate.number}.pdf",
    )
    with transaction.atomic():
        ours = _still_ours(certificate)
        if ours is not None:
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
            return 1
    store.remove_bytes(file)
    return 0


def _hold(certificate: Certificate, reason: str) -> int:
    with transaction.atomic():
        ours = _still_ours(certificate)
        if ours is None:
            return 0
        ours.hold_reason, ours.leased_until = reason[:200], None
        ours.save(update_fields=["hold_reason", "leased_until"])
        trail.record("certificates.print_held", actor=None, subject=ours, detail={"attempts": ours.attempts})
    return 1


def _give_back(certificate: Certificate) -> None:
    """Undo the claim, as if it had never been tried: a full disk is no certificate's fault."""
    to_print().filter(pk=certificate.pk, leased_until=certificate.leased_until).update(
        leased_until=None, attempts=certificate.attempts - 1
    )


def _still_ours(certificate: Certificate) -> Certificate | None:
    rows = to_print().select_for_update(of=("self",))
    return rows.filter(pk=certificate.pk, leased_until=certificate.leased_until).first()

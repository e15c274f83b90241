"""What must always hold of certificates; each check yields the keys of the records that break it."""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Max, Q

from certificates.face import digest_of
from certificates.models import Certificate, Ending, IssueBatch, NumberSeries
from certificates.numbers import NUMBER, number_text
from certificates.queries import live_certificates
from exams.arrangement.queries import live_seats
from exams.conduct.models import ToldItem
from exams.passes.models import Pass
from exams.passes.queries import credited_passes
from portal import clock
from portal.crypto import Unreadable
from portal.files import store
from portal.registry import Invariant


def certificates_without_passes() -> Iterator[UUID]:
    """Valid certificates without a valid pass for every subject, or resting on a cancelled or another's one."""
    for certificate in live_certificates().select_related("offering").iterator():
        passes = list(certificate.passes.select_related("scheme"))
        foreign = any(
            (row.person_id, row.occupation_id, row.grade)
            != (certificate.person_id, certificate.offering.occupation_id, certificate.offering.grade)
            for row in passes
        )
        if foreign or not _complete(certificate, passes) or _given_up(certificate, passes):
            yield certificate.pk


def _complete(certificate: Certificate, passes: list[Pass]) -> bool:
    """Every subject has a pass that is not cancelled and was valid on the day the last subject was sat."""
    last = live_seats().filter(application=certificate.application_id).aggregate(last=Max("ends_at"))["last"]
    issued = clock.local_day(certificate.issued_at)
    day = clock.local_day(last) if last else issued
    for row in passes:
        if row.cancelled_at is not None or row.published_on > issued or row.valid_until < day:
            return False
    if not passes:
        return False
    scheme = max((row.scheme for row in passes), key=lambda one: one.effective_from)
    credited, _, _ = credited_passes(passes, scheme, list(certificate.offering.schemes.all()))
    wanted = set(scheme.subjects.values_list("subject", flat=True))
    return {subject for _, subject in credited} >= wanted


def _given_up(certificate: Certificate, passes: list[Pass]) -> bool:
    """Whether a pass was given up before the certificate was issued, or while it was void by a decision.

    Given up later, for a fresh application beside it, it takes nothing from the certificate.
    """
    void = [
        (one.confirmed_at, one.undone_at)
        for one in certificate.endings.all()
        if one.confirmed_at and one.undone_at
    ]
    return any(
        row.given_up_at < certificate.issued_at
        or any(since <= row.given_up_at < until for since, until in void)
        for row in passes
        if row.given_up_at is not None
    )


def reused_numbers() -> Iterator[UUID]:
    """Certificates whose number another bears too, or that is none."""
    doubled = Certificate.objects.order_by().values("number").annotate(count=Count("pk")).filter(count__gt=1)
    yield from Certificate.objects.filter(number__in=doubled.values("number")).values_list("pk", flat=True)
    for key, number in Certificate.objects.values_list("pk", "number"):
        if not NUMBER.fullmatch(number):
            yield key


def doubled_certificates() -> Iterator[UUID]:
    """Valid certificates of a person who has more than one of an occupation and grade."""
    live = live_certificates()
    for row in live.order_by().values("person", "offering").annotate(count=Count("pk")).filter(count__gt=1):
        yield from live.filter(person=row["person"], offering=row["offering"]).values_list("pk", flat=True)


def unexplained_endings() -> Iterator[UUID]:
    """Void or replaced certificates without a reason and a confirmed ending by two people, or without a replacement."""
    ended = Certificate.objects.exclude(state=Certificate.State.VALID)
    silent = set(ended.filter(end_reason=None).values_list("pk", flat=True))
    for certificate in ended.prefetch_related("endings").iterator(chunk_size=200):
        standing = [
            one
            for one in certificate.endings.all()
            if one.confirmed_at and one.confirmed_by_id != one.asked_by_id and not one.undone_at
        ]
        replacing = {Ending.Kind.REISSUE, Ending.Kind.CORRECTION}
        kinds = replacing if certificate.state == Certificate.State.REPLACED else set(Ending.Kind) - replacing
        explained = any(one.kind in kinds for one in standing)
        followed = certificate.state != Certificate.State.REPLACED or hasattr(certificate, "replaced_by")
        if not (certificate.ended_at and explained and followed) or certificate.pk in silent:
            yield certificate.pk


def told_of_no_ending() -> Iterator[UUID]:
    """Certificates of which an authority was told though they had not ended, or told valid again though they are not."""
    items = ToldItem.objects.filter(withdrawn_at=None, kind=ToldItem.Kind.CERTIFICATE).select_related(
        "telling"
    )
    known = Ending.objects.in_bulk([item.about for item in items])
    for item in items:
        ending = known.get(item.about)
        at = ending and (ending.undone_at if item.reversal else ending.confirmed_at)
        told_on, written_on = item.telling.told_on, clock.local_day(item.telling.recorded_at)
        if at is None or not clock.local_day(at) <= told_on <= written_on:
            yield item.pk


def ended_by_one_person() -> Iterator[UUID]:
    """Endings and batches confirmed by the one who asked, or half confirmed."""
    half = Q(confirmed_by=None, confirmed_at__isnull=False) | Q(confirmed_by__isnull=False, confirmed_at=None)
    yield from Ending.objects.filter(Q(confirmed_by=F("asked_by")) | half).values_list("pk", flat=True)
    yield from IssueBatch.objects.filter(Q(confirmed_by=F("proposed_by")) | half).values_list("pk", flat=True)


def changed_faces() -> Iterator[UUID]:
    """Certificates whose face is no longer what was issued, or whose row says something else than the face."""
    for certificate in Certificate.objects.select_related("photo").iterator():
        try:
            face = certificate.face
        except Unreadable:
            yield certificate.pk
            continue
        row = (certificate.number, certificate.issued_on.isoformat(), certificate.photo.sha256)
        same = row == (face["number"], face["issued_on"], face["photo"])
        if not same or digest_of(face, like=certificate.face_digest) != certificate.face_digest:
            yield certificate.pk


def broken_files() -> Iterator[UUID]:
    """Certificates whose PDF is missing, does not open, or is not the one that was stored."""
    for certificate in Certificate.objects.filter(file__isnull=False).select_related("file").iterator():
        assert certificate.file is not None
        try:
            stored = store.read(certificate.file)
        except (OSError, Unreadable):
            stored = b""
        if hashlib.sha256(stored).hexdigest() != certificate.file.sha256:
            yield certificate.pk


def gaps_in_numbers() -> Iterator[int]:
    """Series that passed over a serial nobody's certificate bears, or gave one out beyond their end."""
    for series in NumberSeries.objects.filter(prefix=settings.CERTIFICATE_BODY_CODE):
        wanted = {
            number_text(series.year, series.grade, serial)
            for serial in range(series.first_serial, series.next_serial)
        }
        if wanted - set(Certificate.objects.filter(number__in=wanted).values_list("number", flat=True)):
            yield series.pk


def credentials_astray() -> Iterator[UUID]:
    """Valid certificates missing from their holder's record or told wrongly there, and ended ones still in it."""
    for certificate in Certificate.objects.select_related("credential", "offering").iterator():
        kept = certificate.credential
        if certificate.state != Certificate.State.VALID:
            if kept is not None:
                yield certificate.pk
            continue
        told = kept and (kept.person_id, kept.grade, kept.number, kept.issued_on)
        if told != (
            certificate.person_id,
            certificate.offering.grade,
            certificate.number,
            certificate.issued_on,
        ):
            yield certificate.pk


INVARIANTS = (
    Invariant(
        "certificate_without_passes", "证书缺少有效的合格科目，或成绩已取消", certificates_without_passes
    ),
    Invariant("reused_certificate_number", "证书编号重复或不合编码规则", reused_numbers),
    Invariant("doubled_certificate", "同一人同一项目有两张有效证书", doubled_certificates),
    Invariant("unexplained_ending", "证书失效没有理由、没有两人经办或没有换发的新证", unexplained_endings),
    Invariant("told_of_no_ending", "报送登记与证书的失效、恢复不符", told_of_no_ending),
    Invariant("certificate_by_one", "发证、作废或换发没有两人经办", ended_by_one_person),
    Invariant("changed_face", "证面与签发时不符", changed_faces),
    Invariant("broken_certificate_file", "证书文件缺失或被改动", broken_files),
    Invariant("gap_in_numbers", "证书编号有缺号", gaps_in_numbers),
    Invariant("credential_astray", "资料中的证书与签发的证书不一致", credentials_astray),
)

"""Collection (N2026-5): whose certificate waits at the counter, who was told so, and who took it."""

from collections.abc import Collection, Iterable
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from applicants.accounts.models import Account
from applicants.institutions.models import Institution
from certificates.models import Certificate, CollectionNotice, HandBack, HandOver
from certificates.queries import printed, with_people
from exams.filing.telling import tell, tell_institution
from portal import clock
from portal.audit import trail
from portal.contacts import next_counter_day
from portal.rules.findings import Finding, Refused
from portal.rules.wording import day_text

_Given = HandOver.certificates.through


def _standing_rows() -> QuerySet:
    """(hand-over, certificate) rows of which no return is noted."""
    back = HandBack.objects.filter(hand_over=OuterRef("handover"), certificate=OuterRef("certificate"))
    return _Given.objects.filter(~Exists(back))


def taken() -> Exists:
    """Whether somebody has the certificate, as a filter on certificates."""
    return Exists(_standing_rows().filter(certificate=OuterRef("pk")))


def to_collect() -> QuerySet[Certificate]:
    """Valid, printed, and with nobody yet: the oldest first."""
    return with_people(printed().filter(~taken())).order_by("issued_at", "number")


def to_notify() -> QuerySet[Certificate]:
    """Those of them of whom nobody was told."""
    told = CollectionNotice.objects.filter(certificate=OuterRef("pk"))
    return to_collect().filter(~Exists(told))


def hand_overs_of(certificates: Iterable[Certificate]) -> dict[UUID, HandOver]:
    """By certificate, who has it; those not given out are not in it."""
    rows = _standing_rows().filter(certificate__in=[one.pk for one in certificates])
    return {row.certificate_id: row.handover for row in rows.select_related("handover__institution")}


@transaction.atomic
def notify_collection(*, actor: Account, certificates: Collection[Certificate]) -> int:
    """Tell the holders, and once each institution that filed some of them, that certificates wait; returns how many.

    Who was told today is not told again. Raises `Refused` where one of them cannot be collected (any more).
    """
    rows = lock_certificates(certificates)
    gone = len(rows) - to_collect().filter(pk__in=[row.pk for row in rows]).count()
    if not rows or gone:
        sentence = (
            f"有 {gone} 张不在待领取的证书中：已作废、已换发、已领取，或者还没有印好。请刷新后重新选择。"
        )
        raise Refused(Finding("N2026-5", "not_to_collect", sentence if gone else "没有选择证书。"))
    now, today = clock.now(), clock.today()
    told_today = CollectionNotice.objects.filter(certificate__in=rows, sent_at__gte=clock.start_of(today))
    already = set(told_today.values_list("certificate", flat=True))
    notices = [
        CollectionNotice(id=uuid4(), certificate=row, sent_by=actor, sent_at=now)
        for row in rows
        if row.pk not in already
    ]
    CollectionNotice.objects.bulk_create(notices)
    for notice in notices:
        _tell(notice)
        trail.record(
            "certificates.collection_notified",
            actor=actor,
            subject=notice.certificate,
            person_id=notice.certificate.person_id,
        )
    _tell_institutions(notices)
    return len(notices)


def lock_certificates(certificates: Collection[Certificate]) -> list[Certificate]:
    """The certificates as they stand now, locked in the order of their keys."""
    rows = Certificate.objects.select_for_update().filter(pk__in=[one.pk for one in certificates])
    return list(rows.order_by("pk"))


def next_reception() -> str:
    """The counter's next day, as messages write it."""
    return day_text(next_counter_day().day, weekday=True)


def _tell(notice: CollectionNotice) -> None:
    application = notice.certificate.application
    tell(
        application,
        "certificate_ready",
        key=notice.pk,
        offering=str(application.offering),
        reception=next_reception(),
    )


def _tell_institutions(notices: list[CollectionNotice]) -> None:
    waiting: dict[Institution, list[CollectionNotice]] = {}
    for notice in notices:
        if (institution := notice.certificate.application.institution) is not None:
            waiting.setdefault(institution, []).append(notice)
    for institution, told in sorted(waiting.items(), key=lambda pair: str(pair[0].pk)):
        tell_institution(
            institution,
            "institution_certificates_ready",
            key=told[0].pk,
            persons=str(len(told)),
            reception=next_reception(),
        )

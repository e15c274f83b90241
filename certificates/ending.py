"""The end of a certificate: void, or replaced by another copy or one with a corrected name or document; by two people.

A replacement has a new number and keeps the first 发证日期; old and new name each other (docs/adr/0080).
"""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.models import DocumentClaim, Person
from applicants.records.own import refuse_own
from certificates.credentials import withdraw_credential
from certificates.face import CertificateFace
from certificates.issuing import write_certificate
from certificates.models import Certificate, Ending
from certificates.numbers import allocate_number
from exams.filing.models import Application
from exams.filing.telling import tell
from portal import clock
from portal.audit import trail
from portal.celery_app import nudge
from portal.rules.findings import Finding, Refused

BY_STAFF = (Ending.Kind.VOID, Ending.Kind.REISSUE, Ending.Kind.CORRECTION)
"""What staff may ask for; a decision on misconduct ends certificates by its effect."""


@transaction.atomic
def ask_ending(*, actor: Account, certificate: Certificate, kind: str, reason: str) -> Ending:
    """Ask for the end of a valid certificate; nothing changes until another person confirms it. Raises `Refused`."""
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明理由，持证人会看到。", field="reason"))
    if kind not in BY_STAFF:
        raise Refused(Finding("", "no_kind", "请选择办理的事项。", field="kind"))
    certificate = _lock(certificate)
    refuse_own(actor, [certificate.person_id], "own_certificate")
    if certificate.endings.filter(confirmed_at=None, dropped_at=None).exists():
        raise Refused(Finding("", "already_asked", "这张证书已有一项申请等待复核。"))
    if kind == Ending.Kind.CORRECTION:
        corrected_face(certificate)
    ending = Ending.objects.create(
        id=uuid4(),
        certificate=certificate,
        kind=kind,
        reason=reason.strip(),
        asked_by=actor,
        asked_at=clock.now(),
    )
    _note("certificates.ending_asked", ending, actor)
    return ending


@transaction.atomic
def drop_ending(*, actor: Account, ending: Ending) -> Ending:
    """Give the request up: the certificate stands as before."""
    _lock_person(ending.certificate)
    refuse_own(actor, [ending.certificate.person_id], "own_certificate")
    ending = _lock_open(ending)
    ending.dropped_at = clock.now()
    ending.save(update_fields=["dropped_at"])
    _note("certificates.ending_dropped", ending, actor)
    return ending


@transaction.atomic
def confirm_ending(*, actor: Account, ending: Ending) -> Certificate | None:
    """End the certificate as a second person; returns the replacement, None where it is void. Tells the holder.

    Raises `Refused`.
    """
    certificate = _lock(ending.certificate)
    refuse_own(actor, [certificate.person_id], "own_certificate")
    ending = _lock_open(ending)
    if ending.asked_by_id == actor.pk:
        raise Refused(Finding("", "second_person_needed", "须由提出人以外的另一位工作人员复核。"))
    now = clock.now()
    ending.confirmed_by, ending.confirmed_at = actor, now
    ending.save(update_fields=["confirmed_by", "confirmed_at"])
    if ending.kind == Ending.Kind.VOID:
        end_certificate(certificate, Certificate.State.VOID, ending.reason, now)
        tell_void(certificate, ending.reason, key=ending.pk)
        fresh = None
    else:
        fresh = _replace(actor, certificate, ending, now)
    _note("certificates.ending_confirmed", ending, actor)
    return fresh


def corrected_face(certificate: Certificate) -> CertificateFace:
    """The certificate's face with the name and document verified now. Raises `Refused` where nothing differs."""
    old = CertificateFace(**certificate.face)
    claim = DocumentClaim.objects.filter(
        person=certificate.person_id, state=DocumentClaim.State.VERIFIED
    ).first()
    if claim is None:
        raise Refused(Finding("", "no_document", "持证人目前没有核对过原件的证件，请先在窗口核对。"))
    face = replace(
        old, name=claim.name, document_kind=claim.get_kind_display(), document_number=str(claim.number)
    )
    if face == old:
        sentence = "证面上的姓名和证件与窗口核对的一致，没有需要更正的内容。请先更正并核对证件。"
        raise Refused(Finding("", "nothing_to_correct", sentence))
    return face


def end_certificate(certificate: Certificate, state: str, reason: str, now: datetime) -> None:
    """Mark a locked certificate as ended and take it out of its holder's record. In the caller's transaction."""
    certificate.state, certificate.ended_at, certificate.end_reason = state, now, reason
    certificate.leased_until = None
    certificate.save(update_fields=["state", "ended_at", "end_reason", "leased_until"])
    withdraw_credential(certificate)


def tell_void(certificate: Certificate, reason: str, *, key: object) -> None:
    """Tell the holder that the certificate is void."""
    tell(certificate.application, "certificate_void", key=key, certificate=certificate.number, reason=reason)


def _replace(actor: Account, certificate: Certificate, ending: Ending, now: datetime) -> Certificate:
    correction = ending.kind == Ending.Kind.CORRECTION
    face = corrected_face(certificate) if correction else CertificateFace(**certificate.face)
    end_certificate(certificate, Certificate.State.REPLACED, ending.reason, now)
    number = allocate_number(grade=certificate.offering.grade, on=clock.local_day(now))
    fresh = write_certificate(
        actor=actor,
        application=certificate.application,
        face=replace(face, number=number),
        photo=certificate.photo,
        passes=list(certificate.passes.all()),
        now=now,
        replaces=certificate,
    )
    tell(
        certificate.application,
        "certificate_replaced",
        key=fresh.pk,
        old=certificate.number,
        certificate=fresh.number,
    )
    transaction.on_commit(lambda: nudge("certificates.tasks.make_certificates"))
    return fresh


def _lock(certificate: Certificate) -> Certificate:
    """Person → Application → Certificate, and only a valid one."""
    _lock_person(certificate)
    fresh = (
        Certificate.objects.select_for_update(of=("self",))
        .select_related(
            "person", "application__person__account", "application__institution", "offering__occupation"
        )
        .get(pk=certificate.pk)
    )
    if fresh.state != Certificate.State.VALID:
        raise Refused(Finding("N2026-5", "ended", f"这张证书{fresh.get_state_display()}。"))
    return fresh


def _lock_person(certificate: Certificate) -> None:
    Person.objects.select_for_update().get(pk=certificate.person_id)
    Application.objects.select_for_update().get(pk=certificate.application_id)


def _lock_open(ending: Ending) -> Ending:
    ending = Ending.objects.select_for_update(of=("self",)).get(pk=ending.pk)
    if ending.confirmed_at is not None:
        raise Refused(Finding("", "already_confirmed", "这项申请已经复核。"))
    if ending.dropped_at is not None:
        raise Refused(Finding("", "dropped", "这项申请已经放弃，请重新提出。"))
    return ending


def _note(action: str, ending: Ending, actor: Account) -> None:
    trail.record(
        action,
        actor=actor,
        subject=ending,
        person_id=ending.certificate.person_id,
        detail={"certificate": ending.certificate.number, "kind": ending.kind},
        personal={"reason": ending.reason},
    )

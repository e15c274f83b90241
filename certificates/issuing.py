"""Issuing certificates in batches, by two people; whoever cannot be issued is set aside and blocks nobody (N2026-5)."""

import logging
from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import OperationalError, transaction

from applicants.accounts.models import Account
from applicants.records.models import Person
from applicants.records.own import refuse_own
from certificates.credentials import write_credential
from certificates.due import Standing, read_standings
from certificates.face import CertificateFace, digest_of, new_face
from certificates.models import Certificate, IssueBatch, SetAside
from certificates.numbers import allocate_number, lock_series
from exams.filing.models import Application
from exams.filing.numbers import draw_number
from exams.filing.telling import tell
from exams.passes.models import Pass
from portal import clock
from portal.audit import trail
from portal.celery_app import nudge
from portal.files.models import StoredFile
from portal.rules.findings import Finding, Refused

logger = logging.getLogger(__name__)

A_BATCH = 300
"""More people than one face-by-face look before signing can do justice to."""


@transaction.atomic
def propose_batch(*, actor: Account, applications: Collection[Application]) -> IssueBatch:
    """Propose certificates for these people; another person issues them.

    Those not due any more are left out with the reason. Raises `Refused` where nobody is due.
    """
    if not applications:
        raise Refused(Finding("", "nobody", "请先勾选要发证的人员。"))
    if len(applications) > A_BATCH:
        raise Refused(Finding("", "too_many", f"一批最多 {A_BATCH} 人，请分批提出。"))
    now = clock.now()
    locked = _lock([one.pk for one in applications])
    refuse_own(actor, [one.person_id for one in locked], "own_certificate")
    standings = read_standings(locked, clock.local_day(now))
    due = [row for row in standings if row.due]
    if not due:
        raise Refused(*(_of(row.application, row.findings) for row in standings))
    batch = IssueBatch.objects.create(
        id=uuid4(), number=f"Z{draw_number(now.year)}", proposed_by=actor, proposed_at=now
    )
    batch.applications.set([row.application for row in due])
    for row in standings:
        if not row.due:
            _set_aside(batch, row.application, _sentences(row.findings))
    trail.record(
        "certificates.batch_proposed",
        actor=actor,
        subject=batch,
        detail={"batch": batch.number, "people": len(due), "set_aside": len(standings) - len(due)},
    )
    return batch


@transaction.atomic
def drop_batch(*, actor: Account, batch: IssueBatch, reason: str) -> IssueBatch:
    """Give a batch up that was not issued: its people are due as before. Who did it and why stands in the trail.

    Raises `Refused`.
    """
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明理由。", field="reason"))
    batch = _lock_open(batch)
    batch.dropped_at = clock.now()
    batch.save(update_fields=["dropped_at"])
    trail.record(
        "certificates.batch_dropped",
        actor=actor,
        subject=batch,
        detail={"batch": batch.number, "reason": reason.strip()},
    )
    return batch


@transaction.atomic
def confirm_batch(*, actor: Account, batch: IssueBatch) -> IssueBatch:
    """Issue the batch as a second person: a number, a frozen face, a credential in the record and a message for each.

    Everybody is judged again. Who is not due, or cannot be issued, is set aside with the reason, without a gap in the
    numbers; the PDFs are made afterwards. Raises `Refused`.
    """
    applications = _lock(list(batch.applications.values_list("pk", flat=True)))
    batch = _lock_open(batch)
    refuse_own(actor, [one.person_id for one in applications], "own_certificate")
    if batch.proposed_by_id == actor.pk:
        raise Refused(Finding("", "second_person_needed", "证书须由提出人以外的另一位工作人员签发。"))
    now = clock.now()
    batch.confirmed_by, batch.confirmed_at, batch.issued_on = actor, now, clock.local_day(now)
    batch.save(update_fields=["confirmed_by", "confirmed_at", "issued_on"])
    standings, issued = read_standings(applications, batch.issued_on, batch=batch), 0
    for grade in sorted({standing.application.offering.grade for standing in standings if standing.due}):
        # Before the first number: two batches of several grades would wait for each other.
        lock_series(year=batch.issued_on.year, grade=grade)
    for standing in standings:
        reason = _issue(actor, standing, batch, now)
        if reason:
            _set_aside(batch, standing.application, reason)
        issued += not reason
    trail.record(
        "certificates.batch_issued",
        actor=actor,
        subject=batch,
        detail={"batch": batch.number, "issued": issued, "set_aside": len(applications) - issued},
    )
    transaction.on_commit(lambda: nudge("certificates.tasks.make_certificates"))
    return batch


def _issue(actor: Account, standing: Standing, batch: IssueBatch, now: datetime) -> str:
    """Issue one certificate; the reason why there is none, empty where there is."""
    if not standing.due:
        return _sentences(standing.findings)
    try:
        with transaction.atomic():
            _write_first(actor, standing, batch, now)
    except Refused as refused:
        return _sentences(refused.findings)
    except OperationalError:
        raise  # the database's trouble, nobody's own: the whole batch is tried again
    except Exception as error:
        logger.exception("certificate of application %s cannot be issued", standing.application.pk)
        return f"签发失败：{type(error).__name__}，请联系管理员。"
    return ""


def _write_first(actor: Account, standing: Standing, batch: IssueBatch, now: datetime) -> Certificate:
    application, claim, photo = standing.application, standing.document, standing.photo
    assert claim is not None, "who is due has a document"
    assert photo is not None, "who is due has a photo"
    offering, today = application.offering, clock.local_day(now)
    face = new_face(
        number=allocate_number(grade=offering.grade, on=today),
        issued_on=today.isoformat(),
        name=claim.name,
        document_kind=claim.get_kind_display(),
        document_number=str(claim.number),
        occupation=offering.occupation.name,
        grade=offering.grade,
        photo=photo.sha256,
    )
    certificate = write_certificate(
        actor=actor,
        application=application,
        face=face,
        photo=photo,
        passes=standing.passes,
        now=now,
        batch=batch,
    )
    tell(
        application,
        "certificate_issued",
        key=certificate.pk,
        certificate=certificate.number,
        offering=str(offering),
    )
    return certificate


def write_certificate(
    *,
    actor: Account,
    application: Application,
    face: CertificateFace,
    photo: StoredFile,
    passes: Sequence[Pass],
    now: datetime,
    batch: IssueBatch | None = None,
    replaces: Certificate | None = None,
) -> Certificate:
    """The row of a certificate whose face is settled, and its holder's credential. In the caller's transaction."""
    record = face.as_record()
    certificate = Certificate(
        id=uuid4(),
        number=face.number,
        person=application.person,
        offering=application.offering,
        application=application,
        batch=batch,
        issued_on=date.fromisoformat(face.issued_on),
        issued_at=now,
        face=record,
        face_digest=digest_of(record),
        photo=photo,
        replaces=replaces,
    )
    certificate.save(force_insert=True)
    certificate.passes.set(passes)
    write_credential(certificate)
    trail.record(
        "certificates.issued",
        actor=actor,
        subject=certificate,
        person_id=application.person_id,
        detail={
            "number": face.number,
            "application": application.number,
            "batch": batch.number if batch else None,
            "replaces": replaces.number if replaces else None,
        },
        personal={"name": face.name},
    )
    return certificate


def _lock(keys: Sequence[UUID]) -> list[Application]:
    """Person → Application, each in the order of their keys; the applications by number."""
    people = Application.objects.filter(pk__in=keys).values_list("person", flat=True)
    list(Person.objects.select_for_update().filter(pk__in=list(people)).order_by("pk"))
    list(Application.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
    return list(
        Application.objects.filter(pk__in=keys)
        .select_related("person__account", "person__photo__print_copy", "offering__occupation", "institution")
        .order_by("number")
    )


def _lock_open(batch: IssueBatch) -> IssueBatch:
    batch = IssueBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.confirmed_at is not None:
        raise Refused(Finding("", "batch_issued", "这一批已经签发。"))
    if batch.dropped_at is not None:
        raise Refused(Finding("", "batch_dropped", "这一批已经放弃，请重新提出。"))
    return batch


def _set_aside(batch: IssueBatch, application: Application, reason: str) -> None:
    SetAside.objects.create(batch=batch, application=application, reason=reason[:300])


def _sentences(findings: Sequence[Finding]) -> str:
    return "".join(finding.sentence for finding in findings)


def _of(application: Application, findings: Sequence[Finding]) -> Finding:
    sentence = f"{application.number} {application.person.name}：{_sentences(findings)}"
    return Finding("N2026-5", "not_due", sentence)

"""Every change a person makes to their own record: lock, check, change, audit."""

import hashlib
from datetime import date
from functools import partial
from typing import Any
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.identity.documents import IdentityDocument
from applicants.identity.masks import mask_number
from applicants.records.consents import DOCUMENT, PHOTO, ConsentText
from applicants.records.joining import adopt_person
from applicants.records.models import (
    Consent,
    Credential,
    DocumentClaim,
    Evidence,
    Job,
    Person,
    Photo,
    Schooling,
    Title,
    document_index,
)
from applicants.records.queries import has_agreed, issued_here, live_document
from portal import clock
from portal.audit.trail import record
from portal.files import store
from portal.files.intake import EvidenceResult, PhotoResult
from portal.rules.findings import Finding, Refused

Entry = Job | Credential | Title | Schooling

ENTRIES_A_KIND = 40
"""More than any life holds; a limit on what one form can be made to write."""


@transaction.atomic
def open_record(*, actor: Account) -> Person:
    """The actor's record, made where there is none yet; asking twice at once gives the same one.

    Whoever confirmed an institution's filing with this number before finds that as their record.
    """
    adopted = adopt_person(account=actor)
    if adopted is not None:
        return adopted
    person, made = Person.objects.get_or_create(
        account=actor, defaults={"name": actor.name, "created_at": clock.now()}
    )
    if made:
        record("records.open_record", actor=actor, subject=person, person_id=person.pk)
    return person


@transaction.atomic
def claim_document(
    *,
    actor: Account,
    person: Person,
    document: IdentityDocument,
    name: str,
    sex: str,
    birth_date: date,
) -> DocumentClaim:
    """Take down that this document is the person's; it binds once staff have seen the original.

    Another person may have claimed the same number: the answer is the same either way, and staff decide. A new
    number replaces the earlier claim. Raises Refused where the document was verified already: then only staff
    change it. Filing the same claim again changes nothing.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    index = document_index(document.kind, document.number)
    live = live_document(person)
    if live is not None and live.state == DocumentClaim.State.VERIFIED:
        sentence = "您的证件已在窗口核对过原件，不能自行修改。确需更正，请带证件原件到窗口办理。"
        raise Refused(Finding("N2026-6.1", "document_verified", sentence))
    give_consent(actor=actor, person=person, text=DOCUMENT)
    told = (person.name, person.sex, person.birth_date)
    if (
        live is not None
        and (live.number_index, live.name) == (index, name)
        and told == (name, sex, birth_date)
    ):
        return live
    if live is not None:
        live.state = DocumentClaim.State.REPLACED
        live.save(update_fields=["state"])
    claim = DocumentClaim(
        id=uuid4(),
        person=person,
        kind=document.kind,
        number=document.number,
        number_index=index,
        name=name,
        claimed_at=clock.now(),
    )
    claim.save(force_insert=True)
    person.name, person.sex, person.birth_date = name, sex, birth_date
    person.save(update_fields=["name", "sex", "birth_date"])
    record(
        "records.claim_document",
        actor=actor,
        subject=claim,
        person_id=person.pk,
        detail={"kind": document.kind, "replaced": str(live.pk) if live else None},
        personal={"name": name, "number": mask_number(document.number), "sex": sex, "birth_date": birth_date},
    )
    return claim


def add_photo(*, actor: Account, person: Person, checked: PhotoResult) -> Photo:
    """Keep a checked photo with its small copy. It becomes the person's photo by `use_photo`.

    Raises QuotaExceeded.
    """
    file = store.write(
        checked.photo, kind="photo", media_type="image/jpeg", display_name=checked.name, person_id=person.pk
    )
    small = store.write(
        checked.print_copy,
        kind="photo_print",
        media_type="image/jpeg",
        display_name=checked.name,
        person_id=person.pk,
    )
    with transaction.atomic():
        file.save(force_insert=True)
        small.save(force_insert=True)
        give_consent(actor=actor, person=person, text=PHOTO)
        photo = Photo.objects.create(
            id=uuid4(),
            person=person,
            file=file,
            print_copy=small,
            hints=list(checked.hints),
            added_at=clock.now(),
        )
        record(
            "records.add_photo",
            actor=actor,
            subject=photo,
            person_id=person.pk,
            detail={"width": checked.width, "height": checked.height},
        )
    return photo


@transaction.atomic
def use_photo(*, actor: Account, photo: Photo) -> None:
    """Make this one of the person's photos the one that counts."""
    person = Person.objects.select_for_update().get(pk=photo.person_id)
    if person.photo_id == photo.pk:
        return
    record(
        "records.use_photo",
        actor=actor,
        subject=photo,
        person_id=person.pk,
        detail={"before": str(person.photo_id) if person.photo_id else None},
    )
    person.photo = photo
    person.save(update_fields=["photo"])


@transaction.atomic
def state_education(*, actor: Account, person: Person, general_education: str) -> None:
    """Take down the person's general education (普通受教育程度, N2026-2.1)."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.general_education == general_education:
        return
    record(
        "records.state_education",
        actor=actor,
        subject=person,
        person_id=person.pk,
        detail={"before": person.general_education, "after": general_education},
    )
    person.general_education = general_education
    person.save(update_fields=["general_education"])


@transaction.atomic
def state_intention(*, actor: Account, person: Person, intends: bool) -> None:
    """Take down whether the person means to work in the occupation or a related one (TR2023-1.1)."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    if person.intends_to_work == intends:
        return
    record(
        "records.state_intention",
        actor=actor,
        subject=person,
        person_id=person.pk,
        detail={"intends_to_work": intends},
    )
    person.intends_to_work = intends
    person.save(update_fields=["intends_to_work"])


@transaction.atomic
def save_entry(*, actor: Account, entry: Entry, values: dict[str, Any]) -> None:
    """Write an entry of the record, new or changed. The page that asked made the new entry's key, so sending
    the same page twice writes one entry. `values`: the form's, already checked. Raises Refused where the record
    is full, and for a certificate of ours, also one that left the record: its key is not typed under.
    """
    Person.objects.select_for_update().get(pk=entry.person_id)
    rows = type(entry)._default_manager.all()
    before = rows.filter(pk=entry.pk).first()
    _refuse_issued(before or entry)
    if before is None and rows.filter(person=entry.person_id).count() >= ENTRIES_A_KIND:
        sentence = f"最多填写 {ENTRIES_A_KIND} 条，请先删除用不着的，再添加。"
        raise Refused(Finding("", "too_many_entries", sentence, need=ENTRIES_A_KIND))
    old = {name: getattr(before, name) for name in values} if before else {}
    if before is not None and old == values:
        return
    for name, value in values.items():
        setattr(entry, name, value)
    entry.added_at = before.added_at if before else clock.now()
    entry.save()
    record(
        "records.change_entry" if before else "records.add_entry",
        actor=actor,
        subject=entry,
        person_id=entry.person_id,
        detail={"fields": sorted(name for name in values if not before or old[name] != values[name])},
        personal={"before": old, "after": values},
    )


@transaction.atomic
def remove_entry(*, actor: Account, entry: Entry) -> None:
    """Take an entry out of the record with its evidence. What was submitted before stays as it was submitted.

    Raises Refused for a certificate of ours.
    """
    Person.objects.select_for_update().get(pk=entry.person_id)
    found = type(entry)._default_manager.filter(pk=entry.pk).first()
    if found is None:
        return
    _refuse_issued(found)
    files = list(found.evidence.filter(removed_at=None).select_related("file"))
    _take_out(files)
    record(
        "records.remove_entry",
        actor=actor,
        subject=found,
        person_id=found.person_id,
        detail={"evidence": len(files)},
        personal={"entry": str(found)},
    )
    found.delete()


def _refuse_issued(entry: Entry) -> None:
    if issued_here(entry):
        sentence = "这张证书由本会签发，签发时自动记入，不能自行修改或删除。内容有误的，请到窗口办理更正。"
        raise Refused(Finding("N2026-5", "issued_here", sentence))


def add_evidence(
    *, actor: Account, person: Person, code: str, checked: EvidenceResult, entry: Entry | None = None
) -> Evidence:
    """Keep a checked file as proof of an entry, or of the person where `entry` is None.

    The same file for the same entry again is not kept twice. Raises QuotaExceeded.
    """
    owner: dict[str, Any] = {str(entry._meta.model_name): entry} if entry is not None else {}
    known = _same_file(person, code, checked, owner)
    if known is not None:
        return known
    file = store.write(
        checked.data,
        kind="evidence",
        media_type=checked.media_type,
        display_name=checked.name,
        person_id=person.pk,
    )
    with transaction.atomic():
        file.save(force_insert=True)
        evidence = Evidence.objects.create(
            id=uuid4(), person=person, code=code, file=file, added_at=clock.now(), **owner
        )
        record(
            "records.add_evidence",
            actor=actor,
            subject=evidence,
            person_id=person.pk,
            detail={"code": code, "pages": checked.pages, "entry": str(entry.pk) if entry else None},
        )
    return evidence


@transaction.atomic
def remove_evidence(*, actor: Account, evidence: Evidence) -> None:
    """Take a file out of the record. Its bytes stay where a submission may rest on it; else they are deleted."""
    Person.objects.select_for_update().get(pk=evidence.person_id)
    found = Evidence.objects.filter(pk=evidence.pk, removed_at=None).select_related("file").first()
    if found is None:
        return
    _take_out([found])
    record(
        "records.remove_evidence",
        actor=actor,
        subject=found,
        person_id=found.person_id,
        detail={"code": found.code},
    )


def _take_out(files: list[Evidence]) -> None:
    for evidence in files:
        evidence.removed_at = clock.now()
        evidence.save(update_fields=["removed_at"])
        # Applications stand to the right of this app: read through the relation, their code is not imported.
        resting = evidence.person.applications.filter(submitted_at__gte=evidence.added_at)
        if not resting.exists():
            transaction.on_commit(partial(store.discard, evidence.file))


def _same_file(person: Person, code: str, checked: EvidenceResult, owner: dict[str, Any]) -> Evidence | None:
    digest = hashlib.sha256(checked.data).hexdigest()
    own = person.evidence.filter(institution=None, removed_at=None)
    return own.filter(code=code, file__sha256=digest, **owner).first()


def give_consent(*, actor: Account | None, person: Person, text: ConsentText) -> None:
    """Take down that the person agrees to this text; once for each version. `actor`: None without an account."""
    if has_agreed(person, text):
        return
    consent = Consent.objects.create(
        id=uuid4(), account=actor, person=person, about=text.about, version=text.version, at=clock.now()
    )
    record(
        "records.give_consent",
        actor=actor,
        subject=consent,
        person_id=person.pk,
        detail={"about": text.about, "version": text.version},
    )

"""Whose record somebody named in an institution's filing is: joined by document and by the phone they confirmed with.

Joining reads records and opens new ones; what stands in somebody's own record is never overwritten by a filing
(docs/adr/0064). Nothing tells the institution, or whoever holds the phone, what was found.
"""

from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from applicants.accounts.models import Account, phone_index
from applicants.identity.documents import IdentityDocument
from applicants.identity.masks import mask_number
from applicants.records.models import Consent, DocumentClaim, Person, document_index
from portal import clock
from portal.audit import trail

State = DocumentClaim.State
LIVE_STATES = (State.CLAIMED, State.VERIFIED)


@dataclass(frozen=True)
class Told:
    """What somebody confirmed of themselves: `document` and `phone` (E.164) in their normal form."""

    document: IdentityDocument
    name: str
    sex: str
    birth_date: date
    general_education: str
    phone: str


@transaction.atomic
def join_person(*, told: Told, known: Person | None = None) -> Person:
    """The person these confirmed words are about, locked; a new one where nobody is found.

    In this order: who uses the document and holds the phone; `known`, whom an earlier confirmation of the same row made
    and who is nowhere else; the owner of the account with this phone, of the same name and without a document yet; a
    new person. Somebody else's use of the same document stays as it is: the counter finds both claims and decides.
    """
    index = document_index(told.document.kind, told.document.number)
    holder = _holder(index, told.phone)
    if holder is not None:
        _follow(holder, told, index)
        return _joined(holder, "holder")
    account = _account(told)
    if known is not None and (known.account_id, known.erased_at) == (None, None):
        person = correct_person(person=known, told=told)
        adopted = adopt_person(account=account) if account else None
        return _joined(adopted or person, "known")
    if account is not None:
        person = _of_account(account)
        if not person.documents.filter(state__in=LIVE_STATES).exists():
            _fill(person, told)
            _claim(person, told, index)
            return _joined(person, "account")
    person = Person(id=uuid4(), name=told.name, created_at=clock.now())
    person.phone, person.phone_index = told.phone, phone_index(told.phone)
    _fill(person, told)
    person.save(force_insert=True)
    _claim(person, told, index)
    return _joined(person, "new")


@transaction.atomic
def correct_person(*, person: Person, told: Told) -> Person:
    """The person, locked, after confirming corrected words: where they have no account and staff did not see their
    document yet, the record follows.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    _follow(person, told, document_index(told.document.kind, told.document.number))
    return person


@transaction.atomic
def adopt_person(*, account: Account) -> Person | None:
    """Give the account the person who confirmed a filing with its number under its name, before there was an account.

    Only where there is exactly one such person, and where the account has no record or an empty one. The number must be
    proven. None where nobody is adopted.
    """
    if not account.phone_verified or account.phone_index is None:
        return None
    waiting = Person.objects.select_for_update().filter(
        account=None, erased_at=None, phone_index=account.phone_index, name=account.name
    )
    found = list(waiting[:2])
    own = Person.objects.select_for_update().filter(account=account).first()
    if len(found) != 1 or (own is not None and not _is_empty(own)):
        return None
    (person,) = found
    if own is not None:
        Consent.objects.filter(person=own).update(person=person)
        trail.erase_person(own.pk)
        own.delete()
    person.account, person.phone, person.phone_index = account, None, ""
    person.save(update_fields=["account", "phone", "phone_index"])
    trail.record("records.adopt_person", actor=account, subject=person, person_id=person.pk)
    return person


def _account(told: Told) -> Account | None:
    """The account that logs in with the phone under the same name. A clerk's number is no student's account."""
    account = Account.objects.by_phone(told.phone)
    return account if account and account.phone_verified and account.name == told.name else None


def _holder(index: str, phone: str) -> Person | None:
    """Who uses the document and holds the phone: by their account, or without one by an earlier confirmation."""
    phone = phone_index(phone)
    by_phone = Q(account__phone_index=phone, account__phone_verified=True) | Q(
        account=None, phone_index=phone
    )
    claim = Q(documents__number_index=index, documents__state__in=LIVE_STATES)
    found = Person.objects.filter(claim, by_phone).values_list("pk", flat=True).first()
    return Person.objects.select_for_update().get(pk=found) if found else None


def _of_account(account: Account) -> Person:
    """The account's person, locked; opened where the account has none."""
    Person.objects.get_or_create(account=account, defaults={"name": account.name, "created_at": clock.now()})
    return Person.objects.select_for_update().get(account=account)


def _follow(person: Person, told: Told, index: str) -> None:
    """Somebody without an account has no words but the confirmed ones: the latest count, until staff saw the document."""
    if person.account_id is not None:
        return
    live = person.documents.filter(state__in=LIVE_STATES).first()
    if live is not None and live.state == State.VERIFIED:
        return
    person.name, person.sex, person.birth_date = told.name, told.sex, told.birth_date
    person.general_education = told.general_education
    person.phone, person.phone_index = told.phone, phone_index(told.phone)
    person.save(update_fields=["name", "sex", "birth_date", "general_education", "phone", "phone_index"])
    if live is not None and (live.number_index, live.name) == (index, told.name):
        return
    if live is not None:
        live.state = State.REPLACED
        live.save(update_fields=["state"])
    _claim(person, told, index)


def _fill(person: Person, told: Told) -> None:
    """What the person has not said yet; what they have stays."""
    person.sex = person.sex or told.sex
    person.birth_date = person.birth_date or told.birth_date
    person.general_education = person.general_education or told.general_education
    if not person._state.adding:
        person.save(update_fields=["sex", "birth_date", "general_education"])


def _claim(person: Person, told: Told, index: str) -> None:
    claim = DocumentClaim.objects.create(
        id=uuid4(),
        person=person,
        kind=told.document.kind,
        number=told.document.number,
        number_index=index,
        name=told.name,
        claimed_at=clock.now(),
    )
    trail.record(
        "records.claim_document",
        actor=person.account,
        subject=claim,
        person_id=person.pk,
        detail={"kind": claim.kind},
        personal={"name": told.name, "number": mask_number(told.document.number)},
    )


def _joined(person: Person, by: str) -> Person:
    trail.record(
        "records.join_person", actor=person.account, subject=person, person_id=person.pk, detail={"by": by}
    )
    return person


def _is_empty(person: Person) -> bool:
    """Nothing but consents rests on this record: it was opened by the sign-up and not filled in."""
    return not any(
        relation.related_model._base_manager.filter(**{relation.field.name: person}).exists()
        for relation in Person._meta.related_objects
        if relation.related_model is not Consent
    )

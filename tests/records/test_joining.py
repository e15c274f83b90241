"""Whose record somebody filed by an institution is: document and phone decide, nobody's record is overwritten."""

from dataclasses import replace
from datetime import date

import pytest

from applicants.accounts.actions import confirm_phone, open_account
from applicants.accounts.models import Account, phone_index
from applicants.identity.documents import DocumentKind, IdentityDocument
from applicants.records.access import own_person
from applicants.records.actions import open_record
from applicants.records.claims import claims_in_conflict, resolve_claim_conflict
from applicants.records.joining import Told, adopt_person, correct_person, join_person
from applicants.records.models import DocumentClaim, Job, Person
from portal import clock
from portal.messages.models import Message
from tests.factories import make_account, make_person, make_staff, resident_id

pytestmark = pytest.mark.django_db

BORN = date(1988, 6, 1)
PHONE = "+8613900001111"


def told(name: str = "王秀英", *, number: str = "", phone: str = PHONE) -> Told:
    document = IdentityDocument(DocumentKind.RESIDENT_ID, number or resident_id(BORN))
    return Told(document, name, "female", BORN, "senior_high", phone)


def facts(person: Person) -> tuple:
    person.refresh_from_db()
    claims = sorted(person.documents.values_list("number_index", "name", "state"))
    return person.name, person.sex, person.birth_date, person.general_education, person.account_id, claims


def test_nobody_has_the_document_so_a_person_without_account_is_opened() -> None:
    words = told()
    person = join_person(told=words)
    assert facts(person)[:5] == ("王秀英", "female", BORN, "senior_high", None)
    assert (person.phone, person.phone_index) == (PHONE, phone_index(PHONE))
    claim = person.documents.get()
    assert (claim.state, claim.number, claim.name) == ("claimed", words.document.number, "王秀英")


def test_document_and_phone_of_an_account_join_that_person_and_change_nothing() -> None:
    owner = make_person("王秀瑛", education="bachelor")
    before = facts(owner)
    words = told(number=str(owner.documents.get().number), phone=str(owner.account.phone))
    assert join_person(told=words) == owner
    assert facts(owner) == before
    assert Person.objects.count() == 1


@pytest.mark.parametrize("verified", [True, False])
def test_the_document_with_another_phone_is_another_claim_for_the_counter(verified: bool) -> None:
    owner = make_person("王秀英", verified=verified)
    before = facts(owner)
    person = join_person(told=told(number=str(owner.documents.get().number)))
    assert person != owner
    assert facts(owner) == before
    assert {claim.person for claim in claims_in_conflict()} == {owner, person}


def test_an_account_without_a_document_gets_the_claim_and_keeps_its_words() -> None:
    account = make_account("王秀英", phone=PHONE)
    own = open_record(actor=account)
    Person.objects.filter(pk=own.pk).update(general_education="bachelor")
    assert join_person(told=told()) == own
    assert facts(own)[:4] == ("王秀英", "female", BORN, "bachelor")
    assert own.documents.get().state == "claimed"


def test_an_account_without_a_record_gets_one() -> None:
    account = make_account("王秀英", phone=PHONE)
    assert join_person(told=told()).account == account


def test_an_account_that_uses_another_document_is_not_touched() -> None:
    owner = make_person("王秀英")
    before = facts(owner)
    person = join_person(told=told(phone=str(owner.account.phone)))
    assert person != owner
    assert person.account is None
    assert facts(owner) == before


def test_a_clerks_number_makes_each_student_a_person_of_their_own() -> None:
    clerk = make_account("林晓", phone=PHONE)
    people = {join_person(told=told(name)).pk for name in ("王秀英", "赵国强", "孙丽")}
    assert len(people) == 3
    assert not Person.objects.filter(account=clerk).exists()


def test_the_same_person_filed_again_is_the_same_person() -> None:
    words = told()
    assert join_person(told=words) == join_person(told=words)


def test_a_number_that_was_not_proven_opens_no_door() -> None:
    stranger = open_account(name="王秀英", phone=PHONE, password="白鹭洲上-2026")
    person = join_person(told=told())
    assert person.account is None
    assert not Person.objects.get(account=stranger).documents.exists()


def test_corrected_words_correct_somebody_without_an_account() -> None:
    words = told("王秀瑛")
    person = join_person(told=words)
    right = replace(
        words, name="王秀英", document=IdentityDocument(DocumentKind.RESIDENT_ID, resident_id(BORN))
    )
    assert join_person(told=right, known=person) == person
    person.refresh_from_db()
    assert person.name == "王秀英"
    states = dict(person.documents.values_list("name", "state"))
    assert states == {"王秀瑛": "replaced", "王秀英": "claimed"}


def test_corrected_words_leave_a_verified_document_alone() -> None:
    words = told()
    person = join_person(told=words)
    staff = make_staff()
    person.documents.update(state=DocumentClaim.State.VERIFIED, decided_by=staff, decided_at=clock.now())
    before = facts(person)
    assert correct_person(person=person, told=replace(words, name="别人")) == person
    assert facts(person) == before


def sign_up(name: str = "王秀英") -> Account:
    account = open_account(name=name, phone=PHONE, password="白鹭洲上-2026")
    confirm_phone(account=account, phone=PHONE)
    return account


def test_who_signs_up_later_finds_what_was_filed_for_them() -> None:
    person = join_person(told=told())
    account = sign_up()
    assert own_person(account) == person
    assert Person.objects.count() == 1
    person.refresh_from_db()
    assert (person.phone, person.phone_index) == (None, "")
    assert person.consents.filter(about="phone").exists()


def test_before_the_number_is_proven_nothing_is_found() -> None:
    person = join_person(told=told())
    account = open_account(name="王秀英", phone=PHONE, password="白鹭洲上-2026")
    assert own_person(account) != person


def test_another_name_finds_nothing() -> None:
    join_person(told=told())
    assert not own_person(sign_up("林晓")).documents.exists()


def test_two_of_one_name_and_number_are_left_to_the_counter() -> None:
    join_person(told=told())
    join_person(told=told())
    assert not own_person(sign_up()).documents.exists()


def test_a_record_with_something_in_it_is_not_replaced() -> None:
    account = make_account("王秀英", phone=PHONE)
    own = open_record(actor=account)
    Job.objects.create(
        person=own,
        occupation_code="4-14-01-04",
        employer="长宁区新华街道社区卫生服务中心",
        position="社群健康助理",
        relation="same",
        started_on=date(2014, 9, 1),
        added_at=clock.now(),
    )
    Person.objects.create(name="王秀英", phone=PHONE, phone_index=phone_index(PHONE), created_at=clock.now())
    assert adopt_person(account=account) is None
    assert own_person(account) == own


def test_whose_claim_ends_is_told_without_an_account_too() -> None:
    owner = make_person("王秀英", verified=False)
    person = join_person(told=told(number=str(owner.documents.get().number)))
    resolve_claim_conflict(actor=make_staff(), claim=owner.documents.get(), reason="原件在手")
    message = Message.objects.get(event="claim_conflict")
    assert (message.address, message.account) == (PHONE, None)
    assert person.documents.get().state == "refused"

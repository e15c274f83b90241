"""Who was filed by an institution can see what it wrote of them, and leave; what was handed in stays."""

import json
from uuid import uuid4

import pytest

from applicants.accounts import leaving
from applicants.accounts.export import person_data
from applicants.records.joining import adopt_person
from applicants.records.models import Evidence, Person, Photo
from exams.filing.groups.models import Clash, Confirmation, RosterEntry, RosterFile
from exams.filing.groups.queries import entries_of
from exams.filing.models import Application, Status
from portal import clock
from portal.files import store
from portal.rules.findings import Refused
from tests.factories import load_catalogue, make_account, make_application, make_institution, make_member
from tests.groups.factories import make_entry, make_filing, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(db):
    load_catalogue()
    return make_filing(make_member(make_institution()))


def with_account(entry: RosterEntry) -> Person:
    """The entry's person with an account of the same name."""
    person = entry.person
    person.account, person.phone = make_account(person.name), None
    person.save()
    return person


def add_scan(entry: RosterEntry) -> RosterFile:
    file = store.keep(b"%PDF", kind="evidence", media_type="application/pdf", display_name="毕业证书.pdf")
    return RosterFile.objects.create(
        entry=entry, code="diploma", file=file, added_by=entry.filing.opened_by, added_at=clock.now()
    )


def test_the_export_tells_what_was_filled_in_and_answered(filing) -> None:
    entry = make_entry(filing, stage="ready")
    add_scan(entry)
    (told,) = person_data(with_account(entry))["团体申报"]
    assert (told["团体申报号"], told["机构"]) == (filing.number, filing.institution.name)
    assert told["填报内容"]["record"]["identity"]["name"] == "王秀英"
    assert told["机构上传的材料"][0]["类别"] == "毕业证书"
    assert told["本人确认"][0]["手机号"] == "+8613900000001"
    assert told["本人确认"][0]["承诺书版本"] == "2026.1"
    assert "i1:" not in json.dumps(told, ensure_ascii=False)


def test_an_answer_to_what_was_not_handed_in_is_taken_back(filing) -> None:
    entry = make_entry(filing, stage="ready")
    person = with_account(entry)
    scan, portrait = add_scan(entry), entry.portrait
    leaving.delete_account(actor=person.account)
    assert not Person.objects.filter(pk=person.pk).exists()
    assert not Confirmation.objects.exists()
    assert entries_of(filing).get().stage == "confirm"
    assert store.read(scan.file)
    assert store.read(portrait)


def test_a_draft_that_waited_for_the_person_goes_with_them(
    filing, django_capture_on_commit_callbacks
) -> None:
    entry = make_entry(filing, stage="ready")
    person, scan = with_account(entry), add_scan(entry)
    application = make_application(person, status=Status.DRAFT, institution=filing.institution)
    photo = Photo.objects.create(
        id=uuid4(),
        person=person,
        file=entry.portrait,
        print_copy=entry.portrait_print,
        institution=filing.institution,
        added_at=clock.now(),
    )
    Evidence.objects.create(
        pk=scan.pk,
        person=person,
        code="diploma",
        file=scan.file,
        institution=filing.institution,
        added_at=clock.now(),
    )
    entry.application, entry.photo = application, photo
    entry.save()
    with django_capture_on_commit_callbacks(execute=True):
        leaving.delete_account(actor=person.account)
    assert not Application.objects.exists()
    assert store.read(scan.file)
    entry.refresh_from_db()
    assert store.read(entry.portrait)


def test_what_was_handed_in_stays_without_account_and_phone(filing) -> None:
    entry = make_entry(filing, stage="ready")
    application = submit(entry)
    person = with_account(entry)
    application.concluded_at = clock.now()
    application.save()
    assert any("您的确认和承诺" in sentence for sentence in leaving.kept(person.account))
    leaving.delete_account(actor=person.account)
    kept = Person.objects.get(pk=person.pk)
    assert (kept.account, kept.phone, kept.phone_index) == (None, None, "")
    link = Confirmation.objects.get()
    assert link.phone == ""
    assert link.undertaking_version == "2026.1"


def test_nobody_leaves_while_they_are_being_filed_or_a_clash_is_open(filing) -> None:
    entry = make_entry(filing, stage="ready")
    person = with_account(entry)
    other = make_application(person, status=Status.SUBMITTED)
    Clash.objects.create(id=uuid4(), entry=entry, other=other, found_at=clock.now())
    submit(make_entry(filing, "赵国强", stage="ready"))
    act = filing.submissions.get()
    act.filed_at = None
    act.save()
    entry.submission = act
    entry.save()
    with pytest.raises(Refused, match=r"正在提交您的申报.*两份同项目的申报"):
        leaving.delete_account(actor=person.account)


def test_an_erased_person_is_adopted_by_nobody(filing) -> None:
    entry = make_entry(filing, stage="ready")
    account = make_account("王秀英", phone="+8613900000001")
    people = Person.objects.filter(pk=entry.person.pk)
    people.update(phone_index=account.phone_index, erased_at=clock.now())
    assert adopt_person(account=account) is None
    people.update(erased_at=None)
    assert adopt_person(account=account) == entry.person

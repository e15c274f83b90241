"""People can see, take and delete their data, with the legal holds explained."""

import io
import json
import zipfile

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from applicants.accounts import leaving
from applicants.accounts.export import person_data
from applicants.accounts.models import Account
from applicants.records.models import Evidence, Person
from exams.filing.models import Application, Status
from portal import clock
from portal.audit import trail
from portal.audit.models import AccessEntry, AuditEntry
from portal.files import store
from portal.files.models import StoredFile
from portal.rules.findings import Refused
from tests.accounts.helpers import log_in
from tests.factories import PASSWORD, make_application, make_institution, make_member, make_person, make_staff

pytestmark = pytest.mark.django_db
BYTES = b"a proof of employment"


@pytest.fixture
def person() -> Person:
    person = make_person("陈志远")
    file = store.keep(
        BYTES, kind="evidence", media_type="application/pdf", display_name="工作证明.pdf", person_id=person.pk
    )
    Evidence.objects.create(person=person, code="work_years", file=file, added_at=clock.now())
    return person


@pytest.fixture
def owner(client: Client, person) -> Client:
    """Logged in, and confirmed as the owner a moment ago."""
    log_in(client, person.account.phone, PASSWORD)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_the_export_holds_everything_in_words(person) -> None:
    application = make_application(person)
    trail.record("open_record", actor=person.account, subject=person, person_id=person.pk)
    trail.record_access("unmask", actor=None, subject=person, person_id=person.pk, reason="电话核实")
    data = person_data(person)
    assert data["基本信息"]["姓名"] == "陈志远"
    assert data["账号"]["手机号"] == person.account.phone
    assert data["身份证件"][0]["证件号码"] == person.documents.get().number
    assert data["工作经历"][0]["证明人电话"] == "+8613900000000"
    assert data["申报"][0]["申报号"] == application.number
    assert data["申报"][0]["状态"] == "审核通过"
    assert data["查看和下载记录"][0]["理由"] == "电话核实"
    assert data["操作记录"]
    text = json.dumps(data, ensure_ascii=False)
    assert "password" not in text
    assert person.account.password not in text
    assert "i1:" not in text


def test_the_archive_holds_the_files_as_they_were_handed_in(owner: Client, person) -> None:
    answer = owner.post(reverse("account_export"), {"form": "zip"})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.read("文件/01-工作证明.pdf") == BYTES
    assert json.loads(archive.read("资料.json"))["基本信息"]["姓名"] == "陈志远"
    assert AccessEntry.objects.filter(kind="export", person_id=str(person.pk)).count() == 1


def test_the_text_alone(owner: Client) -> None:
    answer = owner.post(reverse("account_export"), {"form": "json"})
    assert answer.json()["基本信息"]["姓名"] == "陈志远"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("page", ["account_export", "account_delete"])
def test_the_owner_is_asked_again_first(client: Client, person, page: str) -> None:
    log_in(client, person.account.phone, PASSWORD)
    for answer in (client.get(reverse(page)), client.post(reverse(page), {"form": "json", "sure": "on"})):
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert Account.objects.get(pk=person.account.pk).phone


def test_without_applications_nothing_of_the_person_is_left(
    owner: Client, person, django_capture_on_commit_callbacks
) -> None:
    account, phone = person.account, person.account.phone
    file = StoredFile.objects.get(person_id=person.pk)
    entry = trail.record(
        "open_record", actor=account, subject=person, person_id=person.pk, personal={"name": "陈志远"}
    )
    with django_capture_on_commit_callbacks(execute=True):
        answer = owner.post(reverse("account_delete"), {"sure": "on"}, follow=True)
    assert "账号已删除" in answer.content.decode()
    assert not Person.objects.filter(pk=person.pk).exists()
    assert Account.objects.by_phone(phone) is None
    account.refresh_from_db()
    assert (account.name, account.phone, account.is_active) == ("已注销", None, False)
    assert not (settings.FILES_DIR / file.path).exists()
    assert trail.read_personal(entry) is None
    trail.seal()
    assert trail.verify() == []
    assert owner.get(reverse("account_security")).status_code == 302
    assert "不正确" in log_in(Client(), phone, PASSWORD).content.decode()


@pytest.mark.parametrize("status", [Status.SUBMITTED, Status.RETURNED, Status.APPROVED])
def test_a_live_application_stands_in_the_way(owner: Client, person, status: str) -> None:
    application = make_application(person, status=status)
    answer = owner.post(reverse("account_delete"), {"sure": "on"})
    assert application.number in answer.content.decode()
    with pytest.raises(Refused, match="还在办理中"):
        leaving.delete_account(actor=person.account)
    assert Account.objects.by_phone(person.account.phone)


def test_what_the_law_keeps_is_said_and_stays_without_an_account(owner: Client, person) -> None:
    application = make_application(person)
    Application.objects.update(concluded_at=clock.now())
    assert "须留存备查" in owner.get(reverse("account_delete")).content.decode()
    owner.post(reverse("account_delete"), {"sure": "on"})
    application.refresh_from_db()
    kept = Person.objects.get(pk=person.pk)
    assert (kept.account, kept.name) == (None, "陈志远")
    assert kept.erased_at
    assert AuditEntry.objects.filter(action="delete_account").exists()


def test_a_draft_goes_with_the_account(owner: Client, person) -> None:
    make_application(person, status=Status.DRAFT)
    owner.post(reverse("account_delete"), {"sure": "on"})
    assert not Application.objects.exists()
    assert not Person.objects.filter(pk=person.pk).exists()


def test_without_the_tick_nothing_happens(owner: Client, person) -> None:
    answer = owner.post(reverse("account_delete"), {})
    assert "请勾选，确认您知道删除后无法恢复" in answer.content.decode()
    assert Account.objects.by_phone(person.account.phone)


def test_staff_and_members_are_not_deleted_by_themselves() -> None:
    for account in (make_staff(), make_member(make_institution()).account):
        with pytest.raises(Refused, match="由管理员停用"):
            leaving.delete_account(actor=account)

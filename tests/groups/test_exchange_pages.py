"""The exchange's pages: the institution's and the counter's, from the workbook to the answers at each person."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.filing.groups.exchange import workbooks as exchange
from exams.filing.groups.exchange.mappings import ensure_mappings
from exams.filing.groups.models import ColumnMapping, GroupSubmission, RosterUpload
from exams.filing.groups.rosters import uploads as rosters
from portal import clock
from portal.audit.models import AccessEntry
from portal.files import store
from tests.counter.test_lists import assert_clean
from tests.factories import make_institution, make_member, make_staff
from tests.groups.factories import make_entry, make_filing
from tests.groups.test_exchange import HEADINGS, number, rows_of, sheet, table

pytestmark = pytest.mark.django_db
NAMES = ("王秀英", "赵国强", "孙丽")


@pytest.fixture(autouse=True)
def no_second_factor(settings) -> None:
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture
def filing(db):
    ensure_mappings()
    return make_filing()


@pytest.fixture
def people(filing):
    return [make_entry(filing, name, stage="approved") for name in NAMES]


def client_of(account) -> Client:
    client = Client()
    client.force_login(account)
    return client


@pytest.fixture
def office(filing):
    """The institution's filer."""
    return client_of(filing.opened_by)


@pytest.fixture
def desk():
    return client_of(make_staff("周敏"))


def at(name: str, *args) -> str:
    return reverse(name, args=args)


def text_of(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    assert_clean(answer.content.decode(), address)
    return answer.content.decode()


def saved(answer) -> bytes:
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "no-store" in answer["Cache-Control"]
    return answer.content


def posted(client: Client, address: str, *rows: list[str]):
    file = SimpleUploadedFile("回执.xlsx", sheet(HEADINGS, *rows))
    answer = client.post(address, {"file": file})
    rosters.work_on_uploads(seconds=60)
    return answer


def test_the_way_of_the_institution_from_the_workbook_to_the_answers(office, filing, people) -> None:
    make_entry(filing, "李四", stage="submitted")
    home = at("groups:exchange", filing.pk)
    assert home in text_of(office, at("groups:filing", filing.pk))
    page = text_of(office, home)
    assert "<strong>3 人</strong>已经审核通过" in page
    assert "另外 1 人" in page
    head, *rows = table(saved(office.get(at("groups:export", filing.pk, "self_service"))))
    assert {row[head.index("姓名")] for row in rows} == set(NAMES)
    with zipfile.ZipFile(io.BytesIO(saved(office.get(at("groups:export-photos", filing.pk, 1))))) as photos:
        assert set(photos.namelist()) == {row[head.index("照片文件名")] for row in rows}
        assert photos.read(photos.namelist()[0]) == store.read(people[0].portrait)
    stranger = ["9", "李四", "310105199001019999", "通过", "", "", "", ""]
    answer = posted(office, at("groups:upload-replies", filing.pk), *rows_of(people, "准予受理"), stranger)
    upload = RosterUpload.objects.get()
    assert answer["Location"] == at("groups:upload", upload.pk)
    report = text_of(office, answer["Location"])
    assert "第 5 行 李四" in report
    assert "310105199001019999" not in report
    page = text_of(office, home)
    assert "3 人有回执" in page
    assert page.count("准予受理") == 3
    person = text_of(office, at("groups:person", people[0].pk))
    assert "市自助经办系统的回执" in person
    assert "SH00001" in person


def test_a_later_submission_can_be_exported_by_itself(office, filing, people) -> None:
    assert "只含第" not in text_of(office, at("groups:exchange", filing.pk))
    later = GroupSubmission.objects.create(
        filing=filing,
        serial=2,
        at=clock.now(),
        by=filing.opened_by,
        persons=1,
        totals=[],
        filed_at=clock.now(),
    )
    people[2].submission = later
    people[2].save()
    assert "只含第 2 次提交" in text_of(office, at("groups:exchange", filing.pk))
    address = at("groups:export", filing.pk, "self_service")
    head, *rows = table(saved(office.get(address + "?act=2")))
    assert [row[head.index("姓名")] for row in rows] == ["孙丽"]
    assert office.get(address + "?act=3").status_code == 404
    assert office.get(address + "?act=x").status_code == 404


def test_nobody_else_comes_near(filing, people) -> None:
    addresses = [
        at("groups:exchange", filing.pk),
        at("groups:export", filing.pk, "self_service"),
        at("groups:export-photos", filing.pk, 1),
        at("groups:upload-replies", filing.pk),
    ]
    other = client_of(make_member(make_institution("上海市静安区另一所学校"), "reviewer").account)
    viewer = client_of(make_member(filing.institution, "viewer").account)
    assert [other.get(address).status_code for address in addresses] == [404] * 4
    assert [viewer.get(address).status_code for address in addresses] == [200, 403, 403, 403]
    assert ".xlsx" not in viewer.get(addresses[0]).content.decode()


def test_a_mapping_for_answers_is_no_workbook(office, filing, people) -> None:
    assert office.get(at("groups:export", filing.pk, "self_service_replies")).status_code == 404
    assert office.get(at("groups:export", filing.pk, "nowhere")).status_code == 404
    assert office.get(at("groups:export-photos", filing.pk, 0)).status_code == 302
    assert office.get(at("groups:export-photos", filing.pk, 2)).status_code == 302


def test_photos_come_in_parts(office, filing, people, monkeypatch) -> None:
    monkeypatch.setattr(exchange, "PHOTOS_A_PART", 2)
    assert "第 2 包" in text_of(office, at("groups:exchange", filing.pk))
    names = []
    for part in (1, 2):
        data = saved(office.get(at("groups:export-photos", filing.pk, part)))
        names += zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert len(set(names)) == 3


def test_a_file_that_is_no_answer_is_said_on_its_page(office, filing, people) -> None:
    file = SimpleUploadedFile("回执.xlsx", b"<html>no sheet</html>")
    answer = office.post(at("groups:upload-replies", filing.pk), {"file": file})
    rosters.work_on_uploads(seconds=60)
    page = text_of(office, answer["Location"])
    assert "这个文件不能使用" in page
    assert at("groups:upload-replies", filing.pk) in page


def test_the_counter_exports_imports_and_sees_answers(desk, filing, people) -> None:
    home = at("admin:exchange_filing", filing.pk)
    assert home in text_of(desk, at("admin:exams_groupfiling_change", filing.pk))
    assert home in text_of(desk, at("admin:exams_groupsubmission_change", filing.submissions.get().pk))
    text_of(desk, home)
    assert not AccessEntry.objects.filter(kind="view_replies").exists()
    assert len(table(saved(desk.get(at("admin:export_filing", filing.pk, "self_service"))))) == 4
    saved(desk.get(at("admin:export_photos", filing.pk, 1)))
    stranger = ["9", "李四", "310105199001019999", "通过", "", "", "", ""]
    assert posted(desk, home, *rows_of(people, "准予受理"), stranger)["Location"] == home
    page = text_of(desk, home)
    assert page.count("准予受理") == 6, "in the list, and in each whole row"
    assert not [one for one in people if number(one) in page]
    assert AccessEntry.objects.filter(kind="view_replies").count() == 1
    assert "第 5 行 李四" in text_of(desk, at("admin:reply_misfits", RosterUpload.objects.get().pk))
    assert desk.get(at("admin:export_filing", filing.pk, "nowhere")).status_code == 404


def test_the_counter_watches_a_file_in_work(desk, filing, people) -> None:
    home = at("admin:exchange_filing", filing.pk)
    assert "Refresh" not in desk.get(home)
    desk.post(home, {"file": SimpleUploadedFile("回执.xlsx", sheet(HEADINGS, *rows_of(people)))})
    assert desk.get(home)["Refresh"] == "3"
    assert "请先选择" in desk.post(home, {}).content.decode()


def test_without_mappings_the_pages_say_so(office, desk, filing, people) -> None:
    ColumnMapping.objects.all().delete()
    assert "还没有设置导出的表格" in text_of(office, at("groups:exchange", filing.pk))
    assert "load_notice" in text_of(desk, at("admin:exchange_filing", filing.pk))
    posted(office, at("groups:upload-replies", filing.pk), *rows_of(people))
    assert "还没有设置回执的列对照" in RosterUpload.objects.get().problem


def test_the_lists_of_answers_ask_as_much_for_many_as_for_one(office, desk, filing, people) -> None:
    def asked(client: Client, address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    homes = [(office, at("groups:exchange", filing.pk)), (desk, at("admin:exchange_filing", filing.pk))]
    posted(office, at("groups:upload-replies", filing.pk), *rows_of(people[:1]))
    for client, home in homes:
        asked(client, home)
    few = [asked(client, home) for client, home in homes]
    posted(office, at("groups:upload-replies", filing.pk), *rows_of(people))
    assert [asked(client, home) for client, home in homes] == few

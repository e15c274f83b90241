"""What a member sees and does of the people of a group filing, and what a member of another institution does not."""

import io
import re
from datetime import date
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from exams.filing.groups.models import Confirmation, GroupSubmission, PreliminaryReview, RosterFile
from exams.filing.groups.people.working_off import file_submissions
from exams.filing.groups.queries import counts_by_stage, entries_of
from portal import clock
from portal.audit.models import AccessEntry
from portal.files import store
from tests.factories import make_institution, make_member
from tests.filing.pages import log_in
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(frozen_day):
    frozen_day(date(2026, 3, 10))
    return make_filing()


def browser(filing, role="reviewer"):
    return log_in(make_member(filing.institution, role, "沈老师").account)


def address(name, *args, **query):
    return reverse(f"groups:{name}", args=args, query=query or None)


def shown(client, name, *args, **query):
    response = client.get(address(name, *args, **query))
    assert response.status_code == 200
    return response.content.decode()


def send(client, name, key, **data):
    return client.post(address(name, key), data, follow=True)


def test_the_list_shows_who_stands_where_and_filters(filing):
    make_entry(filing, "王秀英", stage="ready")
    make_entry(filing, "赵国强", stage="confirm")
    client = browser(filing)
    page = shown(client, "people", filing.pk)
    assert "王秀英" in page
    assert "赵国强" in page
    assert "四级/中级工，正考" in page
    page = shown(client, "people", filing.pk, stage="confirm")
    assert "王秀英" not in page
    assert "赵国强" in page
    page = shown(client, "people", filing.pk, q="秀英")
    assert "赵国强" not in page


@pytest.mark.parametrize("number", [1, 50])
def test_the_list_asks_no_more_for_fifty_than_for_one(filing, number, django_assert_max_num_queries):
    for _ in range(number):
        make_entry(filing, stage="portrait")
    client = browser(filing)
    with django_assert_max_num_queries(12):
        shown(client, "people", filing.pk)


@pytest.mark.parametrize("stage", ["portrait", "confirm", "review", "ready", "submitted", "approved"])
def test_a_person_is_shown_at_every_stage_and_the_look_is_logged(filing, stage):
    entry = make_entry(filing, stage=stage)
    page = shown(browser(filing), "person", entry.pk)
    assert "长宁区新华街道社区卫生服务中心" in page
    assert entry.row.content["record"]["identity"]["document_number"] in page
    assert "您现在可以申报" not in page
    assert AccessEntry.objects.filter(kind="view_entry", subject_id=str(entry.pk)).count() == 1


def test_another_institution_finds_nobody(filing):
    entry = make_entry(filing, stage="submitted")
    scan = _scan(entry)
    stranger = log_in(make_member(make_institution("上海市徐汇区仁德进修学校"), "reviewer", "钱老师").account)
    for name, args in (
        ("people", [filing.pk]),
        ("person", [entry.pk]),
        ("portrait", [entry.pk]),
        ("scan", [scan.pk]),
        ("submit", [filing.pk]),
        ("submission", [entry.submission_id]),
        ("submission-progress", [entry.submission_id]),
        ("forms", [entry.submission_id, 1]),
        ("originals", [filing.pk]),
    ):
        assert stranger.get(address(name, *args)).status_code == 404, name
        assert stranger.get(address(name, uuid4(), *args[1:])).status_code == 404, name


def test_what_the_person_has_of_their_own_is_not_shown(filing):
    entry = make_entry(filing, stage="submitted")
    entry.person.jobs.create(
        occupation_code="4-14-01-04",
        employer="本人自填的另一家单位",
        position="护士",
        relation="other",
        started_on=date(2020, 1, 1),
        added_at=clock.now(),
    )
    assert "本人自填的另一家单位" not in shown(browser(filing), "person", entry.pk)


def test_a_reviewer_passes_one_person(filing):
    entry = make_entry(filing, stage="review")
    client = browser(filing)
    page = send(client, "review", entry.pk, result="passed", seen=["identity_document", "work_proof"])
    assert "王秀英初审通过" in page.content.decode()
    assert PreliminaryReview.objects.get().reviewer.name == "沈老师"


def test_a_review_that_is_refused_keeps_what_was_ticked(filing):
    entry = make_entry(filing, stage="review")
    response = browser(filing).post(
        address("review", entry.pk), {"result": "passed", "seen": ["identity_document"]}
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert "请核对工作年限证明" in page
    ticked = re.findall(r'<input[^>]*name="seen"[^>]*checked[^>]*>', page)
    assert [re.search(r'value="(\w+)"', one)[1] for one in ticked] == ["identity_document"]


def test_a_filer_neither_reviews_nor_submits(filing):
    entry = make_entry(filing, stage="review")
    client = browser(filing, "filer")
    assert client.post(address("review", entry.pk), {"result": "passed"}).status_code == 403
    assert client.get(address("submit", filing.pk)).status_code == 403
    page = client.post(
        address("people-act", filing.pk), {"do": "review", "entries": [str(entry.pk)]}, follow=True
    )
    assert "由本机构的初审人办理" in page.content.decode()


def test_many_are_passed_after_a_page_that_names_the_originals(filing):
    entries = [make_entry(filing, name, stage="review") for name in ("王秀英", "赵国强")]
    client = browser(filing)
    keys = [str(entry.pk) for entry in entries]
    page = client.post(address("people-act", filing.pk), {"do": "review", "entries": keys}).content.decode()
    assert "对所选 2 人：已逐人核对下列原件" in page
    assert "工作年限证明" in page
    assert not PreliminaryReview.objects.exists()
    assert client.post(address("people-review", filing.pk), {"entries": keys}).status_code == 422
    done = send(client, "people-review", filing.pk, entries=keys, seen_all="on")
    assert "2 人初审通过" in done.content.decode()
    assert counts_by_stage(filing) == {"ready": 2}


def test_who_may_not_pass_is_listed_with_the_reason(filing):
    good = make_entry(filing, "王秀英", stage="review")
    bad = make_entry(filing, "赵国强", stage="portrait")
    page = send(
        browser(filing), "people-review", filing.pk, entries=[str(good.pk), str(bad.pk)], seen_all="on"
    ).content.decode()
    assert "1 人初审通过，1 人没有通过" in page
    assert "还没有照片" in page


def test_ticked_people_get_their_link(filing):
    entry = make_entry(filing, stage="confirm")
    page = send(browser(filing, "filer"), "people-act", filing.pk, do="ask", entries=[str(entry.pk)])
    assert "确认链接已发给 1 人" in page.content.decode()
    assert Confirmation.objects.filter(entry=entry).count() == 1


def test_nobody_ticked_is_said(filing):
    make_entry(filing, stage="confirm")
    page = send(browser(filing), "people-act", filing.pk, do="ask")
    assert "请先勾选人员" in page.content.decode()


def test_ticked_people_are_taken_out_after_a_page_that_says_what_it_means(filing):
    entry = make_entry(filing, stage="confirm")
    client = browser(filing, "filer")
    page = send(client, "people-act", filing.pk, do="remove", entries=[str(entry.pk)])
    assert "移出 1 人" in page.content.decode()
    assert entries_of(filing).exists()
    send(client, "people-remove", filing.pk, entries=[str(entry.pk)])
    assert not entries_of(filing).exists()
    assert client.get(address("person", entry.pk)).status_code == 404


def test_a_portrait_and_a_scan_are_put_with_the_person(filing):
    entry = make_entry(filing, stage="portrait")
    client = browser(filing, "filer")
    response = client.post(
        address("upload-scan", entry.pk),
        {"code": "work_proof", "file": SimpleUploadedFile("社保.jpg", _jpeg(1200, 1600), "image/jpeg")},
        follow=True,
    )
    assert "材料已保存" in response.content.decode()
    scan = RosterFile.objects.get(entry=entry)
    assert client.get(address("scan", scan.pk)).status_code == 200
    assert AccessEntry.objects.filter(kind="view_evidence").count() == 1
    send(client, "remove-scan", scan.pk)
    assert client.get(address("scan", scan.pk)).status_code == 404
    wrong = client.post(
        address("upload-portrait", entry.pk), {"file": SimpleUploadedFile("a.jpg", b"no picture")}
    )
    assert wrong.status_code == 422
    assert client.get(address("portrait", entry.pk)).status_code == 404


def test_the_group_is_submitted_with_a_receipt_and_its_progress(filing):
    make_entry(filing, "王秀英")
    make_entry(filing, "赵国强", stage="review")
    client = browser(filing)
    page = shown(client, "submit", filing.pk)
    assert "提交 1 人给协会审核" in page
    assert "480 元" in page
    data = {"persons": 1, "serial": 1, "declared": "on"}
    receipt = send(client, "submit", filing.pk, **data)
    assert "第 1 次提交，1 人" in receipt.content.decode()
    act = GroupSubmission.objects.get()
    assert client.get(address("submission-progress", act.pk)).json() == {
        "label": "正在逐人建档",
        "working": True,
        "done": 0,
        "total": 1,
        "refused": 0,
    }
    file_submissions()
    assert client.get(address("submission-progress", act.pk)).json()["working"] is False
    assert "报名表（1 人）" in shown(client, "submission", act.pk)
    again = send(client, "submit", filing.pk, **data)  # the second click
    assert "第 1 次提交，1 人" in again.content.decode()
    assert GroupSubmission.objects.count() == 1


def test_a_submission_without_the_declaration_or_of_another_number_is_refused(filing):
    make_entry(filing)
    client = browser(filing)
    assert client.post(address("submit", filing.pk), {"persons": 1, "serial": 1}).status_code == 422
    response = client.post(address("submit", filing.pk), {"persons": 9, "serial": 1, "declared": "on"})
    assert response.status_code == 422
    assert "页面打开后有变化" in response.content.decode()
    assert not GroupSubmission.objects.exists()


def test_outside_the_window_the_page_says_so(frozen_day):
    frozen_day(date(2026, 12, 20))
    filing = make_filing()
    make_entry(filing)
    frozen_day(date(2027, 1, 4))
    page = shown(browser(filing), "submit", filing.pk)
    assert "现在不在申报时间内" in page
    assert "1 人已准备好，到时再提交" in page


def test_forms_and_originals(filing):
    entry = make_entry(filing, stage="submitted")
    picture = store.keep(_jpeg(413, 579), kind="photo", media_type="image/jpeg", display_name="照片.jpg")
    entry.photo.file = entry.photo.print_copy = picture
    entry.photo.save()
    client = browser(filing, "filer")
    document = client.get(address("forms", entry.submission_id, 1))
    assert document["Content-Type"] == "application/pdf"
    assert client.get(address("forms", entry.submission_id, 2)).status_code == 404
    assert "王秀英" in shown(client, "originals", filing.pk)
    page = send(client, "mark-originals", filing.pk, do="hand_in", entries=[str(entry.pk)])
    assert "已登记交出 1 份" in page.content.decode()
    page = send(client, "mark-originals", filing.pk, do="take_back", entries=[str(entry.pk)])
    assert "已撤销 1 份" in page.content.decode()
    page = send(client, "mark-originals", filing.pk, do="all")
    assert "已登记交出 1 份" in page.content.decode()


@pytest.mark.parametrize("number", [1, 50])
def test_the_originals_ask_no_more_for_fifty_than_for_one(filing, number, django_assert_max_num_queries):
    for _ in range(number):
        make_entry(filing, stage="submitted")
    client = browser(filing)
    with django_assert_max_num_queries(18):
        shown(client, "originals", filing.pk)


def _jpeg(width, height):
    data = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(data, "JPEG")
    return data.getvalue()


def _scan(entry):
    file = store.keep(b"%PDF-1.7", kind="evidence", media_type="application/pdf", display_name="社保.pdf")
    return RosterFile.objects.create(
        id=uuid4(),
        entry=entry,
        code="work_proof",
        file=file,
        added_by=entry.filing.opened_by,
        added_at=clock.now(),
    )

"""A roster's pages: template, upload, bar, preview, decision, one row as a form; and what became of a ZIP."""

import io
import json
from datetime import date, timedelta
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams.filing.groups.models import RosterEntry, RosterRow, RosterUpload
from exams.filing.groups.pages.forms import RowForm, UploadForm
from exams.filing.groups.rosters.columns import COLUMNS
from exams.filing.groups.rosters.uploads import MOST_BYTES
from portal import clock
from portal.audit.models import AccessEntry
from tests.factories import make_institution, make_member, resident_id
from tests.files.samples import encoded, portrait
from tests.filing.pages import log_in, text
from tests.groups.factories import make_entry, make_filing
from tests.groups.sheets import csv_of, receive, sheet_of, stage, take, typed, work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def day(frozen_day):
    frozen_day(date(2026, 3, 10))


@pytest.fixture
def filing():
    return make_filing()


@pytest.fixture
def client(filing):
    return log_in(make_member(filing.institution, "filer", "沈老师").account)


def address(name, *args):
    return reverse(f"groups:{name}", args=args)


def send(client, name, filing, data, filename="花名册.xlsx"):
    return client.post(address(name, filing.pk), {"file": SimpleUploadedFile(filename, data)})


def shown(client, upload, **query):
    return client.get(address("upload", upload.pk), query)


def rows_of(response) -> list[int]:
    return [one["row"].line for one in response.context["rows"]]


def sent(row: RosterRow, **cells) -> dict:
    """What the browser sends of the row's form, with these cells typed anew."""
    kept = {code: text for code, text in row.content["cells"].items() if code != "subjects"}
    return {**kept, **cells}


# ── Template and upload ──────────────────────────────────────────────────────────────────────────────────────


def test_the_template_comes_as_a_workbook(client, filing):
    answer = client.get(address("template", filing.pk))
    assert "filename*=utf-8''%E7%A4%BE%E7%BE%A4" in answer["Content-Disposition"]
    assert "xl/workbook.xml" in ZipFile(io.BytesIO(answer.content)).namelist()


def test_an_upload_is_kept_and_its_page_shows_the_bar(client, filing):
    answer = send(client, "upload-roster", filing, sheet_of([typed()]), "花名册/四级  班.xlsx")
    upload = RosterUpload.objects.get()
    assert answer["Location"] == address("upload", upload.pk)
    assert upload.file.display_name == "四级 班.xlsx"
    page = text(client.get(answer["Location"]))
    assert "<progress" in page
    assert address("progress", upload.pk) in page
    assert address("upload", upload.pk) in page  # the link for those without a script


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "文件是空的"), (None, "请先选择填好的花名册文件")],
)
def test_a_file_that_is_none_is_told_at_the_field(client, filing, data, sentence):
    files = {} if data is None else {"file": SimpleUploadedFile("花名册.xlsx", data)}
    answer = client.post(address("upload-roster", filing.pk), files)
    assert answer.status_code == 422
    assert sentence in " ".join(answer.context["form"].errors["file"])
    assert '<a href="#id_file">' in text(answer)
    assert not RosterUpload.objects.exists()


def test_too_large_a_file_is_refused_before_it_is_read():
    file = SimpleUploadedFile("花名册.xlsx", b"x")
    file.size = MOST_BYTES["roster"] + 1
    form = UploadForm({}, {"file": file}, kind="roster")
    assert "超过上限 64 MB" in form.errors["file"][0]
    assert file.tell() == 0


def test_a_closed_filing_takes_no_upload(client, filing):
    filing.closed_at = clock.now()
    filing.save()
    answer = send(client, "upload-roster", filing, sheet_of([typed()]))
    assert answer.status_code == 422
    assert "已关闭" in text(answer)


# ── The bar ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_bar_tells_what_stands_in_the_database(client, filing):
    upload = receive(filing, sheet_of([typed()]))

    def progress():
        return json.loads(client.get(address("progress", upload.pk)).content)

    assert progress() == {
        "state": "waiting",
        "label": "等待检查",
        "working": True,
        "done": 0,
        "total": 0,
        "refused": 0,
    }
    counts = {"new": 1100, "refused": 100}
    RosterUpload.objects.update(state="checking", total=5000, done=1200, counts=counts)
    assert (progress()["done"], progress()["total"], progress()["refused"]) == (1200, 5000, 100)
    assert "已处理 1200 / 5000，有问题 100" in text(shown(client, upload))
    RosterUpload.objects.update(state="taking", total=5000, done=5000)
    assert (progress()["working"], progress()["total"]) == (True, 0)
    RosterUpload.objects.update(state="checked")
    assert progress()["working"] is False


def test_a_file_of_no_use_says_why_and_what_to_do(client, filing):
    upload = work_off(receive(filing, csv_of([["姓名", "电话"], ["王秀英", "1"]]), "名单.csv"))
    page = text(shown(client, upload))
    assert upload.problem in page
    assert address("upload-roster", filing.pk) in page
    assert address("template", filing.pk) in page


# ── The preview ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_preview_counts_filters_and_prices(client, filing):
    rows = [typed(name="甲某"), typed(name="乙某", phone="139"), typed(name="丙某", grade="三级")]
    upload = stage(filing, rows)
    page = shown(client, upload)
    assert rows_of(page) == [3]  # what is wrong comes first
    assert "手机号：" in text(page)
    assert "采用 2 行" in text(page)
    assert page.context["total_fen"] == 48000 + 58000
    assert "1,060 元" in text(page)
    assert rows_of(shown(client, upload, outcome="all")) == [2, 3, 4]
    assert rows_of(shown(client, upload, outcome="new")) == [2, 4]
    assert rows_of(shown(client, upload, outcome="all", q="丙")) == [4]
    assert rows_of(shown(client, upload, outcome="same")) == []
    assert "四级第1项" in text(shown(client, upload, outcome="new"))


def test_the_preview_asks_as_often_for_fifty_rows_as_for_one(client, filing, django_assert_num_queries):
    few = stage(filing, [typed(name="甲某")])
    shown(client, few)
    with CaptureQueriesContext(connection) as one:
        shown(client, few, outcome="all")
    many = stage(filing, [typed(name=f"某{'甲乙丙丁戊己庚辛'[n % 8]}") for n in range(60)])
    with django_assert_num_queries(len(one)):
        page = shown(client, many, outcome="all")
    assert len(page.context["rows"]) == 50
    assert page.context["page_obj"].paginator.count == 60
    assert len(shown(client, many, outcome="all", page=2).context["rows"]) == 10


def test_how_many_rows_there_are_is_never_counted_for_a_page(client, filing):
    upload = stage(filing, [typed(), typed(phone="1")])
    for query in ({"outcome": "all"}, {"outcome": "new"}, {}):
        with CaptureQueriesContext(connection) as asked:
            shown(client, upload, **query)
        counted = [one["sql"] for one in asked if "COUNT(" in one["sql"] and "exams_rosterrow" in one["sql"]]
        assert len(counted) == 1  # the prices, added up from their index
        assert "GROUP BY" in counted[0]


def test_what_was_typed_is_shown_and_never_run(client, filing):
    upload = stage(filing, [typed(name="<script>x</script>"), typed(name="=HYPERLINK(1)")])
    page = text(shown(client, upload, outcome="all"))
    assert "<script>x" not in page


def test_good_rows_are_taken_by_one_press(client, filing):
    upload = stage(filing, [typed(name="甲某"), typed(name="乙某", phone="139")])
    assert client.post(address("take", upload.pk))["Location"] == address("upload", upload.pk)
    assert "采用中" in text(shown(client, upload))
    work_off(upload)
    page = text(shown(client, upload))
    assert "新增 1 人" in page
    assert "有问题的 1 行没有采用" in page
    assert RosterEntry.objects.get().row.name == "甲某"
    assert client.get(address("take", upload.pk)).status_code == 405


def test_the_same_file_again_offers_nothing_to_take(client, filing):
    data = sheet_of([typed()])
    take(work_off(receive(filing, data)))
    page = text(shown(client, work_off(receive(filing, data))))
    assert "没有可以采用的行" in page
    assert address("take", RosterUpload.objects.first().pk) not in page


@pytest.mark.parametrize("change", ["taken", "added", "corrected", "removed", "none"])
def test_a_preview_says_that_the_people_changed_after_it(client, filing, change):
    entry = make_entry(filing, "丙某")
    upload = stage(filing, [typed()])
    long_ago, since = upload.uploaded_at - timedelta(hours=2), upload.uploaded_at
    RosterEntry.objects.update(added_at=long_ago)
    RosterRow.objects.filter(upload=None).update(accepted_at=long_ago)
    later = since + timedelta(minutes=1)
    if change == "taken":
        other = stage(filing, [typed(document_number=resident_id(date(1990, 1, 1)))])
        RosterUpload.objects.filter(pk=other.pk).update(state="taken", decided_at=later)
    elif change == "added":
        RosterEntry.objects.update(added_at=later)
    elif change == "corrected":
        RosterRow.objects.filter(pk=entry.row_id).update(accepted_at=later)
    elif change == "removed":
        RosterEntry.objects.update(removed_at=later)
    assert ("名单又有变动，采用时会重新核对" in text(shown(client, upload))) is (change != "none")


def test_nothing_of_it_is_taken_after_being_asked(client, filing):
    upload = stage(filing, [typed()])
    assert "文件和它的检查结果会删除" in text(client.get(address("discard", upload.pk)))
    assert RosterUpload.objects.get().state == "checked"
    client.post(address("discard", upload.pk))
    work_off(upload)
    assert not RosterRow.objects.exists()
    assert "没有采用" in text(shown(client, upload))
    client.post(address("take", upload.pk))
    assert not RosterEntry.objects.exists()


def test_the_annotated_workbook_comes_back_and_is_logged(client, filing):
    upload = stage(filing, [typed(phone="139")])
    answer = client.get(address("annotated", upload.pk))
    assert "xl/workbook.xml" in ZipFile(io.BytesIO(answer.content)).namelist()
    assert AccessEntry.objects.filter(kind="annotated_roster").count() == 1
    waiting = receive(filing, sheet_of([typed()]))
    assert client.get(address("annotated", waiting.pk))["Location"] == address("upload", waiting.pk)


def test_another_institution_finds_nothing_and_a_viewer_changes_nothing(filing):
    upload = stage(filing, [typed(phone="139")])
    row = upload.rows.get()
    viewer = log_in(make_member(filing.institution, "viewer", "沈青").account)
    assert address("row", row.pk) not in text(shown(viewer, upload))
    stranger = log_in(make_member(make_institution("上海市徐汇区仁德进修学校"), "reviewer").account)
    for name, key in (("upload", upload.pk), ("progress", upload.pk), ("annotated", upload.pk)):
        assert viewer.get(address(name, key)).status_code == 200
        assert stranger.get(address(name, key)).status_code == 404
    for name, key in (("row", row.pk), ("discard", upload.pk), ("take", upload.pk)):
        assert viewer.post(address(name, key)).status_code == 403
        assert stranger.post(address(name, key)).status_code == 404
    upload.refresh_from_db()
    assert upload.state == "checked"


# ── One row ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_row_is_shown_with_everything_wrong_at_its_fields(client, filing):
    row = stage(filing, [typed(phone="139", grade="6级", jobs_1_started_on="2024年5月")]).rows.get()
    page = text(client.get(address("row", row.pk)))
    assert "有误：第 2 行" in page
    assert "有 3 处需要改正" in page
    for target in ("id_phone", "id_grade", "id_jobs_1_started_on"):
        assert f'href="#{target}"' in page
        assert f'id="{target}"' in page
    for kept in ("139", "6级（认不出，请重新选择）", "2024年5月"):
        assert kept in page
    assert AccessEntry.objects.filter(kind="roster_row", subject_id=str(row.pk)).count() == 1


def test_only_places_in_which_something_stands_are_open(client, filing):
    row = stage(filing, [typed(phone="139")]).rows.get()
    groups = client.get(address("row", row.pk)).context["row_form"].groups()
    assert [group["title"] for group in groups if not group["optional"]] == ["本人信息", "申报内容"]
    assert [group["title"] for group in groups if group["optional"] and group["open"]] == ["工作经历1"]


def test_a_mended_row_waits_with_the_others_and_the_counts_agree(client, filing):
    upload = stage(filing, [typed(name="甲某"), typed(name="乙某", phone="139")])
    row = upload.rows.get(outcome="refused")
    back = address("upload", upload.pk) + "?outcome=refused"
    answer = client.post(address("row", row.pk), sent(row, phone="13900000002", next=back), follow=True)
    assert answer.redirect_chain == [(back, 302)]
    assert "第 3 行（乙某）已改好，采用时一并加入名单" in text(answer)
    assert answer.context["counts"] == {"new": 2, "changed": 0, "same": 0, "refused": 0}
    assert upload.rows.get(line=3).content["phone"] == "+8613900000002"


def test_what_is_still_wrong_is_told_and_what_was_typed_is_kept(client, filing):
    upload = stage(filing, [typed(phone="139")])
    row = upload.rows.get()
    answer = client.post(address("row", row.pk), sent(row, phone="13X", jobs_1_employer="别的单位"))
    assert answer.status_code == 422
    assert "phone" in answer.context["row_form"].errors
    for kept in ('value="13X"', 'value="别的单位"'):
        assert kept in text(answer)
    assert upload.rows.get().content["cells"]["phone"] == "139"


def test_a_cell_can_be_emptied(client, filing):
    upload = stage(filing, [typed(titles_1_name="主管护师", phone="139")])
    row = upload.rows.get()
    assert client.post(address("row", row.pk), sent(row, phone="13900000002")).status_code == 422
    client.post(address("row", row.pk), sent(row, phone="13900000002", titles_1_name=""))
    assert upload.rows.get().outcome == "new"


def test_a_row_left_behind_is_taken_at_once_when_it_is_mended(client, filing):
    upload = take(stage(filing, [typed(name="甲某"), typed(name="乙某", phone="139")]))
    row = upload.rows.get(outcome="refused")
    answer = client.post(address("row", row.pk), sent(row, phone="13900000002"), follow=True)
    assert "已改好，并已加入名单" in text(answer)
    assert filing.entries.count() == 2


def test_what_counts_of_a_person_is_corrected_on_the_same_page(client, filing):
    take(stage(filing, [typed(name="甲某")]))
    entry = filing.entries.get()
    first = entry.row
    answer = client.post(address("row", first.pk), sent(first, phone="13900000009"))
    assert answer["Location"] == address("person", entry.pk)
    entry.refresh_from_db()
    assert entry.row.content["phone"] == "+8613900000009"
    # An old tab shows what was replaced: it leads on to what counts now.
    stale = client.post(address("row", first.pk), sent(first, phone="13900000008"), follow=True)
    assert "已经更正过了" in text(stale)
    entry.refresh_from_db()
    assert entry.row.content["phone"] == "+8613900000009"


def test_a_person_the_association_has_is_not_corrected(client, filing):
    entry = make_entry(filing, stage="submitted")
    cells = typed(name="王秀英", phone="13900000009")
    answer = client.post(address("row", entry.row_id), cells)
    assert answer.status_code == 422
    assert "审核期间不能修改" in text(answer)


def test_a_retake_with_a_subject_that_is_none_keeps_its_words():
    form = RowForm(COLUMNS, {"subjects": "理论知识、跳远"})
    assert form["subjects"].value() == ["理论知识", "跳远"]
    assert 'value="跳远"' in str(form["subjects"])


# ── A ZIP ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_did_not_match_in_a_zip_is_listed_with_its_reason(client, filing):
    entry = make_entry(filing, "王秀英", stage="portrait")
    number = entry.row.content["record"]["identity"]["document_number"]
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr(f"王秀英_{number}.jpg", encoded(portrait()))
        archive.writestr("合影.jpg", encoded(portrait()))
    send(client, "upload-files", filing, packed.getvalue(), "照片.zip")
    upload = work_off(RosterUpload.objects.get())
    page = shown(client, upload)
    assert page.context["counts"] == [("张照片已放入", 1), ("个没有采用", 1)]
    assert "合影.jpg" in text(page)
    assert "文件名里没有证件号码" in text(page)


def test_a_zip_of_no_use_leads_to_another_zip(client, filing):
    send(client, "upload-files", filing, b"PK no zip at all", "照片.zip")
    upload = work_off(RosterUpload.objects.get())
    page = text(shown(client, upload))
    assert upload.problem in page
    assert address("upload-files", filing.pk) in page
    assert address("template", filing.pk) not in page


def test_stopping_a_zip_keeps_what_was_placed(client, filing):
    send(client, "upload-files", filing, b"PK", "照片.zip")
    upload = RosterUpload.objects.get()
    assert address("discard", upload.pk) in text(shown(client, upload))
    assert "已经放到各人名下的，仍然保留" in text(client.get(address("discard", upload.pk)))
    client.post(address("discard", upload.pk))
    assert address("upload-files", filing.pk) in text(shown(client, upload))

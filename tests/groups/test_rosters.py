"""A roster from upload to people of the filing: understood whole or not at all, resumed, counted once (R6, R15)."""

import itertools
import json
import threading
from datetime import date, timedelta

import pytest
from django.db import connection

from exams.filing.groups.models import RosterEntry, RosterRow, RosterUpload
from exams.filing.groups.rosters import leases, staging, taking
from exams.filing.groups.rosters import uploads as rosters
from exams.filing.groups.rosters.template import annotated_workbook
from exams.filing.models import Application, Status
from portal import clock
from portal.audit.models import AuditEntry
from portal.files import store
from portal.files.models import StoredFile
from portal.rules.findings import Refused
from tests.factories import make_institution, make_member, resident_id
from tests.groups.factories import make_entry, make_filing
from tests.groups.sheets import BORN, assert_whole, csv_of, receive, sheet_of, stage, take, typed, work_off

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_the_end_all_is_whole(db):
    yield
    assert_whole()


def outcomes(upload):
    return {row.line: row.outcome for row in upload.rows.all()}


def filing_of(institution):
    return make_filing(make_member(make_institution(institution)))


def told(upload, line):
    return "".join(problem["sentence"] for problem in upload.rows.get(line=line).problems)


def test_good_rows_are_taken_and_the_others_stay_behind_with_their_reasons():
    filing = make_filing()
    upload = stage(filing, [typed(name="甲某"), typed(name="乙某", phone="139"), typed(name="丙某")])
    assert (upload.state, upload.total, upload.done) == ("checked", 3, 3)
    assert upload.counts == {"new": 2, "changed": 0, "same": 0, "refused": 1}
    assert not filing.entries.exists()
    assert "11 位" in told(upload, 3)

    upload = take(upload)
    assert upload.state == "taken"
    entries = filing.entries.order_by("row__line")
    assert [entry.row.name for entry in entries] == ["甲某", "丙某"]
    assert all(entry.row.accepted_at for entry in entries)
    assert upload.rows.get(line=3).accepted_at is None
    assert AuditEntry.objects.filter(action="groups.take_rows", subject_id=str(upload.pk)).count() == 1


def test_the_same_file_again_brings_nothing_new():
    filing = make_filing()
    data = sheet_of([typed(), typed(name="李建国")])
    take(work_off(receive(filing, data)))
    again = work_off(receive(filing, data))
    assert again.counts == {"new": 0, "changed": 0, "same": 2, "refused": 0}
    with pytest.raises(Refused, match="不需要采用"):
        rosters.take_rows(actor=again.uploaded_by, upload=again)


def test_a_corrected_row_updates_its_own_and_no_other():
    filing = make_filing()
    rows = [typed(name="甲某"), typed(name="乙某")]
    take(stage(filing, rows))
    first, second = filing.entries.order_by("row__line")
    rows[1] |= {"phone": "13900000009"}
    upload = take(stage(filing, rows))
    assert upload.counts == {"new": 0, "changed": 1, "same": 1, "refused": 0}
    assert filing.entries.count() == 2
    assert RosterEntry.objects.get(pk=first.pk).row_id == first.row_id
    corrected = RosterEntry.objects.get(pk=second.pk)
    assert corrected.row.upload == upload
    assert corrected.row.content["phone"] == "+8613900000009"
    assert RosterRow.objects.get(pk=second.row_id).content["phone"] == "+8613900000001"


def test_the_same_person_twice_in_a_file_is_told_in_both_rows():
    number = resident_id(BORN)
    rows = [typed(document_number=number), typed(), typed(document_number=f" {number.lower()}")]
    upload = stage(make_filing(), rows)
    assert outcomes(upload) == {2: "refused", 3: "new", 4: "refused"}
    assert "与第 4 行是同一个证件号码" in told(upload, 2)
    assert "与第 2 行是同一个证件号码" in told(upload, 4)


def test_a_number_in_every_row_is_told_shortly():
    number = resident_id(BORN)
    upload = stage(make_filing(), [typed(document_number=number) for _ in range(30)])
    assert upload.counts["refused"] == 30
    assert "与第 3、4、5、6、7、8、9、10、11、12 等行是" in told(upload, 2)
    assert "与第 2、3、4、5、6、7、8、9、10、11 等行是" in told(upload, 31)


def test_a_person_in_another_filing_of_the_institution_is_told_but_of_no_other_institution():
    filing = make_filing()
    number = resident_id(BORN)
    elsewhere = filing_of("宝山区某培训学校")
    make_entry(elsewhere, number=number, stage="submitted")
    assert outcomes(stage(filing, [typed(document_number=number)])) == {2: "new"}

    own = make_filing(make_member(filing.institution, "filer"))
    make_entry(own, number=number, stage="confirm")
    upload = stage(filing, [typed(document_number=number), typed(), typed(grade="三级")])
    assert outcomes(upload) == {2: "refused", 3: "new", 4: "new"}
    assert own.number in told(upload, 2)


def test_who_was_submitted_is_not_changed_by_a_roster_until_returned():
    filing = make_filing()
    number = resident_id(BORN)
    entry = make_entry(filing, number=number, stage="submitted")
    upload = stage(filing, [typed(document_number=number)])
    assert outcomes(upload) == {2: "refused"}
    assert "协会审核期间不能修改" in told(upload, 2)

    Application.objects.filter(pk=entry.application_id).update(status=Status.RETURNED)
    take(stage(filing, [typed(document_number=number)]))
    entry.refresh_from_db()
    assert entry.row.accepted_at is not None
    assert entry.row.name == "王秀英"
    assert entry.submission is not None


def test_a_person_submitted_between_check_and_taking_stays_as_submitted():
    filing = make_filing()
    number = resident_id(BORN)
    upload = stage(filing, [typed(document_number=number), typed(name="李建国")])
    assert outcomes(upload) == {2: "new", 3: "new"}
    entry = make_entry(filing, number=number, stage="submitted")
    upload = take(upload)
    assert upload.counts == {"new": 1, "changed": 0, "same": 0, "refused": 1}
    assert "协会审核期间不能修改" in told(upload, 2)
    assert RosterEntry.objects.get(pk=entry.pk).row_id == entry.row_id


def test_a_person_added_by_another_file_meanwhile_is_corrected_not_added_twice():
    filing = make_filing()
    number = resident_id(BORN)
    first = stage(filing, [typed(document_number=number)])
    second = stage(filing, [typed(document_number=number, phone="13900000002")])
    take(first)
    second = take(second)
    assert second.counts == {"new": 0, "changed": 1, "same": 0, "refused": 0}
    assert filing.entries.get().row.upload == second


def test_taking_again_is_taking_once_and_what_was_taken_cannot_be_discarded():
    upload = take(stage(make_filing(), [typed()]))
    assert rosters.take_rows(actor=upload.uploaded_by, upload=upload).state == "taken"
    with pytest.raises(Refused, match="已经采用"):
        rosters.discard_upload(actor=upload.uploaded_by, upload=upload)
    assert upload.filing.entries.count() == 1


def test_a_discarded_upload_leaves_neither_rows_nor_bytes():
    upload = stage(make_filing(), [typed(), typed()])
    rosters.discard_upload(actor=upload.uploaded_by, upload=upload)
    upload = work_off(upload)
    assert upload.state == "discarded"
    assert upload.finished_at is not None
    assert not upload.rows.exists()
    with pytest.raises(FileNotFoundError):
        store.read(upload.file)
    with pytest.raises(Refused, match="不能采用"):
        rosters.take_rows(actor=upload.uploaded_by, upload=upload)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"PK\x03\x04 not a workbook", "打不开"),
        (b"%PDF-1.7", "PDF"),
        (csv_of([["姓名", "证件类型", "证件号码"], ["王秀英", "身份证", "1"]]), "缺少必需的列：手机号"),
        (csv_of([["姓名", "年龄"], ["王秀英", "30"]]), "标题行"),
    ],
)
def test_a_file_that_is_no_roster_is_refused_whole(data, sentence):
    upload = work_off(receive(make_filing(), data))
    assert upload.state == "failed"
    assert sentence in upload.problem
    assert not upload.rows.exists()


def test_a_doubled_heading_is_refused_and_an_unknown_one_only_told():
    filing = make_filing()
    row = typed()
    titles = {"姓名": "name", "证件类型": "document_kind", "证件号码": "document_number", "手机号": "phone"}
    titles |= {"普通受教育程度": "general_education", "申报等级": "grade", "申报类别": "kind"}
    titles |= {"本人同意": "consent", "补考科目": "subjects"}
    row |= {"kind": "补考", "subjects": "理论知识"}
    line = [row[code] for code in titles.values()]
    upload = work_off(receive(filing, csv_of([[*titles, "班级", "姓名"], [*line, "一班", "李"]]), "a.csv"))
    assert upload.state == "failed"
    assert "重复的列：姓名" in upload.problem
    upload = work_off(receive(filing, csv_of([[*titles, "班级"], [*line, "一班"]]), "a.csv"))
    assert upload.counts["new"] == 1
    assert {"name": "班级", "sentence": "模板中没有这一列，没有采用。"} in upload.report


def test_shuffled_columns_blank_rows_and_the_example_are_no_matter():
    filing = make_filing()
    example = {"name": "王小明", "document_number": "11010519491231002X", "phone": "13800000000"}
    rows = [typed() | example, {}, {"serial": "3"}, typed(serial="4")]
    codes = sorted({code for row in rows for code in row}, reverse=True)
    upload = work_off(receive(filing, sheet_of(rows, codes)))
    assert upload.counts == {"new": 1, "changed": 0, "same": 0, "refused": 0}
    assert upload.rows.get().line == 5


def test_the_annotated_workbook_can_be_mended_and_uploaded_as_it_is():
    filing = make_filing()
    upload = take(
        stage(filing, [typed(name="甲某", serial="1"), typed(name="乙某", phone="139", serial="2")])
    )
    again = work_off(receive(filing, annotated_workbook(upload)))
    assert again.counts == {"new": 0, "changed": 0, "same": 1, "refused": 1}
    assert [row.content["cells"]["serial"] for row in again.rows.all()] == ["1", "2"]
    assert again.report == []


def test_refused_at_the_door_in_a_sentence():
    filing = make_filing()
    actor = filing.opened_by
    with pytest.raises(Refused, match="0 字节"):
        receive(filing, b"")
    too_much = (bytes(1024 * 1024) for _ in range(65))
    with pytest.raises(Refused, match="超过上限 64 MB"):
        rosters.receive_upload(actor=actor, filing=filing, kind="roster", data=too_much, filename="a.xlsx")
    viewer = make_member(filing.institution, "viewer").account
    with pytest.raises(Refused, match="查看人"):
        rosters.receive_upload(actor=viewer, filing=filing, kind="roster", data=b"a", filename="a.xlsx")
    filing.closed_at = clock.now()
    filing.save()
    with pytest.raises(Refused, match="已关闭"):
        receive(filing, b"a")
    assert not RosterUpload.objects.exists()
    assert not StoredFile.objects.exists()


def test_more_rows_than_the_limit_are_refused_before_any_is_staged(monkeypatch):
    monkeypatch.setattr(staging, "MOST_ROWS", 2)
    upload = stage(make_filing(), [typed(), typed(), typed()])
    assert upload.state == "failed"
    assert "共 3 行，一次最多 2 行" in upload.problem


# ── Killed, slow, side by side ───────────────────────────────────────────────────────────────────────────────


class Killed(BaseException):
    """What a killed worker feels like: nothing of ours runs any more."""


def rows_of(upload):
    fields = ("line", "outcome", "name", "document_index", "grade", "price_fen", "content_digest", "problems")
    return list(upload.rows.values_list(*fields))


def mixed(count):
    rows = [typed(name=f"第{place}人") for place in "甲乙丙丁戊己庚"[:count]]
    rows[1]["phone"] = "139"
    rows[3]["document_number"] = rows[0]["document_number"]
    return rows


@pytest.mark.parametrize("step", range(1, 9))
def test_a_worker_killed_at_any_step_is_resumed_and_the_counts_agree(step, monkeypatch, process_day):
    monkeypatch.setattr(staging, "CHUNK", 2)
    data = sheet_of(mixed(7))
    whole = work_off(receive(filing_of("甲校"), data))

    held, count = leases.hold_upload, iter(range(1, 100))

    def killed_hold(upload):
        if next(count) == step:
            raise Killed
        return held(upload)

    upload = receive(filing_of("乙校"), data)
    with monkeypatch.context() as patch:
        patch.setattr(staging, "hold_upload", killed_hold)
        try:
            rosters.work_on_uploads(seconds=600)
        except Killed:
            assert upload.rows.count() in (0, 2, 4, 6)
    process_day(clock.now() + leases.LEASE + timedelta(seconds=1))
    upload = work_off(upload)
    assert (upload.state, upload.done, upload.total) == ("checked", 7, 7)
    assert rows_of(upload) == rows_of(whole)
    assert upload.counts == whole.counts
    assert sum(upload.counts.values()) == upload.rows.count()


def test_a_chunk_killed_inside_its_transaction_leaves_nothing(monkeypatch, process_day):
    monkeypatch.setattr(staging, "CHUNK", 3)
    upload = receive(make_filing(), sheet_of(mixed(7)))
    make, count = RosterRow.objects.bulk_create, iter(range(1, 100))

    def killed_create(rows):
        made = make(rows)
        if next(count) == 2:
            raise Killed
        return made

    with monkeypatch.context() as patch:
        patch.setattr(type(RosterRow.objects), "bulk_create", lambda manager, rows: killed_create(rows))
        with pytest.raises(Killed):
            rosters.work_on_uploads(seconds=600)
    upload.refresh_from_db()
    assert (upload.done, upload.rows.count()) == (3, 3)
    process_day(clock.now() + leases.LEASE + timedelta(seconds=1))
    assert work_off(upload).rows.count() == 7


@pytest.mark.parametrize("killed_in", ["take_rows_now", "_add_people"])
def test_taking_killed_in_the_middle_takes_nothing_and_then_everything(killed_in, monkeypatch, process_day):
    monkeypatch.setattr(taking, "CHUNK", 1)
    filing = make_filing()
    rows = [typed(), typed()]
    take(stage(filing, rows))
    before = {entry.pk: entry.row_id for entry in filing.entries.all()}
    corrected = [row | {"phone": "13900000009"} for row in rows]
    upload = stage(filing, [*corrected, typed(), typed(), typed()])
    rosters.take_rows(actor=upload.uploaded_by, upload=upload)
    step = getattr(taking, killed_in)

    def killed_after(*args, **more):
        step(*args, **more)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(taking, killed_in, killed_after)
        with pytest.raises(Killed):
            rosters.work_on_uploads(seconds=600)
    assert {entry.pk: entry.row_id for entry in filing.entries.all()} == before
    process_day(clock.now() + leases.LEASE + timedelta(seconds=1))
    upload = work_off(upload)
    assert upload.counts == {"new": 3, "changed": 2, "same": 0, "refused": 0}
    assert {entry.row_id for entry in filing.entries.all()} == {row.pk for row in upload.rows.all()}
    assert upload.rows.exclude(accepted_at=None).count() == 5


def test_taking_that_is_given_up_is_a_preview_again(monkeypatch, process_day):
    upload = stage(make_filing(), [typed(), typed()])
    rosters.take_rows(actor=upload.uploaded_by, upload=upload)
    monkeypatch.setattr(taking, "_add_people", lambda *_: 1 / 0)
    for _ in range(leases.ATTEMPTS + 2):  # the first one got somewhere, and the last one gives up
        upload = work_off(upload)
        process_day(clock.now() + leases.LEASE + timedelta(seconds=1))
    assert (upload.state, upload.counts["new"]) == ("checked", 2)
    assert "名单没有写入" in upload.problem
    assert not upload.filing.entries.exists()
    assert not upload.rows.exclude(accepted_at=None).exists()


def test_a_leased_upload_is_left_alone_and_a_lost_lease_writes_nothing():
    upload = receive(make_filing(), sheet_of([typed()]))
    ours = leases.claim_upload()
    assert ours is not None
    assert leases.claim_upload() is None
    RosterUpload.objects.filter(pk=upload.pk).update(leased_until=clock.now() + timedelta(hours=1))
    with pytest.raises(leases.LeaseLost):
        staging.check_roster(ours, float("inf"))
    upload.refresh_from_db()
    assert (upload.state, upload.rows.count()) == ("waiting", 0)


def test_two_workers_at_once_stage_each_row_once(monkeypatch):
    monkeypatch.setattr(staging, "CHUNK", 1)
    uploads = [receive(filing_of(f"{name}校"), sheet_of([typed() for _ in range(4)])) for name in "甲乙丙"]

    def work():
        try:
            rosters.work_on_uploads(seconds=600)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for upload in uploads:
        upload.refresh_from_db()
        assert (upload.state, upload.done, upload.rows.count()) == ("checked", 4, 4)
        assert upload.counts["new"] == 4


def test_an_upload_that_keeps_killing_its_worker_is_given_up_and_others_go_on(monkeypatch, process_day):
    poison = receive(filing_of("甲校"), sheet_of([typed()]))
    good = receive(filing_of("乙校"), sheet_of([typed()]))
    parse = staging.parse_sheet

    def parse_or_die(data, *more):
        if data == store.read(poison.file):
            raise Killed
        return parse(data, *more)

    monkeypatch.setattr(staging, "parse_sheet", parse_or_die)
    for _ in range(leases.ATTEMPTS):
        with pytest.raises(Killed):
            rosters.work_on_uploads(seconds=600)
        process_day(clock.now() + leases.LEASE + timedelta(seconds=1))
    work_off(poison)
    poison.refresh_from_db()
    good.refresh_from_db()
    assert poison.state == "failed"
    assert "多次中断" in poison.problem
    assert good.state == "checked"


def test_a_row_that_cannot_be_checked_does_not_hold_up_the_others(monkeypatch):
    check = staging.check_row

    def check_or_fail(cells, *, context):
        if cells["name"] == "乙某":
            raise ZeroDivisionError
        return check(cells, context=context)

    monkeypatch.setattr(staging, "check_row", check_or_fail)
    upload = stage(make_filing(), [typed(name="甲某"), typed(name="乙某"), typed(name="丙某")])
    assert outcomes(upload) == {2: "new", 3: "refused", 4: "new"}
    assert "无法检查" in told(upload, 3)


def test_a_long_list_does_not_keep_a_short_one_waiting(monkeypatch):
    monkeypatch.setattr(staging, "CHUNK", 1)
    long = receive(filing_of("甲校"), sheet_of([typed() for _ in range(4)]))
    short = receive(filing_of("乙校"), sheet_of([typed()]))
    monkeypatch.setattr(staging, "LEAST_SECONDS", 0)
    seconds = itertools.count()
    for module in (rosters, staging):
        monkeypatch.setattr(module, "monotonic", lambda: float(next(seconds)))
    done = []
    for _ in range(5):
        rosters.work_on_uploads(seconds=4)  # time for one step of one upload
        done.append({upload.pk: upload.done for upload in RosterUpload.objects.all()})
    assert [found[short.pk] for found in done[:2]] == [0, 1]
    assert [found[long.pk] for found in done] == [1, 1, 2, 3, 4]


# ── Sealed ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_document_number_of_a_roster_stands_in_the_clear():
    number = resident_id(date(1991, 4, 9))
    take(stage(make_filing(), [typed(document_number=number), typed(name=number, jobs_1_employer=number)]))
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert number not in json.dumps(cursor.fetchall(), default=str, ensure_ascii=False)

"""The exchange with the city's self-service system: what is exported, its way back, and the answers put to people."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from exams.filing.checks import latest_submission
from exams.filing.groups.exchange.fields import FIELDS, Filed
from exams.filing.groups.exchange.mappings import (
    MappedColumn,
    columns_of,
    ensure_mappings,
    read_row,
    row_texts,
)
from exams.filing.groups.exchange.replies import shown_replies, work_on_replies
from exams.filing.groups.exchange.workbooks import export_filing, export_photos
from exams.filing.groups.holdings import HOLDING
from exams.filing.groups.models import ColumnMapping, ExternalReply, RosterUpload
from exams.filing.groups.opening import close_filing
from exams.filing.groups.rosters import uploads as rosters
from exams.filing.groups.rosters.leases import claim_upload
from portal.audit.models import AccessEntry, AuditEntry
from portal.rules.findings import Refused
from portal.workbook.reading import parse_sheet, read_lines
from portal.workbook.writing import Heading, write_sheet
from tests.factories import make_institution, make_member, make_staff
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def filing(db):
    ensure_mappings()
    return make_filing()


@pytest.fixture
def people(filing):
    return [make_entry(filing, name, stage="approved") for name in ("王秀英", "阿依古丽·买买提", "𬀩㛃䶮")]


@pytest.fixture
def mapping(filing) -> ColumnMapping:
    return ColumnMapping.objects.get(pk="self_service")


def number(entry) -> str:
    return entry.row.content["record"]["identity"]["document_number"]


def table(data: bytes) -> list[list[str]]:
    """The sheet's rows as its confined reader gives them, the heading first."""
    lines = read_lines(parse_sheet(data, "表.xlsx"))
    next(lines)
    return [[cell or "" for cell in line["cells"]] for line in lines]


def sheet(headings: list[str], *rows: list[str]) -> bytes:
    return write_sheet([Heading(title=one, width=12) for one in headings], rows, title="回执", sheet="回执")


def answer(filing, data: bytes, actor=None) -> RosterUpload:
    """The sheet uploaded and worked off."""
    upload = rosters.receive_upload(
        actor=actor or filing.opened_by, filing=filing, kind="replies", data=data, filename="回执.xlsx"
    )
    rosters.work_on_uploads(seconds=60)
    upload.refresh_from_db()
    return upload


def export(filing, mapping, actor=None):
    return export_filing(actor=actor or filing.opened_by, filing=filing, mapping=mapping)


def test_the_workbook_has_everybody_approved_in_the_mappings_columns(filing, people, mapping) -> None:
    make_entry(filing, "李四", stage="submitted")
    made = export(filing, mapping)
    head, *rows = table(made.data)
    assert head == [column.heading for column in columns_of(mapping)]
    assert made.persons == 3
    found = {row[head.index("姓名")]: dict(zip(head, row, strict=True)) for row in rows}
    assert set(found) == {entry.row.name for entry in people}
    row = found["王秀英"]
    assert row["证件号码"] == number(people[0])
    assert (row["证件类型"], row["文化程度"], row["申报级别"], row["考试类型"]) == (
        "居民身份证",
        "高中",
        "四级",
        "正考",
    )
    assert row["申报条件"] == "四级第1项 累计工作满 5 年"
    assert row["评价机构"] == "上海市健康促进协会"
    assert row["办学许可证号"] == filing.institution.permit_number
    assert row["现工作单位"] == "长宁区新华街道社区卫生服务中心"
    assert row["联系电话"] == "13900000001"
    assert row["照片文件名"] == f"王秀英_{number(people[0])}.jpg"
    assert row["备注"] == ""


def test_what_was_corrected_at_the_counter_is_exported(filing, people, mapping) -> None:
    submission = latest_submission(people[0].application)
    answers = submission.answers
    answers["identity"]["name"] = "王秀瑛"
    submission.answers = answers
    submission.save()
    head, *rows = table(export(filing, mapping).data)
    assert "王秀瑛" in {row[head.index("姓名")] for row in rows}


def test_every_export_is_in_the_trail_and_everybody_in_it_in_the_log(filing, people, mapping) -> None:
    export(filing, mapping)
    export_photos(actor=filing.opened_by, filing=filing)
    assert AuditEntry.objects.filter(action="groups.export_filing").count() == 2
    looked = AccessEntry.objects.filter(kind="export_filing")
    assert looked.count() == 6
    assert set(looked.values_list("person_id", flat=True)) == {str(one.person_id) for one in people}


def test_others_get_nothing(filing, people, mapping) -> None:
    stranger = make_member(make_institution("上海市静安区另一所学校")).account
    viewer = make_member(filing.institution, "viewer").account
    clerk = make_staff("考务", "exams.arrange_session")
    for actor in (stranger, viewer, clerk):
        with pytest.raises(Refused):
            export(filing, mapping, actor)
        with pytest.raises(Refused):
            export_photos(actor=actor, filing=filing)
        with pytest.raises(Refused):
            answer(filing, b"x", actor)
    assert export(filing, mapping, make_staff("周敏", "exams.review_groupfiling")).persons == 3


def test_nobody_approved_is_said(filing, mapping) -> None:
    make_entry(filing, stage="submitted")
    with pytest.raises(Refused, match="还没有审核通过的人"):
        export(filing, mapping)


# ── There and back ───────────────────────────────────────────────────────────────────────────────────────────

CJK = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2EBE0),
    (0x30000, 0x323AF),
    (0xF900, 0xFAD9),
)
HAN = st.one_of(
    *(st.characters(min_codepoint=first, max_codepoint=last, categories=["Lo"]) for first, last in CJK)
)
NAMES = st.text(HAN, min_size=1, max_size=8)
AWKWARD = st.sampled_from(
    ["=HYPERLINK(\"http://x\")", "+8613900000001", "-1", "@SUM(A1)", "'王", '"李"', "310105198806010023", "000123",
     "1E5", "2026-11-01", "TRUE", "<r>王</r>", "_x0041_", "a\nb", "#N/A", "1,5", "㍿", "·", "王 小明"]
)  # fmt: skip
TEXTS = st.one_of(
    NAMES,
    AWKWARD,
    st.just(""),
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), max_size=30).map(str.strip),
)
SEXES = ("male", "female", "")


@pytest.fixture
def filed(filing, people) -> Filed:
    application = people[0].application
    return Filed(filing, application, latest_submission(application).answers, 48000, 1)


@budget(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(NAMES, TEXTS, TEXTS, TEXTS, st.sampled_from(["male", "female", ""])),
        min_size=1,
        max_size=12,
    )
)
def test_a_workbook_read_backwards_gives_what_was_written(filed, mapping, rows) -> None:
    """Names of every block, signs of formulas, long numbers, empty cells: through the file and its confined reader."""
    columns = columns_of(mapping)
    written, expected = [], []
    for name, employer, phone, document, sex in rows:
        identity = {**filed.answers["identity"], "name": name, "document_number": document, "sex": sex}
        jobs = [{**filed.answers["jobs"][0], "employer": employer}]
        one = Filed(
            filed.filing,
            filed.application,
            {**filed.answers, "identity": identity, "jobs": jobs, "phone": phone},
            filed.fee_fen,
            filed.place,
        )
        written.append(row_texts(columns, one))
        expected.append({column.field: FIELDS[column.field].read(one) for column in columns if column.field})
    data = write_sheet(
        [Heading(title=column.heading, width=12) for column in columns], written, title="表", sheet="表"
    )
    _, *found = table(data)
    assert [read_row(columns, texts) for texts in found] == expected


def test_every_field_of_everybody_comes_back(filing, people, filed) -> None:
    columns = [MappedColumn(one.title, key) for key, one in FIELDS.items()]
    assert read_row(columns, row_texts(columns, filed)) == {
        key: one.read(filed) for key, one in FIELDS.items()
    }


def test_an_export_sent_back_as_the_answer_is_kept_row_by_row(filing, people, mapping) -> None:
    made = export(filing, mapping)
    upload = answer(filing, made.data)
    assert (upload.state, upload.counts) == ("taken", {"new": 3, "same": 0, "refused": 0})
    head, *rows = table(made.data)
    expected = {
        row[head.index("证件号码")]: [list(pair) for pair in zip(head, row, strict=True)] for row in rows
    }
    kept = {number(reply.entry): reply.values for reply in ExternalReply.objects.select_related("entry__row")}
    assert kept == expected


# ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────────

HEADINGS = ["序号", "姓 名", "证件号码（必填）", "受理结果", "受理编号", "说明", "备注", "备注"]


def rows_of(people, result: str = "通过") -> list[list[str]]:
    return [
        [str(place), one.row.name, number(one), result, f"SH{place:05d}", "", "甲", "乙"]
        for place, one in enumerate(people, 1)
    ]


def test_an_answer_goes_to_its_person_whole(filing, people) -> None:
    upload = answer(filing, sheet(HEADINGS, *rows_of(people)))
    assert (upload.state, upload.total, upload.done) == ("taken", 3, 3)
    assert upload.report == []
    assert upload.parsed is None
    reply = people[1].replies.get()
    assert reply.values == [
        ["序号", "2"],
        ["姓 名", "阿依古丽·买买提"],
        ["证件号码（必填）", number(people[1])],
        ["受理结果", "通过"],
        ["受理编号", "SH00002"],
        ["说明", ""],
        ["备注", "甲"],
        ["备注（第 8 列）", "乙"],
    ]
    (shown,) = shown_replies([reply])
    assert shown.said == {"result": "通过", "external_number": "SH00002", "message": ""}
    assert number(people[1]) not in str(shown.rows)


def test_the_same_file_again_brings_nothing_and_a_new_answer_only_what_is_new(filing, people) -> None:
    first = sheet(HEADINGS, *rows_of(people))
    answer(filing, first)
    assert answer(filing, first).counts == {"new": 0, "same": 3, "refused": 0}
    changed = sheet(HEADINGS, *rows_of(people[:2]), *rows_of(people, "退回")[2:])
    assert answer(filing, changed).counts == {"new": 1, "same": 2, "refused": 0}
    # The first file once more, by mistake: not the news that an older answer would be.
    assert answer(filing, first).counts == {"new": 0, "same": 3, "refused": 0}
    assert people[2].replies.count() == 2


def test_what_fits_nobody_is_listed_with_its_reason_and_holds_up_nobody(filing, people) -> None:
    good, *_ = rows_of(people)
    other = ["9", "王秀瑛", number(people[1]), "通过", "", "", "", ""]
    stranger = ["9", "李四", "310105199001019999", "通过", "", "", "", ""]
    nameless = ["9", "张三", "", "通过", "", "", "", ""]
    twin = ["9", good[1], good[2].lower(), "退回", "", "", "", ""]
    upload = answer(filing, sheet(HEADINGS, good, other, stranger, nameless, twin))
    assert upload.counts == {"new": 1, "same": 0, "refused": 4}
    said = [(line["name"], line["sentence"]) for line in upload.report]
    assert [sentence for _, sentence in said] == [
        "姓名与我方不一致：这个证件号码在这批申报里是阿依古丽·买买提。",
        "证件号码不在这批申报的人员里。",
        "这一行没有证件号码。",
        "与第 2 行是同一个证件号码，只采用了前面一行。",
    ]
    assert said[1][0] == "第 4 行 李四 3101**********9999"
    assert "310105199001019999" not in str(upload.report)
    assert people[0].replies.get().values[3] == ["受理结果", "通过"]


def test_the_same_file_with_twins_again_brings_nothing(filing, people) -> None:
    good, *_ = rows_of(people)
    twice = sheet(HEADINGS, good, [*good[:3], "退回", "", "", "", ""])
    assert answer(filing, twice).counts == {"new": 1, "same": 0, "refused": 1}
    assert answer(filing, twice).counts == {"new": 0, "same": 1, "refused": 1}


def test_a_number_that_a_sheet_has_spoilt_is_said(filing, people) -> None:
    data = "\n".join(["姓名,证件号码,受理结果,说明", f"王秀英,{number(people[0])},通过,好"]).encode("gb18030")
    assert answer(filing, data).counts["new"] == 1, "text with separators keeps its digits"


def test_a_sheet_without_its_heading_or_number_is_refused_whole(filing, people) -> None:
    for headings in (["甲", "乙", "丙"], ["姓名", "受理结果", "说明"]):
        upload = answer(filing, sheet(headings, ["王秀英", "通过", ""]))
        assert upload.state == "failed"
        assert "证件号码" in upload.problem
    upload = answer(filing, sheet(HEADINGS))
    assert "没有可以导入的回执" in upload.problem
    assert not ExternalReply.objects.exists()


def test_a_killed_worker_goes_on_where_it_stopped(filing, people, monkeypatch) -> None:
    monkeypatch.setattr("exams.filing.groups.exchange.replies.CHUNK", 1)
    upload = rosters.receive_upload(
        actor=filing.opened_by,
        filing=filing,
        kind="replies",
        data=sheet(HEADINGS, *rows_of(people)),
        filename="a",
    )
    claimed = claim_upload()
    work_on_replies(claimed, 0)  # opened, and stopped before a row was taken
    assert claimed.state == "checking"
    work_on_replies(claimed, -1)
    assert ExternalReply.objects.count() == 0
    RosterUpload.objects.update(leased_until=None)
    rosters.work_on_uploads(seconds=60)
    upload.refresh_from_db()
    assert (upload.state, upload.counts, ExternalReply.objects.count()) == (
        "taken",
        {"new": 3, "same": 0, "refused": 0},
        3,
    )


def test_a_mapping_changed_while_a_worker_rests_leaves_nothing_in_work(filing, people) -> None:
    def opened() -> RosterUpload:
        upload = rosters.receive_upload(
            actor=filing.opened_by,
            filing=filing,
            kind="replies",
            data=sheet(HEADINGS, *rows_of(people)),
            filename="a",
        )
        work_on_replies(claim_upload(), 0)
        RosterUpload.objects.filter(pk=upload.pk).update(leased_until=None)
        return upload

    fewer = opened()
    RosterUpload.objects.filter(pk=fewer.pk).update(total=9)
    rosters.work_on_uploads(seconds=60)
    fewer.refresh_from_db()
    assert (fewer.state, fewer.done, fewer.total) == ("taken", 3, 3)
    strange = opened()
    ColumnMapping.objects.filter(purpose="replies").delete()
    rosters.work_on_uploads(seconds=60)
    strange.refresh_from_db()
    assert strange.state == "failed"
    assert "列对照" in strange.problem


def test_the_person_sees_the_answers_in_their_export(filing, people) -> None:
    answer(filing, sheet(HEADINGS, *rows_of(people)))
    (told,) = dict(HOLDING.export(people[0].person))["团体申报"]
    (reply,) = told["市自助经办系统的回执"]
    assert ["受理结果", "通过"] in reply["内容"]


def test_answers_come_after_the_filing_was_closed_and_also_to_the_counter(filing, people) -> None:
    close_filing(actor=filing.opened_by, filing=filing)
    clerk = make_staff("周敏", "exams.review_groupfiling")
    assert answer(filing, sheet(HEADINGS, *rows_of(people)), clerk).counts["new"] == 3


def test_no_number_of_a_document_stands_in_a_clear_column(filing, people, mapping) -> None:
    export(filing, mapping)
    upload = answer(filing, sheet(HEADINGS, *rows_of(people)))
    shown = [
        *RosterUpload.objects.values_list("counts", "problem"),
        *AuditEntry.objects.values_list("detail"),
    ]
    assert upload.counts["new"] == 3
    assert not [text for text in map(str, shown) for one in people if number(one) in text]

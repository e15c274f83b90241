"""A row of a roster: what is read, what is refused in which words, what the rules say of it, what it costs."""

import json
import re
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exams.catalogue.models import Occupation
from exams.filing.answers import IDENTITY_FIELDS, ROW_FIELDS
from exams.filing.groups.rosters.checking import Checked, Context, check_row, read_context
from exams.filing.groups.rosters.columns import COLUMNS, column, problem_text
from tests.factories import load_catalogue, resident_id
from tests.groups.sheets import BORN, typed

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 2)
NUMBER = resident_id(BORN, serial=22)


@pytest.fixture(autouse=True)
def _on_that_day(frozen_day):
    frozen_day(TODAY)


@pytest.fixture
def context() -> Context:
    load_catalogue()
    return read_context(Occupation.objects.get(), TODAY)


def sentences(checked: Checked, code: str) -> str:
    return "".join(one["sentence"] for one in checked.problems if one["column"] == code)


def test_a_good_row_gives_the_record_that_answers_would_hold(context):
    checked = check_row(typed(document_number=NUMBER, sex=None), context=context)
    assert checked.problems == []
    assert (checked.grade, checked.kind, checked.route) == (4, "regular", "TR2023-2.1")
    assert (checked.eligible, checked.price_fen, checked.subjects) == (True, 48000, ["theory", "practical"])
    assert checked.phone == "+8613900000001"
    record = checked.record
    assert record is not None
    assert set(record["identity"]) == {*IDENTITY_FIELDS, "document_kind", "document_number"}
    assert record["identity"]["birth_date"] == "1988-06-01"
    assert record["identity"]["sex"] == "female"
    (job,) = record["jobs"]
    assert set(job) == {"id", *ROW_FIELDS["jobs"]}
    assert (job["started_on"], job["left_on"], job["witness_phone"]) == ("2012-03-01", None, "021-62770000")
    UUID(job["id"])


@pytest.mark.parametrize(
    ("code", "cell", "kept"),
    [
        ("name", "  王　秀英 ", "王秀英"),
        ("document_kind", "身份证", "居民身份证"),
        ("document_number", f"'{NUMBER.lower()}", NUMBER),
        ("document_number", " ".join(NUMBER), NUMBER),
        ("sex", "女性", "女"),
        ("birth_date", "1988/6/1", "1988-06-01"),
        ("phone", "+86 139-0000-0001", "13900000001"),
        ("phone", {"kind": "number", "value": "13900000001"}, "13900000001"),
        ("general_education", "中专", "高中（含中职、技校、同等学力）"),
        ("general_education", "高职", "大专（含高职）"),
        ("grade", "四级", "四级/中级工"),
        ("grade", "中级工", "四级/中级工"),
        ("grade", {"kind": "number", "value": "4"}, "四级/中级工"),
        ("kind", "regular", "正考"),
        ("route", "四级第1项", "四级第1项 累计工作满 5 年"),
        ("route", "四级第1条", "四级第1项 累计工作满 5 年"),
        ("route", "四级/中级工 第 1 条 累计工作满5年", "四级第1项 累计工作满 5 年"),
        ("route", "第1条", "四级第1项 累计工作满 5 年"),
        ("route", "TR2023-2.1", "四级第1项 累计工作满 5 年"),
        ("route", "附件1 四级第1项", "四级第1项 累计工作满 5 年"),
        ("consent", {"kind": "bool", "value": "TRUE"}, "是"),
        ("consent", "√", "是"),
        ("jobs_1_started_on", "2012年3月1日", "2012-03-01"),
        ("jobs_1_started_on", "2012.3.1", "2012-03-01"),
        ("jobs_1_started_on", "20120301", "2012-03-01"),
        ("jobs_1_started_on", "２０１２-０３-０１", "2012-03-01"),  # noqa: RUF001
        ("jobs_1_started_on", {"kind": "date", "value": "2012-03-01T00:00:00"}, "2012-03-01"),
        ("jobs_1_started_on", {"kind": "number", "value": "20120301"}, "2012-03-01"),
        ("jobs_1_left_on", "至今", None),
        ("jobs_1_relation", "相关", "相关职业"),
        ("titles_1_name", "/", None),
    ],
)
def test_what_people_write_is_understood(context, code, cell, kept):
    checked = check_row(typed(document_number=NUMBER) | {code: cell}, context=context)
    assert checked.problems == []
    assert checked.cells.get(code) == kept


@pytest.mark.parametrize(
    ("code", "cell", "told"),
    [
        ("document_number", {"kind": "number", "value": "310105198806010000"}, "须为文本格式"),
        ("document_number", NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2"), "校验不符"),
        ("document_number", "", "请填写证件号码"),
        ("document_number", "=A1", "不能用在证件号码里"),
        ("name", "王\x00英", "控制字符"),
        ("name", "", "请填写姓名"),
        ("name", "王秀英" * 20, "最多 50 个字"),
        ("sex", "男", "与填写的男不一致"),
        ("birth_date", "1990-01-01", "请核对证件号码和出生日期"),
        ("birth_date", "1988-06-31", "没有 1988 年 6 月 31 日"),
        ("phone", "021-62777131", "固定电话"),
        ("phone", {"kind": "formula", "value": "13900000001"}, "这一格是公式"),
        ("grade", {"kind": "error", "value": "#N/A"}, "这一格是错误值"),
        ("grade", "二级/技师", "请从列表中选择：四级/中级工、三级/高级工"),
        ("grade", "很高", "“很高”不在可选的内容里"),
        ("kind", "补考", None),
        ("consent", "否", "须先取得本人同意"),
        ("consent", None, "请选择本人同意"),
        ("route", "三级第1项", "不是所申报等级的"),
        ("route", "四级第9项", "不是所申报等级的申报条件"),
        ("subjects", "理论知识", "正考须考全部科目"),
        ("jobs_1_started_on", "2012年3月", "请写到日"),
        ("jobs_1_started_on", "三月一日", "不是能认出的日期"),
        ("jobs_1_started_on", {"kind": "number", "value": "40969"}, "是数字，不是日期"),
        ("jobs_1_started_on", "1980-01-01", "早于出生日期"),
        ("jobs_1_started_on", "2026-11-03", "还没有到"),
        ("jobs_1_left_on", "2011-01-01", "早于开始日期"),
        ("jobs_1_left_on", "2027-01-01", "仍在做这份工作的，不填"),
        ("jobs_1_employer", None, "请填写单位名称"),
        ("jobs_1_employer", "某" * 101, "最多 100 个字，现在是 101 个字"),
        ("jobs_1_employer", {"kind": "date", "value": "2012-03-01"}, "变成了日期"),
        ("jobs_1_witness_phone", "123", "手机号码"),
        ("credentials_1_number", {"kind": "number", "value": "3101051988060100"}, "第 15 位以后"),
        ("titles_1_name", "主管护师", None),
        ("schooling_1_school_name", "上海某校", None),
    ],
)
def test_what_cannot_be_is_told_with_its_column(context, code, cell, told):
    checked = check_row(typed(document_number=NUMBER) | {code: cell}, context=context)
    assert checked.record is None
    if told is not None:
        assert told in sentences(checked, code)
    for problem in checked.problems:
        assert problem["sentence"].endswith("。")
        assert problem_text(problem).startswith(column(problem["column"]).title)


def test_every_problem_of_a_row_is_told_at_once_in_the_order_of_the_sheet(context):
    row = typed(name="", phone="139", grade="三级", general_education="初中", consent="否")
    row |= {"jobs_1_employer": "", "jobs_1_started_on": "2024-01-01", "titles_1_name": "主管护师"}
    checked = check_row(row, context=context)
    told = [problem["column"] for problem in checked.problems]
    order = [one.code for one in COLUMNS]
    assert told == sorted(told, key=order.index)
    assert {"name", "phone", "consent", "general_education", "jobs_1_employer", "titles_1_rank"} <= set(told)


def test_a_row_that_is_not_eligible_is_judged_beside_its_other_problems(context):
    row = typed(phone="139", jobs_1_started_on="2024-01-01")
    checked = check_row(row, context=context)
    assert checked.eligible is False
    assert checked.opens_on == date(2029, 1, 1)
    assert "还差" in sentences(checked, "route")
    assert "2029年1月1日" in sentences(checked, "route")


def test_another_condition_that_is_met_is_named(context):
    checked = check_row(typed(route="四级第2项"), context=context)
    assert checked.eligible is False
    assert "但已符合“四级第1项 累计工作满 5 年”" in sentences(checked, "route")


def test_the_condition_left_open_is_chosen_and_said(context):
    checked = check_row(typed(), context=context)
    assert checked.notes == ["申报条件没有填，已选“四级第1项 累计工作满 5 年”。"]


@pytest.mark.parametrize(("born", "old_enough"), [(date(2010, 11, 2), True), (date(2010, 11, 3), False)])
def test_the_age_is_judged_beside_the_condition(context, born, old_enough):
    row = typed(document_number=resident_id(born), jobs_1_employer=None, jobs_1_position=None)
    row = {code: text for code, text in row.items() if not code.startswith("jobs_")} | {
        "schooling_1_school_name": "上海市某某学校",
        "schooling_1_school": "中职",
        "schooling_1_programme": "中专",
        "schooling_1_major_name": "护理",
        "schooling_1_major": "相关专业",
        "schooling_1_status": "应届",
        "schooling_1_on": "2027-07-01",
    }
    checked = check_row(row, context=context)
    assert checked.eligible is old_enough
    assert ("未满 16 周岁" in sentences(checked, "birth_date")) is not old_enough


@pytest.mark.parametrize(
    ("subjects", "price", "told"),
    [
        ("理论知识", 10000, ""),
        ("操作", 38000, ""),
        ("理论知识、操作技能", None, "按正考申报"),
        ("综合评审", None, "请从列表中选择：理论知识、操作技能"),
        ("", None, "补考须填补考科目"),
    ],
)
def test_a_retake_costs_its_subjects_and_is_not_judged(context, subjects, price, told):
    row = {code: text for code, text in typed().items() if not code.startswith("jobs_")}
    checked = check_row(row | {"kind": "补考", "subjects": subjects}, context=context)
    assert (checked.price_fen, checked.eligible, checked.route) == (price, None, "")
    assert told in sentences(checked, "subjects")
    assert (checked.record is None) is bool(told)


def test_a_retake_says_what_is_looked_at_later(context):
    checked = check_row(typed(kind="补考", subjects="理论知识"), context=context)
    assert "有没有仍有效的合格科目，提交时核对。" in checked.notes


@pytest.mark.parametrize(("started_on", "told"), [("2004-05-31", True), ("2004-06-01", False)])
def test_a_job_begun_before_sixteen_is_noted_and_no_problem(context, started_on, told):
    checked = check_row(typed(document_number=NUMBER, jobs_1_started_on=started_on), context=context)
    assert checked.problems == []
    assert ("第 1 段工作开始时不满 16 周岁，请核对日期。" in checked.notes) is told


def test_two_ways_of_typing_the_same_are_the_same(context):
    plain = check_row(typed(document_number=NUMBER), context=context)
    loose = typed(document_number=f"{NUMBER} ", grade="4级", phone="139 0000 0001", serial="7")
    loose["jobs_1_started_on"] = "2012年3月1日"
    assert check_row(loose, context=context).digest == plain.digest
    assert check_row(typed(document_number=NUMBER, name="王秀"), context=context).digest != plain.digest


def test_a_number_in_the_wrong_column_does_not_stand_in_the_clear(context):
    for code in (one.code for one in COLUMNS):
        checked = check_row(typed() | {code: NUMBER}, context=context)
        assert NUMBER not in json.dumps(checked.problems, ensure_ascii=False)
        assert NUMBER not in checked.name


cell_text = st.text(max_size=40) | st.sampled_from(["是", "女", "20261101", "=1+1", "四级", "\x00", "\ud800"])
cells = (
    cell_text
    | st.none()
    | st.builds(
        lambda kind, value: {"kind": kind, "value": value},
        st.sampled_from(["number", "date", "bool", "error", "formula"]),
        cell_text | st.sampled_from(["3.1E+17", "1", "2026-01-01", "TRUE"]),
    )
)


@settings(max_examples=150, deadline=None)
@given(row=st.dictionaries(st.sampled_from([one.code for one in COLUMNS]), cells, max_size=30))
def test_no_cell_whatever_makes_a_row_fail(row):
    load_catalogue()
    context = read_context(Occupation.objects.get(), TODAY)
    checked = check_row(typed() | row, context=context)
    for problem in checked.problems:
        assert problem["sentence"]
        assert not re.search(r"[0-9]{9}", problem["sentence"])

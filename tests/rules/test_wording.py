"""The words of verdicts, dates, spans and clauses."""

from __future__ import annotations

from datetime import date

import pytest

from portal.rules import wording
from portal.rules.dates import Span
from portal.rules.eligibility import Credential, Facts, Job, Schooling, judge
from portal.rules.facts import EDUCATIONS, RANKS
from portal.rules.fees import SUBJECTS
from portal.rules.requirements import EVERYONE
from portal.rules.routes import TR2023

PERSON = Facts(date(1990, 5, 6), "senior_high", "senior_high")


@pytest.mark.parametrize(
    ("clause", "cited"),
    [
        ("N2026-1", "通知一"),
        ("N2026-2.4", "通知二（四）"),
        ("N2026-6.5", "通知六（五）"),
        ("TR2023-1.1", "附件1 五级第1项"),
        ("TR2023-3.2", "附件1 三级第2项"),
        ("TR2023-5.3", "附件1 一级第3项"),
        ("A2", "附件2"),
        ("A3-1", "附件3 一"),
        ("A3-4.2", "附件3 四第2项"),
        ("A3-end", "附件3 末段"),
    ],
)
def test_how_a_clause_is_cited(clause: str, cited: str) -> None:
    assert wording.cite(clause) == cited


@pytest.mark.parametrize("clause", ["", "N2026", "TR2023-3", "TR2023-6.1", "A4", "A3-4.2.1"])
def test_what_is_no_clause_is_refused(clause: str) -> None:
    with pytest.raises(ValueError, match="no clause"):
        wording.cite(clause)


def test_dates_spans_and_money() -> None:
    assert wording.day_text(date(2026, 10, 12), weekday=True) == "2026年10月12日（周一）"
    assert wording.day_text(date(2027, 2, 5)) == "2027年2月5日"
    assert wording.span_text(Span(0, 3, 12)) == "3 个月 12 天"
    assert wording.span_text(Span()) == "0 天"
    assert wording.held_text(Span(5)) == "满 5 年"
    assert wording.held_text(Span(4, 8)) == "已有 4 年 8 个月"
    assert wording.short_text(Span(0, 3, 12)) == "还差 3 个月 12 天"
    assert wording.money_text(48_000) == "480 元"
    assert wording.money_text(105) == "1.05 元"


def test_the_answer_for_somebody_who_is_three_months_short() -> None:
    facts = Facts(
        date(1990, 5, 6),
        "senior_high",
        "senior_high",
        jobs=(Job("same", date(2022, 1, 1)),),
        credentials=(Credential("same", 4, date(2023, 2, 15)),),
    )
    assert wording.answer(judge(facts, grade=3, on=date(2026, 11, 15))) == (
        "您目前不能申报三级：从事本职业或相关职业还差 3 个月（附件1 三级第2项）。预计 2027年2月15日 起可以申报。"
    )
    assert wording.answer(judge(facts, grade=3, on=date(2027, 2, 15))) == (
        "您现在可以申报三级：符合附件1 三级第2项（取得四级证书后，累计工作满 4 年）。"
    )


def test_the_answer_names_age_and_education() -> None:
    pupil = Facts(
        date(2010, 5, 6),
        "junior_high",
        "senior_high",
        schooling=(
            Schooling("secondary_vocational", "secondary_vocational", "same", False, "final_year", None),
        ),
    )
    assert wording.answer(judge(pupil, grade=4, on=date(2026, 5, 5))) == (
        "您目前不能申报四级：未满 16 周岁（通知二（一））；学历须为高中毕业（或同等学力）及以上（通知二（一））。"
    )


def test_the_answer_where_waiting_does_not_help() -> None:
    assert wording.answer(judge(PERSON, grade=3, on=date(2026, 5, 5))) == (
        "您目前不能申报三级：各项申报条件都还有缺项，仅靠等待不能满足（附件1）。"
    )


@pytest.mark.parametrize("grade", [5, 4, 3, 2, 1])
def test_every_requirement_of_every_route_has_words(grade: int) -> None:
    child = Facts(date(2015, 5, 6), "none", "none")
    waiting = Facts(date(2015, 5, 6), "none", "none", credentials=(Credential("same", 1, date(2027, 1, 1)),))
    for facts in (child, waiting):
        for route in judge(facts, grade=grade, on=date(2026, 5, 5)).routes:
            text = wording.route_text(route)
            assert text.endswith("。")
            assert wording.cite(route.clause) in text
            assert "None" not in text


def test_every_code_has_a_name() -> None:
    codes = set(EVERYONE)
    for grade in TR2023:
        for facts in (PERSON, Facts(date(1990, 5, 6), "none", "none")):
            codes |= {
                code for one in judge(facts, grade=grade, on=date(2026, 5, 5)).routes for code in one.evidence
            }
    assert codes <= wording.EVIDENCE_NAMES.keys()
    assert set(EDUCATIONS) == wording.EDUCATION_NAMES.keys()
    assert set(RANKS) == wording.RANK_NAMES.keys()
    assert set(SUBJECTS) == wording.SUBJECT_NAMES.keys()
    assert {name for grade in TR2023.values() for name in grade} == wording.ROUTE_TITLES.keys()

"""The papers of a case: who is meant, by what clause, what follows, and until when one may answer."""

import io

import pypdf
import pytest

from applicants.records.queries import live_document
from exams.conduct.cases import uphold_decision
from exams.conduct.deciding import reverse_decision
from exams.conduct.documents import render_answer, render_decision, render_notice, render_record
from exams.conduct.models import CaseStep, Decision
from tests.conduct import procedure
from tests.results.world import EXAM_DAY


def text_of(document: bytes) -> str:
    """The text layer without spaces, which spaced-out titles and broken lines scatter through it."""
    pages = pypdf.PdfReader(io.BytesIO(document)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def says(text: str, *words: str) -> bool:
    missing = [word for word in words if "".join(word.split()) not in text]
    assert not missing, (missing, text)
    return True


def number_of(case) -> str:
    return live_document(case.person).number


@pytest.fixture
def seats(hands):
    return procedure.sat("欧阳晓蕾", "王䶮")


@pytest.fixture
def case(hands, seats):
    session, (seat, other) = seats
    incident = procedure.incident_of(hands, session, seat, other)
    return procedure.opened(hands, seat, incident=incident)


def test_the_record_names_everybody_and_whether_they_were_warned(hands, seats):
    session, (seat, other) = seats
    text = text_of(render_record(procedure.incident_of(hands, session, seat, other, warned=True)))
    assert says(text, "现场情况记录", "欧阳晓蕾", "王䶮", "提醒后仍不改正", "周敏", "顾晓峰", "记录人签名")


def test_ones_own_copy_of_the_record_names_nobody_else(hands, seats):
    session, (seat, other) = seats
    text = text_of(render_record(procedure.incident_of(hands, session, seat, other), only=seat))
    assert "欧阳晓蕾" in text
    assert "王䶮" not in text
    assert other.application.number not in text
    assert says(text, "另外 1 名考生")


def test_the_notice_says_what_is_intended_and_until_when_one_may_answer(hands, case):
    procedure.notified(hands, case)
    text = text_of(render_notice(CaseStep.objects.get(kind="notice")))
    assert says(
        text,
        "拟处理告知书",
        case.number,
        "抄袭试题答案",
        "附件3 三第2项",
        "到 2026年12月31日 为止",
        "2026年10月19日（周一）",
        "5 个工作日",
        "本会工作规定",
        "送达回证",
    )
    assert number_of(case) not in text


@pytest.mark.parametrize(("severity", "years"), [("minor", "2 年内"), ("serious", "5 年内")])
def test_the_notice_of_a_grave_act_says_how_grave(hands, seats, severity, years):
    case = procedure.notified(hands, procedure.opened(hands, seats[1][0], "A3-4.4"), severity=severity)
    text = text_of(render_notice(case.steps.get()))
    assert says(text, years)
    assert ("移送有关部门" in text) == (severity == "serious")


def test_the_decision_names_the_whole_document_the_clause_the_bar_and_the_way_to_a_review(hands, case):
    decision = procedure.decided(hands, procedure.stated(hands, procedure.notified(hands, case)))
    text = text_of(render_decision(decision))
    assert says(
        text,
        "处理决定书",
        number_of(case),
        "附件3 三第2项",
        "取消本次申报全部科目的成绩",
        "自 2026年10月12日 至 2026年12月31日",
        "提出陈述申辩，已予核对",
        "不予采纳",
        "10 个工作日",
        "申请复核",
    )
    assert "撤销" not in text


def test_a_decision_without_a_statement_says_that_none_came(hands, case, evening):
    procedure.notified(hands, case)
    evening(EXAM_DAY.replace(day=20))
    assert "没有收到您的陈述申辩" in text_of(render_decision(procedure.decided(hands, case)))


def test_an_act_against_the_rules_of_the_room_costs_that_subject_alone(hands, seats):
    case = procedure.opened(hands, seats[1][0], "A3-2.4")
    decision = procedure.decided(hands, procedure.stated(hands, procedure.notified(hands, case)))
    text = text_of(render_decision(decision))
    assert says(text, "取消本次申报理论知识科目的成绩")
    assert "不得参加" not in text


def test_a_review_is_answered_with_what_was_asked_and_what_stands(hands, case):
    decision = procedure.decided(hands, procedure.stated(hands, procedure.notified(hands, case)))
    with pytest.raises(LookupError):
        render_answer(decision)
    procedure.review_asked(procedure.served(hands, case))
    uphold_decision(actor=hands.reviewer, case=case, text="已调看录像，与记录一致。")
    text = text_of(render_answer(Decision.objects.get()))
    assert says(text, "复核答复书", "请调看当时的监控录像", "已调看录像", "维持原处理决定")
    assert number_of(case) not in text


def test_a_reversal_is_told_on_the_answer_and_at_the_head_of_the_decision(hands, case):
    decision = procedure.decided(hands, procedure.stated(hands, procedure.notified(hands, case)))
    reverse_decision(actor=hands.reviewer, decision=decision, reason="录像显示纸条不是该考生的。")
    decision = Decision.objects.get()
    answer = text_of(render_answer(decision))
    assert says(answer, "撤销原处理决定", "录像显示纸条不是该考生的", "恢复原状", "禁考期取消")
    assert says(text_of(render_decision(decision)), "本决定已于 2026年10月12日 撤销")


def test_the_same_rows_give_the_same_paper(hands, case):
    decision = procedure.decided(hands, procedure.stated(hands, procedure.notified(hands, case)))
    assert render_decision(decision) == render_decision(Decision.objects.get())

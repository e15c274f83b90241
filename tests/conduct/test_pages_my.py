"""The person's pages of misconduct: told in time, answered online, decided with clause and end date, reversed plainly."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from applicants.standing.queries import bar_findings
from exams.conduct.cases import drop_case, uphold_decision
from exams.conduct.deciding import reverse_decision
from exams.conduct.models import Case, CaseStep
from exams.conduct.timeline import case_steps
from exams.filing.timeline import current_step
from exams.results.showing import lines_of
from portal import clock
from portal.audit.models import AccessEntry
from tests import factories
from tests.conduct import procedure


@pytest.fixture
def seats(hands):
    return procedure.sat("欧阳晓蕾", "王䶮")


@pytest.fixture
def case(hands, seats):
    session, (seat, other) = seats
    return procedure.opened(hands, seat, incident=procedure.incident_of(hands, session, seat, other))


@pytest.fixture
def told(hands, case):
    return procedure.notified(hands, case)


@pytest.fixture
def owner(case) -> Client:
    client = Client()
    client.force_login(case.person.account)
    return client


def at(name: str, case: Case) -> str:
    return reverse(f"conduct:{name}", args=[case.pk])


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_nobody_sees_a_case_before_the_notice(owner, case):
    assert owner.get(at("case", case)).status_code == 404
    assert "没有与您有关的违纪处理" in read(owner, reverse("conduct:mine"))
    assert case_steps(case.application, clock.today()) == []


def test_the_notice_is_read_with_clause_and_last_day(owner, told):
    page = read(owner, at("case", told))
    for words in (
        "2026年10月19日（周一）",
        "附件3 三第2项",
        procedure.FACTS,
        "巡考和监考均在场目睹",
        "取消本次申报全部科目的成绩",
        "到 2026年12月31日 为止",
        "5 个工作日（本会工作规定",
    ):
        assert words in page
    assert "周敏" not in page
    assert "请您陈述" in read(owner, reverse("conduct:mine"))


def test_a_statement_is_made_online_and_shown_again(owner, told):
    owner.post(at("statement", told), {"text": "纸条是复习时留下的"})
    step = CaseStep.objects.get(kind="statement")
    assert (step.text, step.how, step.by) == ("纸条是复习时留下的", "网上提交", told.person.account)
    page = read(owner, at("case", told))
    assert "纸条是复习时留下的" in page
    assert "补充陈述" in page


@pytest.mark.parametrize(
    ("text", "sentence"), [("", "请写下您要说明的情况"), ("  ", "请写下"), ("字" * 2001, "最多写 2000 字")]
)
def test_a_bad_statement_is_refused_and_kept(owner, told, text, sentence):
    answer = owner.post(at("statement", told), {"text": text})
    page = answer.content.decode()
    assert (answer.status_code, sentence in page, text in page) == (422, True, True)
    assert "有误：" in page
    assert not CaseStep.objects.filter(kind="statement").exists()


def test_the_decision_tells_clause_effects_end_of_the_bar_and_the_way_to_a_review(owner, hands, told):
    procedure.decided(hands, procedure.stated(hands, told))
    page = read(owner, at("case", told))
    for words in (
        "附件3 三第2项",
        "取消理论知识、操作技能的成绩",
        "2026年12月31日",
        "陈述与现场记录、监控录像不符",
        "申请复核",
        "10 个工作日",
    ):
        assert words in page
    assert "顾晓峰" not in page
    assert "2026年12月31日" in read(owner, reverse("conduct:mine"))
    assert owner.get(at("statement", told))["Location"] == at("case", told)


def test_a_review_is_asked_for_once_and_in_time(owner, hands, told, evening):
    procedure.decided(hands, procedure.stated(hands, told))
    procedure.served(hands, told)
    assert "2026年10月26日（周一）" in read(owner, at("case", told))
    owner.post(at("review", told), {"text": "请调看录像"})
    assert "正在复核" in read(owner, at("case", told))
    again = owner.post(at("review", told), {"text": "再看一次"})
    assert (again.status_code, CaseStep.objects.filter(kind="review_asked").count()) == (422, 1)
    uphold_decision(actor=hands.reviewer, case=told, text="录像与记录一致。")
    page = read(owner, at("case", told))
    assert "维持原决定" in page
    assert "录像与记录一致" in page


def test_after_the_term_no_review_is_offered(owner, hands, told, evening):
    procedure.decided(hands, procedure.stated(hands, told))
    procedure.served(hands, told)
    evening(clock.today() + timedelta(days=30))
    assert at("review", told) not in read(owner, at("case", told))
    assert owner.post(at("review", told), {"text": "请调看录像"}).status_code == 422


def test_a_reversal_is_told_plainly(owner, hands, told):
    decision = procedure.decided(hands, procedure.stated(hands, told))
    reverse_decision(actor=hands.reviewer, decision=decision, reason="纸条不是您的。")
    page = read(owner, at("case", told))
    for words in ("处理决定已撤销", "纸条不是您的。", "恢复原状", "禁考期取消"):
        assert words in page
    assert "禁考期内" not in read(owner, reverse("conduct:mine"))


def test_a_dropped_case_says_that_nothing_follows(owner, hands, told):
    drop_case(actor=hands.opener, case=told, reason="查无实据。")
    page = read(owner, at("case", told))
    assert "不作处理" in page
    assert "查无实据。" in page


def test_the_papers_are_downloaded_and_the_downloads_logged(owner, hands, told):
    decision = procedure.decided(hands, procedure.stated(hands, told))
    assert owner.get(at("answer", told)).status_code == 404
    reverse_decision(actor=hands.reviewer, decision=decision, reason="纸条不是您的。")
    notice = reverse("conduct:notice", args=[told.pk, told.steps.get(kind="notice").pk])
    for address in (notice, *(at(name, told) for name in ("decision", "answer", "record"))):
        assert owner.get(address)["Content-Type"] == "application/pdf", address
    looks = AccessEntry.objects.filter(kind="case_paper.downloaded", person_id=str(told.person_id))
    assert sorted(looks.values_list("reason", flat=True)) == [
        "处理决定书",
        "复核答复书",
        "拟处理告知书",
        "现场情况记录",
    ]


def test_anothers_case_is_as_if_it_were_not_there(hands, told, seats):
    procedure.decided(hands, procedure.stated(hands, told))
    other = Client()
    other.force_login(seats[1][1].person.account)
    notice = reverse("conduct:notice", args=[told.pk, told.steps.get(kind="notice").pk])
    for address in (notice, *(at(name, told) for name in ("case", "decision", "answer", "record"))):
        assert other.get(address).status_code == 404, address
    for name in ("statement", "review"):
        assert other.get(at(name, told)).status_code == 404
        assert other.post(at(name, told), {"text": "我"}).status_code == 404
    assert CaseStep.objects.filter(kind="review_asked").count() == 0


def test_somebody_without_a_record_of_their_own_sees_an_empty_list(evening):
    client = Client()
    client.force_login(factories.make_account("新来的"))
    assert "没有与您有关的违纪处理" in read(client, reverse("conduct:mine"))


def test_the_time_line_asks_for_a_statement_then_tells_the_decision(hands, told):
    today = clock.today()
    step = current_step(told.application, today)
    assert (step.code, step.by.isoformat()) == ("case", "2026-10-19")
    assert step.url == at("case", told)
    procedure.decided(hands, procedure.stated(hands, told))
    (step,) = case_steps(told.application, today)
    assert "禁考期到 2026年12月31日" in step.note
    assert step.clause == "A3-3.2"


def test_a_barred_person_reads_clause_and_end_date_where_they_would_file(owner, hands, told):
    procedure.decided(hands, procedure.stated(hands, told))
    (finding,) = bar_findings(told.person, clock.today())
    assert finding.clause == "A3-3.2"
    page = read(owner, reverse("filing:start"))
    for words in ("2026年12月31日", "附件3 三第2项", reverse("conduct:mine")):
        assert words in page


def test_an_institution_is_not_told_of_acts_and_bars(hands, told):
    procedure.decided(hands, procedure.stated(hands, told))
    lines = lines_of([told.application], clock.today())[told.application_id]
    assert any("附件3" in line.note for line in lines)
    assert not any("附件3" in line.note_to_institution for line in lines)
    assert not any("禁考" in line.note_to_institution for line in lines)

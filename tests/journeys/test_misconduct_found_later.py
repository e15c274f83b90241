"""Cheating found after the certificate was issued: both it and its score fall, until the decision is reversed."""

import re
from datetime import datetime

import pytest
from django.urls import reverse

from applicants.accounts.groups import RECEPTION, SECOND
from applicants.standing.models import Bar
from certificates.hand_over import hand_over
from certificates.models import Certificate
from certificates.tasks import make_certificates
from portal.clock import SHANGHAI
from tests import factories
from tests.browser import VIEWPORTS
from tests.certificates.people import issued, sat
from tests.filing.conftest import approve, ready_person, submitted
from tests.journeys import applicant, counter, exam_staff
from tests.journeys.hands import Hand, pdf_text
from tests.results.world import Team
from tests.tickets.conftest import give_photo

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
NAME = "林晓梅"
FACTS = "阅卷后调看监控，14 时 10 分考生把写有要点的纸条压在试卷下面抄看。录像存档编号 2026-17。"
PLEA = "纸条是复习时留在口袋里的，拿出来是想交给监考老师。"


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@pytest.fixture
def certificate(transactional_db, process_day) -> Certificate:
    """Filed in September, both subjects sat on 12 October and passed, certified on the 20th, the paper taken."""
    process_day(at(9, 7))
    offering = factories.load_catalogue()
    person = ready_person(name=NAME)
    give_photo(person)
    application = approve(submitted(person, offering), factories.make_staff("审核人"))
    factories.pay(application)
    process_day(at(10, 20))
    team = Team()
    sat(team, [application])
    application.refresh_from_db()
    (one,) = issued(team, application)
    make_certificates()
    hand_over(actor=team.maker, certificates=[one], received_by=NAME, document_checked=True)
    return one


def test_a_certificate_falls_with_a_decision_and_stands_again_with_its_reversal(
    open_page, process_day, certificate
):
    process_day(at(11, 2))
    person = certificate.person
    phone = applicant.come_in(open_page, person.account)
    stranger = Hand(open_page(VIEWPORTS["phone"]), "stranger")
    opener = counter.come_in(open_page, RECEPTION)
    case = exam_staff.open_case(
        opener, certificate.application, act="抄袭试题答案或有关资料", on="2026-10-12", facts=FACTS
    )
    nothing_is_told_before_the_notice(phone)
    verify(stranger, certificate, "这张证书有效")

    exam_staff.give_notice(opener, reasons="录像清楚，纸条的内容与试题直接有关。")
    read_the_notice_and_answer(phone)

    process_day(at(11, 3))
    decider = counter.come_in(open_page, SECOND, "顾晓峰")
    decide(decider, case, certificate)
    verify(stranger, certificate, "这张证书已作废", "自 2026年11月3日")
    read_the_decision(phone, certificate)

    exam_staff.serve(opener, case, how="当面签收")
    process_day(at(11, 4))
    ask_for_a_review(phone)
    decider.go(re.sub("change/$", "reverse/", case))
    decider.sees(re.compile("须由决定人以外的另一位工作人员"))
    reviewer = counter.come_in(open_page, SECOND, "蒋文")
    take_back(reviewer, case)
    verify(stranger, certificate, "这张证书有效")
    read_the_reversal(phone, certificate)
    exam_staff.everything_holds()


def nothing_is_told_before_the_notice(phone: Hand) -> None:
    phone.go("/my/cases/")
    phone.sees("没有与您有关的违纪处理")


def verify(stranger: Hand, certificate: Certificate, *answer: str) -> None:
    """What anybody reads who has the number and the name: never why."""
    stranger.go("/verify/")
    stranger.fill({"证书编号": certificate.number, "姓名": NAME})
    stranger.press("查验")
    for said in answer:
        stranger.sees(re.compile(said))
    assert "违纪" not in stranger.page.locator("main").inner_text()


def read_the_notice_and_answer(phone: Hand) -> None:
    """From the message to the notice with its clause, what is intended and by when to answer; the answer is kept."""
    phone.go("/my/messages/")
    phone.sees(re.compile("有一份关于申报 .* 的告知书请您查看"))
    phone.go("/my/")
    phone.follow("违纪处理")
    phone.follow(re.compile("抄袭试题答案"))
    for said in (
        "附件3 三第2项",
        "2026年11月9日（周一）",
        "取消本次申报全部科目的成绩",
        "到 2026年12月31日 为止",
    ):
        phone.sees(re.compile(said))
    phone.sees(FACTS)
    notice = pdf_text(phone.download("拟处理告知书（PDF）"))
    for said in (NAME, "附件3三第2项", "2026年11月9日", "陈述申辩"):
        assert said in notice, said
    phone.follow("陈述申辩")
    phone.press("提交陈述申辩")
    phone.sees("请写下您要说明的情况。")
    phone.fill({"您的陈述申辩": PLEA})
    phone.press("提交陈述申辩")
    phone.sees("已收到您的陈述申辩。")
    phone.sees(PLEA)


def decide(decider: Hand, case: str, certificate: Certificate) -> None:
    """Every effect is seen before anything is done, the certificate and what the authorities must be told included."""
    exam_staff.find_case(decider, "违纪待决定", case)
    decider.sees(PLEA)
    decider.follow("作出处理决定…")
    decider.fill({"理由": "陈述与录像不符，不予采纳。"})
    decider.press("预览全部后果")
    for said in (
        "取消理论知识、操作技能的成绩",
        "自 2026年11月3日 至 2026年12月31日",
        f"证书 {certificate.number}（.*）作废",
        f"须报告主管部门，撤销证书 {certificate.number} 的联网数据",
        f"证书 {certificate.number} 已经发给持证人，须收回",
    ):
        decider.sees(re.compile(said))
    certificate.refresh_from_db()
    assert certificate.state == "valid", "looking at the effects does nothing"
    decider.press("作出处理决定")
    decider.sees("已作出处理决定，各项后果已经生效。")
    decider.go("/counter/exams/case/to-tell/")
    decider.sees(re.compile(certificate.number))


def read_the_decision(phone: Hand, certificate: Certificate) -> None:
    """Clause and consequence wherever the person looks: the case, the scores, the certificate, a new application."""
    phone.go("/my/messages/")
    phone.sees(re.compile(f"证书 {certificate.number} 已作废，原因：违纪违规处理（附件3 三第2项）"))
    phone.go("/my/cases/")
    phone.sees("禁考期内")
    phone.follow(re.compile("抄袭试题答案"))
    for said in (
        "附件3 三第2项",
        "取消本次申报全部科目的成绩",
        "2026年12月31日",
        "不予采纳",
        "颁发的证书无效",
    ):
        phone.sees(re.compile(said))
    decision = pdf_text(phone.download("处理决定书（PDF）"))
    for said in (NAME, "附件3三第2项", "2026年12月31日", "申请复核"):
        assert said in decision, said
    phone.go("/my/scores/")
    assert phone.page.get_by_text("成绩已取消").count() == 2
    phone.sees(re.compile("按规定取消了这一科的成绩（附件3 三第2项）"))
    phone.go("/my/certificates/issued/")
    phone.sees(re.compile("^已作废$"))
    phone.sees("请交回受理窗口。")
    assert phone.page.get_by_role("link", name="下载电子版（PDF）").count() == 0
    phone.go(reverse("filing:start"))
    phone.sees(re.compile("2026年12月31日"))


def ask_for_a_review(phone: Hand) -> None:
    """Served, the term runs: asked for once, online."""
    phone.go("/my/cases/")
    phone.follow(re.compile("抄袭试题答案"))
    phone.sees(re.compile("2026年11月17日"))
    phone.follow("申请复核")
    phone.fill({"申请复核的理由": "请看 14 时 12 分以后的录像，我把纸条交给了监考老师。"})
    phone.press("申请复核")
    phone.sees("正在复核")


def take_back(reviewer: Hand, case: str) -> None:
    """By somebody who neither opened nor decided the case; what returns is read before."""
    exam_staff.find_case(reviewer, "违纪复核待答复", case)
    reviewer.follow("撤销处理决定…")
    for said in ("作废的证书恢复有效。", "禁考期取消，可以照常申报和参加评价。", "各项都能恢复原样。"):
        reviewer.sees(said)
    reviewer.fill({"理由": "完整录像表明，考生当场把纸条交给了监考。"})
    reviewer.press("撤销处理决定")
    reviewer.sees(re.compile("处理决定已撤销，本人会收到消息。"))


def read_the_reversal(phone: Hand, certificate: Certificate) -> None:
    """Told plainly; scores, certificate and the right to file are as they were before."""
    phone.go("/my/messages/")
    phone.sees(re.compile("书面决定已撤销，据此所作的变更一并恢复原状"))
    phone.go("/my/cases/")
    assert phone.page.get_by_text("禁考期内").count() == 0
    phone.follow(re.compile("抄袭试题答案"))
    for said in ("处理决定已撤销", "完整录像表明", "作废的证书恢复有效。"):
        phone.sees(re.compile(said))
    assert "撤销" in pdf_text(phone.download("复核答复书（PDF）"))
    phone.go("/my/scores/")
    assert phone.page.get_by_text("成绩已取消").count() == 0
    assert phone.page.locator(".subject-points").count() == 2
    phone.go("/my/certificates/issued/")
    phone.sees(re.compile("^有效$"))
    assert certificate.number in pdf_text(phone.download("下载电子版（PDF）"))
    assert not Bar.objects.filter(lifted_at=None).exists()

"""From check-your-answers to the time line: submitting once, refusals in words, receipt, form, leaving."""

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exams.filing.actions import drafting, reviewing
from exams.filing.models import Application, Kind, Status
from portal.audit.models import AccessEntry
from portal.clock import SHANGHAI
from portal.messages.models import Message
from tests import factories
from tests.filing.conftest import add_photo, approve, draft, ready_person, submitted
from tests.filing.pages import give_pass, log_in, text
from tests.records.conftest import picture


@pytest.fixture
def client(person) -> Client:
    return log_in(person.account)


def address(application, page: str = "") -> str:
    return f"/my/applications/{application.pk}/{page}"


def test_answers_are_shown_with_a_link_to_change_each_and_no_number_in_clear(client, person, offering):
    application = draft(person, offering)
    page = text(client.get(address(application, "check/")))
    claim = person.documents.get()
    assert claim.number not in page
    assert f"{claim.number[:4]}**********{claim.number[-4:]}" in page
    assert person.account.phone.removeprefix("+86") not in page
    for told in ("陈志远", "长宁区新华街道社区卫生服务中心", "累计工作满 5 年", "480 元", "提交申报"):
        assert told in page
    back = address(application, "check/").replace("/", "%2F")
    for place in ("/my/record/jobs/", "/my/record/identity/", address(application, "route/")):
        assert f'href="{place}?next={back}"' in page


def test_submitting_gives_a_receipt_a_message_and_the_form(client, person, offering):
    application = draft(person, offering)
    add_photo(person, picture())
    response = client.post(address(application, "check/"))
    assert response["Location"] == address(application, "submitted/")
    page = text(client.get(response["Location"]))
    assert application.number in page
    assert "打印报名表" in page
    assert Message.objects.get(event="application_submitted").account == person.account
    form = client.get(address(application, "form.pdf"))
    assert form["Content-Type"] == "application/pdf"
    assert form.content.startswith(b"%PDF-")
    assert AccessEntry.objects.filter(kind="print_form").count() == 1


def test_double_click_two_tabs_and_the_back_button_submit_once(client, person, offering):
    application = draft(person, offering)
    for _ in range(3):
        response = client.post(address(application, "check/"))
        assert response["Location"] == address(application, "submitted/")
    assert client.get(address(application, "check/"))["Location"] == address(application, "submitted/")
    application.refresh_from_db()
    assert application.submissions.count() == 1
    assert application.transitions.filter(after=Status.SUBMITTED).count() == 1


def test_a_post_that_skips_steps_is_refused_with_everything_that_is_missing(client, person, offering):
    application = drafting.start_application(actor=person.account, person=person, offering=offering)
    response = client.post(address(application, "check/"), {"status": "approved", "route": "TR2023-2.1"})
    page = text(response)
    assert response.status_code == 422
    assert "<title>有误：" in page
    assert "请选择您所符合的申报条件" in page
    assert "请阅读承诺书" in page
    application.refresh_from_db()
    assert (application.status, application.route) == (Status.DRAFT, "")


def test_a_page_opened_before_midnight_and_sent_after_it_loses_nothing(client, person, offering, frozen_day):
    frozen_day(datetime(2026, 12, 31, 23, 59, 50, tzinfo=SHANGHAI))
    application = draft(person, offering)
    assert "提交申报" in text(client.get(address(application, "check/")))
    frozen_day(datetime(2027, 1, 1, 0, 0, 1, tzinfo=SHANGHAI))
    response = client.post(address(application, "check/"))
    assert response.status_code == 422
    assert "2027 年的申报时间计划尚未公布" in text(response)
    application.refresh_from_db()
    assert (application.status, application.route) == (Status.DRAFT, "TR2023-2.1")


def test_not_eligible_is_told_with_clause_and_day(client, offering):
    person = ready_person()
    person.jobs.update(started_on=datetime(2021, 10, 13).date())
    application = draft(person, offering)
    response = log_in(person.account).post(address(application, "check/"))
    assert response.status_code == 422
    assert "附件1 四级第1项" in text(response)
    assert "2026年10月13日 起符合" in text(response)


def test_the_time_line_says_who_acts_and_by_when(client, person, offering, staff):
    application = submitted(person, offering)
    page = text(client.get(address(application)))
    assert "窗口核对原件并审核" in page
    assert "2026年11月30日" in page  # October's applications are assessed by the end of November
    approve(application, staff)
    page = text(client.get(address(application)))
    quote = application.quotes.get()
    assert "480 元" in page
    assert quote.citation in page
    assert f"{quote.pay_by.month}月{quote.pay_by.day}日" in page
    assert application.number in page


def test_what_was_submitted_stays_as_it_was(client, person, offering):
    application = submitted(person, offering)
    person.jobs.update(employer="后来改的单位")
    assert "后来改的单位" not in text(client.get(address(application, "answers/")))
    assert "长宁区新华街道社区卫生服务中心" in text(client.get(address(application, "answers/")))


def test_nothing_was_submitted_nothing_is_there(client, person, offering):
    application = draft(person, offering)
    assert client.get(address(application, "answers/")).status_code == 404
    assert client.get(address(application, "form.pdf")).status_code == 404
    assert client.get(address(application, "submitted/"))["Location"] == address(application)


def test_withdrawing_names_what_it_costs_and_happens_once(client, person, offering, staff):
    held = give_pass(person, offering)
    application = draft(person, offering)
    drafting.confirm_forfeiture(actor=person.account, application=application, passes=[held.pk])
    client.post(address(application, "check/"))
    approve(Application.objects.get(), staff)
    page = text(client.get(address(application, "withdraw/")))
    assert "理论知识" in page
    assert "撤回后也不恢复" in page
    assert Application.objects.get().status == Status.APPROVED  # asking is not withdrawing
    assert client.post(address(application, "withdraw/")).status_code == 302
    again = client.post(address(application, "withdraw/"), follow=True)
    assert "不能撤回申报" in text(again)
    assert Application.objects.get().status == Status.WITHDRAWN


def test_withdrawing_a_paid_application_is_refused_in_words(client, person, offering, staff):
    application = factories.make_application(person, offering)
    factories.pay(application)
    response = client.post(address(application, "withdraw/"), follow=True)
    assert response.status_code == 200
    assert "已有收款记录" in text(response)
    application.refresh_from_db()
    assert application.status == Status.APPROVED


def test_a_draft_is_discarded_after_a_question(client, person, offering):
    application = draft(person, offering)
    assert "删除后不能恢复" in text(client.get(address(application, "discard/")))
    assert client.post(address(application, "discard/"))["Location"] == "/my/"
    application.refresh_from_db()
    assert application.status == Status.WITHDRAWN
    assert person.jobs.exists()


def test_a_submitted_application_cannot_be_discarded_as_a_draft(client, person, offering):
    application = submitted(person, offering)
    response = client.post(address(application, "discard/"), follow=True)
    assert response.status_code == 200
    application.refresh_from_db()
    assert application.status == Status.SUBMITTED


def test_a_rejected_application_says_why_and_what_then(client, person, offering, staff):
    application = submitted(person, offering)
    reviewing.reject_application(
        actor=staff, application=application, clause="N2026-2.1", reason="工作经历不属于相关职业。"
    )
    page = text(client.get(address(application)))
    assert "工作经历不属于相关职业" in page
    assert "重新申报" in page


def test_my_page_puts_what_is_due_first(client, person, offering, staff):
    application = draft(person, offering)
    page = text(client.get("/my/"))
    assert page.index("现在要办") < page.index("我的申报")
    assert "2026年10月31日（周六）" in page
    client.post(address(application, "check/"))
    assert "带证件和材料原件到窗口" in text(client.get("/my/"))
    approve(Application.objects.get(), staff)
    assert "缴费" in text(client.get("/my/"))


def test_a_member_of_an_institution_is_told_where_groups_are_filed(db):
    member = factories.make_member(factories.make_institution())
    page = text(log_in(member.account).get("/my/"))
    assert f"您是{member.institution}的填报人" in page
    assert 'href="/institution/"' in page
    member.ended_at = member.since
    member.save()
    assert 'href="/institution/"' not in text(log_in(member.account).get("/my/"))


def test_messages_are_new_once_and_codes_are_not_among_them(client, person, offering):
    submitted(person, offering)
    Message.objects.create(
        event="verification_code",
        channel="sms",
        account=person.account,
        text="验证码 123456",
        dedupe_key="code",
        created_at=person.account.joined_at,
    )
    assert "1 条未读" in text(client.get("/my/"))
    first = text(client.get("/my/messages/"))
    assert "已提交，申报号" in first
    assert "新消息" in first
    assert "123456" not in first
    assert "新消息" not in text(client.get("/my/messages/"))


def test_a_retake_is_submitted_for_its_subject_only(client, person, offering):
    give_pass(person, offering)
    application = draft(person, offering)
    client.post(address(application, "kind/"), {"kind": "retake"})
    assert "380 元" in text(client.get(address(application, "check/")))
    client.post(address(application, "check/"))
    application.refresh_from_db()
    assert (application.status, application.kind, application.subjects) == (
        Status.SUBMITTED,
        Kind.RETAKE,
        ["practical"],
    )


def test_inbox_asks_as_often_for_fifty_messages_as_for_one(client, person):
    def write(count: int) -> None:
        for serial in range(count):
            Message.objects.create(
                event="application_withdrawn",
                channel="page",
                account=person.account,
                text="申报已撤回。",
                dedupe_key=f"{count}-{serial}",
                created_at=person.account.joined_at,
            )

    write(1)
    with CaptureQueriesContext(connection) as one:
        client.get("/my/messages/")
    write(49)
    with CaptureQueriesContext(connection) as fifty:
        response = client.get("/my/messages/")
    assert len(response.context["rows"]) == 50
    assert len(fifty) == len(one)

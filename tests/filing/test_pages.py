"""The applicant's pages while an application is filled in: start, task list, and its own steps."""

from datetime import date, datetime
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from applicants.standing.models import Bar
from applicants.standing.queries import barred_visitor
from exams.catalogue.models import FeeSchedule, Offering
from exams.filing.actions import drafting, reviewing
from exams.filing.eligibility import verdicts_for
from exams.filing.models import Application, Kind, Status
from portal import clock
from portal.clock import SHANGHAI
from portal.rules.wording import answer
from tests import factories
from tests.filing.conftest import add_evidence, approve, draft, ready_person, submitted
from tests.filing.pages import give_pass, log_in, text


@pytest.fixture
def client(person) -> Client:
    return log_in(person.account)


def states(client, application) -> dict[str, str]:
    response = client.get(f"/my/applications/{application.pk}/tasks/")
    return {task.code: task.status for _, tasks in response.context["groups"] for task in tasks}


def test_start_page_says_who_what_how_long_how_much_and_until_when(client):
    page = text(client.get("/my/applications/start/"))
    for told in (
        "年满 16 周岁",
        "手边要有什么",
        "20 分钟",
        "480 元",
        "580 元",
        "2026年10月31日（周六）24:00 截止",
    ):
        assert told in page


def bar(person, first: date, last: date, clause: str = "A3-3.1") -> Bar:
    return Bar.objects.create(
        person=person, barred_from=first, barred_until=last, clause=clause, created_at=clock.now()
    )


INVITING = {
    "/": "/my/applications/start/",
    "/programme/": None,
    "/my/": "/my/applications/start/",
    "/my/applications/start/": "/my/applications/new/",
    "/my/applications/new/": None,
}
"""Pages that invite to file, with the button's address; None: a link among others."""


@pytest.mark.parametrize("page", INVITING)
def test_a_barred_person_reads_the_bar_in_place_of_the_invitation(client, person, page):
    button = f'href="{INVITING[page]}">开始申报</a>'
    free = client.get(page).content.decode()
    assert "您现在不能申报" not in free
    assert INVITING[page] is None or button in free
    bar(person, date(2026, 1, 1), date(2026, 12, 31))
    response = client.get(page)
    told = strip_tags(text(response))
    assert "附件3 三第1项" in told
    assert "禁考期到 2026年12月31日（周四）（含当日）" in told
    assert "2027年1月1日（周五）起可以重新申报" in told
    assert button not in response.content.decode()


def test_one_bar_after_another_is_waited_out(person):
    bar(person, date(2026, 1, 1), date(2026, 12, 31))
    bar(person, date(2027, 1, 1), date(2027, 6, 30), "A3-4.2")
    bar(person, date(2027, 7, 2), date(2027, 7, 9))
    found = barred_visitor(person.account, clock.today())
    assert (found.clause, found.until, found.free_on) == ("A3-3.1", date(2026, 12, 31), date(2027, 7, 1))


def test_a_lifted_bar_and_a_stranger_are_told_nothing(person):
    row = bar(person, date(2026, 1, 1), date(2026, 12, 31))
    Bar.objects.update(lifted_at=clock.now())
    assert barred_visitor(row.person.account, clock.today()) is None
    assert barred_visitor(AnonymousUser(), clock.today()) is None


def test_two_tabs_open_one_draft_with_one_number(client, offering):
    answers = {"offering": offering.pk}
    first, second = (client.post("/my/applications/new/", answers) for _ in range(2))
    application = Application.objects.get()
    assert first["Location"] == second["Location"] == f"/my/applications/{application.pk}/tasks/"


def test_an_offering_without_a_price_that_day_is_not_offered(client, offering):
    FeeSchedule.objects.filter(offering=offering).update(effective_from=date(2026, 12, 1))
    page = text(client.get("/my/applications/start/"))
    assert "580 元" in page
    assert "<strong>480 元</strong>" not in page
    assert client.post("/my/applications/new/", {"offering": offering.pk}).status_code == 422


@pytest.mark.parametrize("offering_key", ["", "999", "abc"])
def test_a_grade_that_is_not_offered_is_refused_in_words(client, offering_key):
    response = client.post("/my/applications/new/", {"offering": offering_key, "status": "approved"})
    assert response.status_code == 422
    assert "请" in " ".join(response.context["form"].errors["offering"])
    assert not Application.objects.exists()


def test_each_grade_stands_with_its_verdict(client, person, offering):
    response = client.get("/my/applications/new/")
    for found, verdict in verdicts_for(person, clock.today()):
        sentence = answer(verdict, minimum_education=found.occupation.minimum_education)
        assert text(response).count(sentence) == 1
    assert text(response).count("您现在可以申报四级：") == 1


def test_an_empty_record_is_told_why_there_are_no_verdicts(offering):
    page = text(log_in(factories.make_account("新来的")).get("/my/applications/new/"))
    assert "您还没有填好身份证件和学历" in page
    assert "现在可以申报" not in page


def test_a_live_application_stands_in_the_way_of_a_second_one(client, person, offering):
    first = submitted(person, offering)
    response = client.post("/my/applications/new/", {"offering": offering.pk})
    assert response.status_code == 422
    assert first.number in text(response)
    assert Application.objects.count() == 1


def test_task_list_of_an_empty_record(offering):
    account = factories.make_account("新来的")
    client = log_in(account)
    client.post("/my/applications/new/", {"offering": offering.pk})
    application = Application.objects.get()
    found = states(client, application)
    assert found["identity"] == found["photo"] == found["schooling"] == found["undertaking"] == "未开始"
    assert found["route"] == found["check"] == "暂不能填写"
    assert "forfeiture" not in found
    response = client.get(f"/my/applications/{application.pk}/route/")
    assert response["Location"] == f"/my/applications/{application.pk}/tasks/"


def test_task_list_follows_what_is_filled_in(client, person, offering):
    application = drafting.start_application(actor=person.account, person=person, offering=offering)
    found = states(client, application)
    assert [found[step] for step in ("identity", "photo", "work", "route", "check")] == [
        "已完成",
        "已完成",
        "已完成",
        "未开始",
        "暂不能填写",
    ]
    client.post(f"/my/applications/{application.pk}/route/", {"route": "TR2023-2.1"})
    client.post(f"/my/applications/{application.pk}/undertaking/", {"version": "2026.1", "agree": "on"})
    found = states(client, application)
    assert (found["route"], found["undertaking"], found["check"]) == ("已完成", "已完成", "未开始")
    person.evidence.filter(code="work_proof").delete()
    assert states(client, application)["work"] == "进行中"


def test_every_route_of_the_grade_stands_with_its_verdict(client, person):
    third = Offering.objects.get(grade=3)
    person.jobs.update(started_on=date(2016, 10, 13))
    application = drafting.start_application(actor=person.account, person=person, offering=third)
    page = text(client.get(f"/my/applications/{application.pk}/route/"))
    for number in range(1, 7):
        assert f'value="TR2023-3.{number}"' in page
        assert f"附件1 三级第{number}项" in page
    assert "2026年10月13日 起符合" in page
    assert "还差 1 天" in page


@pytest.mark.parametrize("route", ["", "TR2023-3.1", "TR2023-9.9", "<script>"])
def test_a_route_of_another_grade_or_none_is_refused(client, person, offering, route):
    application = drafting.start_application(actor=person.account, person=person, offering=offering)
    response = client.post(f"/my/applications/{application.pk}/route/", {"route": route})
    assert response.status_code == 422
    assert '<a href="#route-1">请选择一条所申报等级的申报条件' in text(response)
    assert "<title>有误：选择申报条件" in text(response)


def test_retake_and_regular_stand_side_by_side_with_their_prices(client, person, offering):
    give_pass(person, offering)
    application = drafting.start_application(actor=person.account, person=person, offering=offering)
    page = text(client.get(f"/my/applications/{application.pk}/kind/"))
    assert "补考：380 元" in page
    assert "正考：480 元" in page
    client.post(f"/my/applications/{application.pk}/kind/", {"kind": "retake"})
    application.refresh_from_db()
    assert (application.kind, application.subjects) == (Kind.RETAKE, ["practical"])
    assert states(client, application)["route"] == "已完成"


def test_regular_inside_the_validity_asks_for_each_pass_by_name(client, person, offering):
    held = give_pass(person, offering)
    application = draft(person, offering)
    address = f"/my/applications/{application.pk}/forfeiture/"
    page = text(client.get(address))
    assert "我放弃“理论知识”的合格成绩" in page
    assert "审核通过时生效" in page
    assert states(client, application)["forfeiture"] == "未开始"
    for answers in ({}, {"passes": str(uuid4())}, {"passes": "x"}):
        assert client.post(address, answers).status_code == 422
    assert not application.forfeitures.exists()
    assert client.post(address, {"passes": str(held.pk)}).status_code == 302
    assert states(client, application)["forfeiture"] == "已完成"


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "wanted"),
        ({"wanted": "yes"}, "needs"),
        ({"wanted": "yes", "needs": ["other"]}, "note"),
        ({"wanted": "yes", "needs": ["helicopter"]}, "needs"),
    ],
)
def test_special_arrangements_that_cannot_be_are_named(client, person, offering, answers, field):
    application = draft(person, offering)
    response = client.post(f"/my/applications/{application.pk}/arrangement/", answers)
    assert response.status_code == 422
    assert field in response.context["form"].errors


def test_special_arrangements_are_asked_for_and_taken_back(client, person, offering):
    application = draft(person, offering)
    address = f"/my/applications/{application.pk}/arrangement/"
    client.post(address, {"wanted": "yes", "needs": ["wheelchair", "extra_time"], "note": "需要电梯"})
    asked = Application.objects.get().special_arrangement
    assert (asked.needs, asked.note) == (["wheelchair", "extra_time"], "需要电梯")
    client.post(address, {"wanted": "no", "needs": ["wheelchair"]})
    assert not hasattr(Application.objects.get(), "special_arrangement")


def test_the_counters_reasons_stand_at_their_tasks_until_something_changes(client, person, offering, staff):
    application = submitted(person, offering)
    reasons = [{"code": "work_unproven", "note": "缺 2019 年。"}, {"code": "title_unproven", "note": ""}]
    reviewing.return_application(actor=staff, application=application, reasons=reasons)
    page = text(client.get(f"/my/applications/{application.pk}/tasks/"))
    assert "缺 2019 年。" in page
    assert "2026年10月26日（周一）" in page  # ten working days
    found = states(client, application)
    assert (found["work"], found["titles"], found["photo"]) == ("需补正", "需补正", "已完成")
    add_evidence(person, "work_proof")
    found = states(client, application)
    assert (found["work"], found["titles"]) == ("已完成", "需补正")


@pytest.mark.parametrize(
    "step", ["tasks", "kind", "route", "forfeiture", "arrangement", "undertaking", "check"]
)
def test_pages_of_a_submitted_application_lead_to_its_status(client, person, offering, step):
    application = submitted(person, offering)
    for response in (
        client.get(f"/my/applications/{application.pk}/{step}/", follow=True),
        client.post(f"/my/applications/{application.pk}/{step}/", {"route": "TR2023-2.2"}, follow=True),
    ):
        assert response.status_code in {200, 405}
    application.refresh_from_db()
    assert (application.status, application.route) == (Status.SUBMITTED, "TR2023-2.1")


def test_filling_in_goes_on_when_the_window_is_closed(client, person, offering, frozen_day):
    frozen_day(datetime(2027, 1, 4, 9, tzinfo=SHANGHAI))
    application = drafting.start_application(actor=person.account, person=person, offering=offering)
    page = text(client.get(f"/my/applications/{application.pk}/tasks/"))
    assert "2027 年的申报时间计划尚未公布" in page
    assert (
        client.post(f"/my/applications/{application.pk}/route/", {"route": "TR2023-2.1"}).status_code == 302
    )


def test_a_stranger_finds_no_application(client, person, offering, staff):
    application = approve(submitted(person, offering), staff)
    other = log_in(ready_person(name="外人").account)
    steps = ("tasks", "kind", "route", "forfeiture", "arrangement", "undertaking", "check", "submitted")
    paths = [*(f"{step}/" for step in steps), "", "answers/", "form.pdf", "withdraw/", "discard/"]
    for path in paths:
        address = f"/my/applications/{application.pk}/{path}"
        assert other.get(address).status_code == 404, path
        assert other.post(address).status_code in {404, 405}, path
    application.refresh_from_db()
    assert application.status == Status.APPROVED


def test_nobody_files_without_logging_in(person, offering):
    application = draft(person, offering)
    for path in ("start/", "new/", f"{application.pk}/", f"{application.pk}/check/"):
        response = Client().get(f"/my/applications/{path}")
        assert response["Location"].startswith("/account/login/")


def test_my_page_asks_as_often_for_fifty_old_applications_as_for_one(client, person, offering):
    submitted(person, offering)
    factories.make_application(person, offering, status=Status.WITHDRAWN)
    client.get("/my/")
    with CaptureQueriesContext(connection) as one:
        client.get("/my/")
    for _ in range(49):
        factories.make_application(person, offering, status=Status.WITHDRAWN)
    with CaptureQueriesContext(connection) as fifty:
        page = client.get("/my/")
    assert len(page.context["past"]) == 50
    assert len(fifty) == len(one)

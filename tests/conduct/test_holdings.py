"""What a person may take home of their cases, and what outlives their account."""

from django.urls import reverse

from applicants.accounts.export import person_data
from exams.conduct.cases import drop_case
from exams.conduct.holdings import HOLDING
from tests.conduct.procedure import FACTS, decided, notified, opened, sat, served, stated


def test_a_person_exports_what_they_were_told_and_nothing_before_that(hands):
    _, (seat,) = sat("陈志远")
    case = opened(hands, seat)
    assert person_data(seat.person)["违纪违规案件"] == []
    stated(hands, notified(hands, case))
    decided(hands, case)
    data = person_data(seat.person)
    assert FACTS in str(data["违纪违规案件"])
    assert "没有抄" in str(data["案件步骤"])
    assert len(data["处理决定"]) == len(data["禁考期"]) == 1


def test_not_even_that_a_case_was_opened_is_told_before_the_notice(hands, client, settings):
    """Nor that one was dropped of which nobody was told; what was looked at for it stays with it."""
    settings.STAFF_SECOND_FACTOR = False
    _, (seat,) = sat("陈志远")
    case = opened(hands, seat)
    client.force_login(hands.decider, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(reverse("admin:exams_case_change", args=[case.pk])).status_code == 200
    data = person_data(seat.person)
    assert data["操作记录"] == data["查看和下载记录"] == []
    notified(hands, case)
    told = person_data(seat.person)
    assert told["操作记录"][0]["动作"] == "立案"
    assert len(told["查看和下载记录"]) == 1
    other = opened(hands, seat, "A3-2.4")
    drop_case(actor=hands.opener, case=other, reason="查无实据")
    assert person_data(seat.person)["操作记录"] == told["操作记录"]


def test_an_open_case_keeps_the_account_and_a_closed_one_is_kept(hands, evening):
    _, (seat,) = sat("陈志远")
    person = seat.person
    assert HOLDING.obstacles(person) == HOLDING.kept(person) == []
    case = stated(hands, notified(hands, opened(hands, seat)))
    assert len(HOLDING.obstacles(person)) == 1
    decided(hands, case)
    served(hands, case)
    evening(case.steps.get(kind="service").due_on.replace(month=12))
    assert HOLDING.obstacles(person) == []
    assert "禁考期" in HOLDING.kept(person)[0]

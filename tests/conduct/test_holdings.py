"""What a person may take home of their cases, and what outlives their account."""

from applicants.accounts.export import person_data
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

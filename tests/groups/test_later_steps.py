"""What payments and tickets add to the way of a group filing."""

from datetime import date, timedelta

import pytest

from exams.filing.groups.queries import counts_by_stage
from exams.filing.groups.way import way_of
from exams.filing.timeline import DONE, NEXT, NOW
from exams.payments.bills import issue_bill
from exams.tickets.due import sweep
from exams.tickets.packs import take_tickets
from exams.tickets.way import ticket_step
from portal import clock
from tests.factories import make_session, pay, seat
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db


def step(filing, code):
    steps = way_of(filing, counts_by_stage(filing), clock.today())
    return next(one for one in steps if one.code == code)


def test_before_anybody_is_approved_payment_is_only_announced():
    filing = make_filing()
    make_entry(filing, stage="submitted")
    assert step(filing, "pay").state == NEXT
    assert step(filing, "pay").url == ""


def test_the_approved_are_first_to_be_billed_then_to_be_paid_for():
    filing = make_filing()
    for name in ("甲", "乙"):
        make_entry(filing, name, stage="approved")
    assert "2 人待开缴费单，合计 960 元" in step(filing, "pay").note
    issue_bill(actor=filing.opened_by, filing=filing)
    owing = step(filing, "pay")
    assert (owing.state, owing.waiting, owing.passed) == (NOW, 2, 0)
    assert "待开缴费单" not in owing.note
    assert owing.by == filing.bills.get().pay_by


def test_payment_is_done_once_everybody_is_paid_for_and_nobody_is_undecided():
    filing = make_filing()
    pay(make_entry(filing, "甲", stage="approved").application)
    assert step(filing, "pay").state == DONE
    make_entry(filing, "乙", stage="submitted")
    assert step(filing, "pay").state == NEXT


def test_tickets_are_announced_until_somebody_is_seated():
    filing = make_filing()
    pay(make_entry(filing, "甲", stage="approved").application)
    assert step(filing, "ticket").url == ""
    assert step(filing, "ticket").state == NEXT


def seat_both(entry, day):
    application = entry.application
    for subject, hour in (("theory", 9), ("practical", 13)):
        starts_at = clock.start_of(day) + timedelta(hours=hour)
        seat(application, make_session(application.offering, subject, starts_at), 1)


def test_the_step_says_from_when_tickets_can_be_had_and_how_many(django_assert_max_num_queries, frozen_day):
    frozen_day(date(2026, 9, 20))
    filing = make_filing()
    for name in ("甲", "乙"):
        entry = make_entry(filing, name, stage="approved")
        pay(entry.application)
        seat_both(entry, date(2026, 10, 12))
    waiting = step(filing, "ticket")
    assert waiting.state == NEXT
    assert waiting.note == "2 人的准考证 2026年9月29日（周二）0:00 起可以下载。"
    frozen_day(date(2026, 9, 29))
    sweep()
    ready = step(filing, "ticket")
    assert (ready.state, ready.waiting) == (NOW, 2)
    take_tickets(actor=filing.opened_by, filing=filing, form="zip")
    assert step(filing, "ticket").state == DONE
    with django_assert_max_num_queries(8):
        ticket_step(filing, {"approved": 2})

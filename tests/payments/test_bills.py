"""One bill for a filing's approved people; it falls with those who leave and lapses with those unpaid."""

from datetime import date, timedelta

import pytest

from exams.catalogue.models import FeeSchedule
from exams.filing.actions.leaving import cancel_application, withdraw_application
from exams.filing.actions.quoting import lapse_unpaid_quotes
from exams.filing.models import Application, Kind, Quote
from exams.filing.numbers import is_number
from exams.payments import actions, bills
from exams.payments.bill_queries import (
    bill_state,
    billable_quotes,
    filings_to_bill,
    find_bill,
    lines_of,
    totals_of,
)
from exams.payments.models import Bill, BillLine
from exams.payments.queries import applications_to_pay
from exams.payments.reminding import remind_institutions
from portal import clock
from portal.models import AuditEntry, Message
from portal.rules.findings import Refused
from tests import factories
from tests.groups.factories import approve, make_entry, make_filing
from tests.payments.conftest import quote_of


def states(bill) -> dict[str, str]:
    return {line.quote.application.person.name: line.state for line in lines_of(bill)}


def messages(event: str, member):
    return Message.objects.filter(event=event, account=member.account)


def test_one_bill_for_all_who_are_approved_and_unpaid(filing, filer):
    make_entry(filing, "还在审核", stage="submitted")
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    found = bill_state(bill)
    assert (found.state, found.persons, found.total_fen, found.due_fen) == ("due", 3, 154000, 154000)
    assert bill.reference[0] == "J"
    assert is_number(bill.reference[1:])
    assert totals_of(bill) == [
        {"grade": 4, "kind": "regular", "fen": 48000, "persons": 2, "sum": 96000},
        {"grade": 3, "kind": "regular", "fen": 58000, "persons": 1, "sum": 58000},
    ]
    assert AuditEntry.objects.get(action="payments.bill_issued").detail["fen"] == 154000
    told = messages("bill_issued", filer).get()
    assert all(words in told.text for words in (bill.reference, filing.number, "3 人", "1,540 元"))


def test_everybody_on_a_bill_may_be_paid_until_its_last_day(filing, filer):
    late = quote_of(filing, "沈建国")
    late.pay_by += timedelta(days=9)
    late.save()
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    assert bill.pay_by == late.pay_by
    assert set(Quote.objects.values_list("pay_by", flat=True)) == {late.pay_by}


def test_nobody_is_billed_twice_and_later_ones_come_on_another_bill(filing, filer):
    first = bills.issue_bill(actor=filer.account, filing=filing)
    with pytest.raises(Refused, match="没有等待开缴费单"):
        bills.issue_bill(actor=filer.account, filing=filing)
    make_entry(filing, "后来通过", stage="approved")
    second = bills.issue_bill(actor=filer.account, filing=filing)
    assert (bill_state(first).persons, bill_state(second).persons) == (3, 1)


def test_only_this_filings_people_and_only_groups_are_billed(filing, filer):
    alone = factories.make_application()
    other = make_filing(factories.make_member(factories.make_institution("另一所学校")))
    make_entry(other, "别人", stage="approved")
    factories.pay(quote_of(filing, "王秀英").application)
    assert {one.number: one.persons for one in filings_to_bill()} == {filing.number: 2, other.number: 1}
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    assert set(states(bill)) == {"欧阳晓蕾", "沈建国"}
    assert list(applications_to_pay()) == [alone], "the counter's own queue has individuals"


def test_what_is_about_to_lapse_is_not_rescued_by_a_bill(filing, filer, frozen_day):
    Quote.objects.filter(pk=quote_of(filing, "沈建国").pk).update(pay_by=date(2026, 3, 12))
    frozen_day(date(2026, 3, 13))
    assert billable_quotes().count() == 2


def test_who_leaves_takes_their_line_off_the_sum(filing, filer, clerk):
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    withdraw_application(actor=filer.account, application=quote_of(filing, "王秀英").application)
    cancel_application(actor=clerk, application=quote_of(filing, "沈建国").application, reason="不再办学")
    found = bill_state(bill)
    assert (found.persons, found.due_fen, found.state) == (1, 48000, "due")
    assert states(bill) == {"王秀英": "ended", "沈建国": "ended", "欧阳晓蕾": "due"}


def test_a_bill_lapses_with_its_quotes_and_its_institution_is_told_once(filing, filer, frozen_day):
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    frozen_day(bill.pay_by)
    assert lapse_unpaid_quotes() == 0
    frozen_day(bill.pay_by + timedelta(days=1))
    remind_institutions()
    assert not Message.objects.filter(event="bill_lapsed").exists(), "not while some are still to lapse"
    assert lapse_unpaid_quotes() == 3
    remind_institutions()
    remind_institutions()
    assert bill_state(bill).state == "gone"
    assert "3 人" in messages("bill_lapsed", filer).get().text
    assert Message.objects.filter(event="group_quote_lapsed").count() == 3


def test_reminders_go_to_the_institution_once_a_bill_not_to_its_people(filing, filer, frozen_day):
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    days = []
    for ahead in range((bill.pay_by - clock.today()).days + 1):
        frozen_day(date(2026, 3, 11) + timedelta(days=ahead))
        before = messages("bill_reminder", filer).count()
        remind_institutions()
        remind_institutions()
        days += [ahead] * (messages("bill_reminder", filer).count() - before)
    assert bill.pay_by == date(2026, 3, 25)
    assert days == [7, 13], "five working days and one before the last day"
    assert not Message.objects.filter(event="quote_reminder").exists()


def test_the_institution_hears_that_people_wait_for_a_bill(filing, filer):
    remind_institutions()
    remind_institutions()
    assert filing.number in messages("bill_to_issue", filer).get().text
    bills.issue_bill(actor=filer.account, filing=filing)
    remind_institutions()
    assert messages("bill_to_issue", filer).count() == 1


def test_an_unpaid_bill_can_be_taken_back_and_made_anew(filing, filer, clerk):
    first = bills.issue_bill(actor=filer.account, filing=filing)
    make_entry(filing, "后来通过", stage="approved")
    bills.void_bill(actor=clerk, bill=first)
    with pytest.raises(Refused, match="已经作废"):
        bills.void_bill(actor=clerk, bill=first)
    second = bills.issue_bill(actor=filer.account, filing=filing)
    assert bill_state(second).persons == 4
    assert bill_state(first).state == "void"
    assert BillLine.objects.filter(bill=first, removed_at=None).count() == 0


def test_a_retake_and_a_changed_fee_keep_the_price_of_their_approval(filing, filer):
    schedule = FeeSchedule.objects.get(offering__grade=4)
    newer = FeeSchedule.objects.create(
        offering=schedule.offering, effective_from=date(2026, 3, 12), citation="新标准"
    )
    for line in schedule.lines.all():
        newer.lines.create(subject=line.subject, fen=line.fen + 1000)
    again = make_entry(filing, "补考的人", stage="submitted")
    Application.objects.filter(pk=again.application_id).update(kind=Kind.RETAKE, subjects=["practical"])
    again.refresh_from_db()
    approve(again)
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    assert totals_of(bill) == [
        {"grade": 4, "kind": "retake", "fen": 39000, "persons": 1, "sum": 39000},
        {"grade": 4, "kind": "regular", "fen": 48000, "persons": 2, "sum": 96000},
        {"grade": 3, "kind": "regular", "fen": 58000, "persons": 1, "sum": 58000},
    ]


def test_a_bill_is_found_by_a_transfers_remark(filing, filer):
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    year, middle, end = bill.reference[1:3], bill.reference[3:7], bill.reference[7:]
    remarks = (bill.reference, f"评价费{bill.reference}康宁学校", f"\uff4a{year} {middle}-{end},王某")
    assert [find_bill(remark) for remark in remarks] == [bill] * 3


def test_a_misread_reference_finds_nothing(filing, filer):
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    wrong = bill.reference[:-1] + str((int(bill.reference[-1]) + 1) % 10)
    assert find_bill(wrong) is None
    assert find_bill(bill.reference + "5") is None
    assert find_bill("没有编号") is None


def test_money_is_not_taken_from_one_person_who_is_on_a_bill(filing, filer, clerk):
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    with pytest.raises(Refused, match=bill.reference):
        actions.record_payment(
            actor=clerk,
            application=quote_of(filing, "王秀英").application,
            amount_fen=48000,
            method="cash",
            receipt_number="SJ-1",
            received_on=clock.today(),
        )
    assert Bill.objects.get() == bill

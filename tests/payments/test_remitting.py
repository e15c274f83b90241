"""One transfer for a bill: matched, whole, allocated to each person once; undone as a whole by two people."""

from datetime import date

import pytest

from exams.arrangement.models import Seat
from exams.filing.actions.leaving import withdraw_application
from exams.payments import actions, bills, invoices, refunds, remitting
from exams.payments.bill_queries import bill_state, lines_of, remittances
from exams.payments.models import Payment, Refund, Remittance
from exams.payments.queries import complete_applications
from exams.tickets.leaving import (
    confirm_remittance_reversal,
    confirm_reversal,
    leave_after_payment,
)
from portal import clock
from portal.models import AuditEntry, Message
from portal.rules.findings import Refused
from tests import factories
from tests.payments.conftest import quote_of


@pytest.fixture
def bill(filing, filer):
    return bills.issue_bill(actor=filer.account, filing=filing)


def remit(bill, clerk, **changes) -> Remittance:
    values = {
        "amount_fen": 154000,
        "transaction_number": "ICBC-7781",
        "receipt_number": "T-0001",
        "received_on": date(2026, 3, 11),
    } | changes
    return remitting.record_remittance(actor=clerk, bill=bill, **values)


def refusal(deed, *args, **changes):
    with pytest.raises(Refused) as refused:
        deed(*args, **changes)
    (finding,) = refused.value.findings
    return finding


def test_one_transfer_is_allocated_to_everybody_in_the_order_of_their_numbers(bill, clerk, filer):
    remittance = remit(bill, clerk, payer="康宁教育集团")
    payments = list(Payment.objects.order_by("receipt_number").select_related("quote__application"))
    assert [one.receipt_number for one in payments] == ["T-0001-001", "T-0001-002", "T-0001-003"]
    numbers = [one.quote.application.number for one in payments]
    assert numbers == sorted(numbers)
    assert [one.number for one in complete_applications()] == numbers
    assert {one.recorded_at for one in payments} == {remittance.recorded_at}
    assert sum(one.amount_fen for one in payments) == remittance.amount_fen == 154000
    assert bill_state(bill).state == "paid"
    assert Message.objects.filter(event="group_payment_received").count() == 3
    assert Message.objects.filter(event="bill_paid", account=filer.account).count() == 1
    assert AuditEntry.objects.filter(action="payments.payment_recorded").count() == 3
    assert AuditEntry.objects.get(action="payments.remittance_recorded").detail["persons"] == 3


@pytest.mark.parametrize(
    ("changes", "code", "field", "words"),
    [
        ({"amount_fen": 153900}, "wrong_amount", "amount", "少 1 元"),
        ({"amount_fen": 202000}, "wrong_amount", "amount", "多 480 元"),
        ({"receipt_number": " "}, "receipt_missing", "receipt_number", "收据号"),
        ({"transaction_number": ""}, "transaction_missing", "transaction_number", "流水号"),
        ({"received_on": date(2026, 3, 12)}, "future_day", "received_on", "今天"),
    ],
)
def test_a_wrong_entry_is_refused_at_its_field_and_nothing_is_kept(bill, clerk, changes, code, field, words):
    finding = refusal(remit, bill, clerk, **changes)
    assert (finding.code, finding.field) == (code, field)
    assert words in finding.sentence
    assert not Payment.objects.exists()
    assert not Remittance.objects.exists()


def test_a_transfer_is_entered_once(bill, clerk):
    remit(bill, clerk)
    assert refusal(remit, bill, clerk).code == "already_paid"
    assert Payment.objects.count() == 3


def test_receipts_and_transactions_are_unique_over_people_and_institutions(bill, clerk):
    alone, other = factories.make_application(), factories.make_application()
    taken = {"actor": clerk, "amount_fen": 48000, "method": "pos", "received_on": clock.today()}
    actions.record_payment(
        application=alone, receipt_number="T-0002-002", transaction_number="POS-1", **taken
    )
    assert refusal(remit, bill, clerk, transaction_number="POS-1").code == "transaction_used"
    assert refusal(remit, bill, clerk, receipt_number="T-0002").code == "receipt_used"
    remit(bill, clerk)
    for receipt, transaction, code in (
        ("T-0001", "POS-2", "receipt_used"),
        ("T-0001-003", "POS-2", "receipt_used"),
        ("S-1", "ICBC-7781", "transaction_used"),
    ):
        numbers = {"receipt_number": receipt, "transaction_number": transaction}
        assert refusal(actions.record_payment, application=other, **numbers, **taken).code == code


def test_some_are_paid_for_and_the_rest_stay_due(bill, clerk, filing):
    some = [quote_of(filing, "王秀英"), quote_of(filing, "沈建国")]
    assert refusal(remit, bill, clerk, quotes=some).code == "wrong_amount"
    remit(bill, clerk, quotes=some, amount_fen=106000)
    found = bill_state(bill)
    assert (found.state, found.paid_persons, found.due_fen) == ("part", 2, 48000)
    finding = refusal(
        remit, bill, clerk, quotes=some, amount_fen=106000, receipt_number="T-2", transaction_number="I-2"
    )
    assert finding.code == "already_paid" or "2 人" in finding.sentence
    remit(bill, clerk, amount_fen=48000, receipt_number="T-3", transaction_number="I-3")
    assert bill_state(bill).state == "paid"


def test_nobody_outside_the_bill_is_paid_for(bill, clerk):
    stranger = factories.make_application().quotes.get()
    assert refusal(remit, bill, clerk, quotes=[stranger], amount_fen=48000).code == "not_due"


def test_what_was_withdrawn_is_not_paid_for(bill, clerk, filing, filer):
    withdraw_application(actor=filer.account, application=quote_of(filing, "王秀英").application)
    finding = refusal(remit, bill, clerk)
    assert "多 480 元" in finding.sentence
    remit(bill, clerk, amount_fen=106000)
    assert not quote_of(filing, "王秀英").payments.exists()


def test_a_void_bill_takes_no_money(bill, clerk):
    bills.void_bill(actor=clerk, bill=bill)
    assert refusal(remit, bill, clerk).code == "bill_void"


def test_nobody_takes_their_own_fee(bill, clerk, filing):
    person = quote_of(filing, "王秀英").application.person
    person.account = clerk
    person.save()
    assert refusal(remit, bill, clerk).code == "own_application"


def test_a_transfer_is_undone_as_a_whole_by_two_people(bill, clerk, filing, filer):
    remittance = remit(bill, clerk)
    application = quote_of(filing, "王秀英").application
    session = factories.make_session(application.offering, "theory", clock.now().replace(month=4), seats=30)
    factories.seat(application, session)
    second = factories.make_staff("沈岚")
    assert refusal(confirm_remittance_reversal, actor=second, remittance=remittance).code == "not_asked"
    remitting.ask_remittance_reversal(actor=clerk, remittance=remittance, reason="登错缴费单")
    assert bill_state(bill).state == "paid", "asking changes nothing"
    twice = refusal(remitting.ask_remittance_reversal, actor=clerk, remittance=remittance, reason="再来")
    assert twice.code == "already_asked"
    alone = refusal(confirm_remittance_reversal, actor=clerk, remittance=remittance)
    assert alone.code == "second_person_needed"
    confirm_remittance_reversal(actor=second, remittance=remittance)
    found = bill_state(bill)
    assert (found.state, found.due_fen) == ("due", 154000)
    assert not complete_applications().exists()
    assert Seat.objects.get().released_at is not None
    assert remittances().get().reversed_at is not None
    assert "登错缴费单" in Message.objects.get(event="bill_reversed", account=filer.account).text
    done = refusal(confirm_remittance_reversal, actor=second, remittance=remittance)
    assert done.code == "already_reversed"
    remit(bill, clerk, receipt_number="T-9", transaction_number="I-9")
    assert bill_state(bill).state == "paid"


def test_one_persons_share_is_not_undone_alone(bill, clerk):
    remittance = remit(bill, clerk)
    share = remittance.payments.first()
    assert refusal(actions.ask_reversal, actor=clerk, payment=share, reason="记错").code == (
        "share_of_remittance"
    )
    remitting.ask_remittance_reversal(actor=clerk, remittance=remittance, reason="记错")
    second = factories.make_staff("沈岚")
    share.refresh_from_db()
    assert refusal(confirm_reversal, actor=second, reversal=share.reversal).code == "share_of_remittance"


def test_who_left_after_payment_gets_back_at_most_their_share_once(bill, clerk, filing, filer):
    remittance = remit(bill, clerk)
    application = quote_of(filing, "王秀英").application
    second = factories.make_staff("沈岚")
    leave_after_payment(actor=clerk, application=application, reason="不考了")
    states = {line.quote.application.person.name: line.state for line in lines_of(bill)}
    assert states == {"王秀英": "left", "欧阳晓蕾": "paid", "沈建国": "paid"}
    asked = {"actor": clerk, "application": application, "reason": "不考了"}
    assert refusal(refunds.ask_refund, amount_fen=48001, **asked).code == "wrong_amount"
    refund = refunds.ask_refund(amount_fen=30000, **asked)
    assert refusal(refunds.ask_refund, amount_fen=18001, **asked).code == "wrong_amount"
    confirm = {"refund": refund, "transaction_number": "B-1"}
    assert refusal(refunds.confirm_refund, actor=clerk, **confirm).code == "second_person_needed"
    refunds.confirm_refund(actor=second, **confirm)
    assert refusal(refunds.confirm_refund, actor=second, **confirm).code == "already_refunded"
    assert Message.objects.filter(event="group_refunded").count() == 1
    assert "300 元" in Message.objects.get(event="bill_refunded", account=filer.account).text
    line = lines_of(bill).get(state="refunded")
    assert (line.refunded_fen, bill_state(bill).state) == (30000, "paid")
    remitting.ask_remittance_reversal(actor=clerk, remittance=remittance, reason="记错")
    finding = refusal(confirm_remittance_reversal, actor=second, remittance=remittance)
    assert finding.code == "given_back"
    assert application.number in finding.sentence
    assert Refund.objects.count() == 1


def test_a_bill_with_money_is_not_taken_back(bill, clerk):
    remit(bill, clerk)
    assert refusal(bills.void_bill, actor=clerk, bill=bill).code == "money_held"


def test_one_invoice_for_the_bill_and_none_beside_it(bill, clerk, filer, filing):
    asked = invoices.ask_invoice(actor=filer.account, subject=bill, title="康宁学校")
    assert refusal(invoices.issue_invoice, actor=clerk, invoice=asked, number="2631").code == "not_paid"
    own = quote_of(filing, "王秀英").application
    assert refusal(invoices.ask_invoice, actor=clerk, subject=own, title="王秀英").code == "on_a_bill"
    remit(bill, clerk)
    invoices.issue_invoice(actor=clerk, invoice=asked, number="2631")
    late = refusal(invoices.ask_invoice, actor=filer.account, subject=bill, title="别的")
    assert late.code == "already_issued"
    invoices.void_invoice(actor=clerk, invoice=asked, reason="抬头有误")
    again = invoices.ask_invoice(actor=filer.account, subject=bill, title="康宁教育")
    assert again.pk != asked.pk

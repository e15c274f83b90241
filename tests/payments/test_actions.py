"""Taking money: once, whole, with its receipt; undoing it takes two people."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from exams.payments import actions, invoices
from exams.payments.models import Invoice, Payment
from exams.payments.queries import applications_to_pay, complete_applications, completed_at, outstanding_fen
from portal import clock
from portal.models import AuditEntry, Message
from portal.rules.findings import Refused
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_march(frozen_day):
    frozen_day(date(2026, 3, 11))


@pytest.fixture
def application():
    return factories.make_application()


@pytest.fixture
def clerk():
    return factories.make_staff()


def take(application, clerk, **changes):
    values = {
        "amount_fen": 48000,
        "method": "cash",
        "receipt_number": "SJ-0001",
        "received_on": date(2026, 3, 11),
    } | changes
    return actions.record_payment(actor=clerk, application=application, **values)


def test_the_whole_amount_makes_the_application_complete(application, clerk):
    assert completed_at(application) is None
    assert list(applications_to_pay()) == [application]
    payment = take(application, clerk)
    assert completed_at(application) == payment.recorded_at
    assert not applications_to_pay().exists()
    assert AuditEntry.objects.get(action="payments.payment_recorded").detail["fen"] == 48000
    assert "480 元" in Message.objects.get(event="payment_received").text


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"amount_fen": 38000}, "wrong_amount", "amount"),
        ({"amount_fen": 48001}, "wrong_amount", "amount"),
        ({"receipt_number": "  "}, "receipt_missing", "receipt_number"),
        ({"method": "cheque"}, "unknown_method", "method"),
        ({"method": "pos"}, "transaction_missing", "transaction_number"),
        ({"received_on": date(2026, 3, 12)}, "future_day", "received_on"),
    ],
)
def test_a_wrong_entry_is_refused_at_its_field_and_nothing_is_kept(application, clerk, changes, code, field):
    with pytest.raises(Refused) as refusal:
        take(application, clerk, **changes)
    assert [(one.code, one.field) for one in refusal.value.findings] == [(code, field)]
    assert not Payment.objects.exists()
    assert not Message.objects.exists()


def test_a_receipt_or_transaction_number_serves_once(application, clerk):
    other = factories.make_application()
    take(application, clerk, method="pos", transaction_number="POS-77")
    for changes, code in [
        ({"receipt_number": "SJ-0001"}, "receipt_used"),
        ({"receipt_number": "SJ-0002", "method": "pos", "transaction_number": "POS-77"}, "transaction_used"),
    ]:
        with pytest.raises(Refused) as refusal:
            take(other, clerk, **changes)
        assert refusal.value.findings[0].code == code
    assert Payment.objects.count() == 1


def test_nobody_pays_twice_or_before_approval(application, clerk):
    take(application, clerk)
    with pytest.raises(Refused, match="已经缴清"):
        take(application, clerk, receipt_number="SJ-0002")
    with pytest.raises(Refused, match="不能收费"):
        take(factories.make_application(status="submitted"), clerk, receipt_number="SJ-0003")


def test_a_reversal_needs_a_second_person_and_makes_the_quote_due_again(application, clerk):
    payment = take(application, clerk)
    reversal = actions.ask_reversal(actor=clerk, payment=payment, reason="金额录错")
    assert completed_at(application) is not None, "asking changes nothing"
    with pytest.raises(Refused, match="另一位"), transaction.atomic():
        actions.reverse(actor=clerk, reversal=reversal)
    with transaction.atomic():
        actions.reverse(actor=factories.make_staff("沈岚"), reversal=reversal)
    quote = application.quotes.get()
    assert outstanding_fen(quote) == quote.total_fen == 48000
    assert quote.pay_by > clock.today()
    assert completed_at(application) is None
    take(application, clerk, receipt_number="SJ-0002")
    assert completed_at(application) is not None


def test_a_payment_is_reversed_once(application, clerk):
    payment = take(application, clerk)
    reversal = actions.ask_reversal(actor=clerk, payment=payment, reason="金额录错")
    second = factories.make_staff("沈岚")
    with transaction.atomic():
        actions.reverse(actor=second, reversal=reversal)
    with pytest.raises(Refused, match="已经冲正"), transaction.atomic():
        actions.reverse(actor=second, reversal=reversal)
    with pytest.raises(Refused, match="已申请或已完成"):
        actions.ask_reversal(actor=clerk, payment=payment, reason="再来一次")


def test_the_queue_is_in_order_of_completion_then_of_number(clerk):
    early, late, same = (factories.make_application() for _ in range(3))
    now = clock.now()
    factories.pay(late, at=now)
    factories.pay(early, at=now - timedelta(hours=1))
    factories.pay(same, at=now)
    assert list(complete_applications()) == [early, late, same]


def test_an_invoice_is_asked_for_corrected_issued_and_void(application, clerk):
    asked = invoices.ask_invoice(actor=clerk, subject=application, title="陈志远")
    corrected = invoices.ask_invoice(
        actor=clerk, subject=application, title="上海康宁学校", tax_number="91310105MA1FW0000X"
    )
    assert corrected.pk == asked.pk
    with pytest.raises(Refused, match="尚未缴清"):
        invoices.issue_invoice(actor=clerk, invoice=asked, number="26312000000001")
    take(application, clerk)
    invoices.issue_invoice(actor=clerk, invoice=asked, number="26312000000001")
    with pytest.raises(Refused, match="已开具"):
        invoices.ask_invoice(actor=clerk, subject=application, title="别的抬头")
    invoices.void_invoice(actor=clerk, invoice=asked, reason="抬头有误")
    again = invoices.ask_invoice(actor=clerk, subject=application, title="上海康宁学校")
    assert again.pk != asked.pk
    assert Invoice.objects.filter(state="void").count() == 1

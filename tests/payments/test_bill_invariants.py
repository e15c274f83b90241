"""Each check of bills and transfers finds the violation planted for it; a bill paid and undone breaks none."""

from datetime import date

import pytest
from django.db import connection

from exams.payments import bills, invoices, remitting
from exams.payments.bill_invariants import INVARIANTS
from exams.payments.invariants import INVARIANTS as MONEY
from exams.payments.models import Bill, BillLine, Invoice, Payment, Remittance
from exams.tickets.leaving import confirm_remittance_reversal
from portal import clock
from tests import factories
from tests.groups.factories import make_entry, make_filing
from tests.payments.conftest import quote_of
from tests.test_invariants import drop


@pytest.fixture(autouse=True)
def constraints_back(db):
    yield
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def broken() -> set[str]:
    return {one.code for one in MONEY if list(one.offenders())}


@pytest.fixture
def paid(filing, filer, clerk) -> Bill:
    """A bill with one transfer undone, its second one standing and its 发票 issued."""
    bill = bills.issue_bill(actor=filer.account, filing=filing)
    first = take(bill, clerk, "1")
    remitting.ask_remittance_reversal(actor=clerk, remittance=first, reason="登错")
    confirm_remittance_reversal(actor=factories.make_staff("沈岚"), remittance=first)
    take(bill, clerk, "2")
    asked = invoices.ask_invoice(actor=filer.account, subject=bill, title="康宁学校")
    invoices.issue_invoice(actor=clerk, invoice=asked, number="2631")
    assert broken() == set()
    return bill


def take(bill: Bill, clerk, number: str) -> Remittance:
    return remitting.record_remittance(
        actor=clerk,
        bill=bill,
        amount_fen=154000,
        transaction_number=f"I-{number}",
        receipt_number=f"T-{number}",
        received_on=date(2026, 3, 11),
    )


def another(bill: Bill) -> Bill:
    """An empty bill of the same filing."""
    return Bill.objects.create(
        filing=bill.filing,
        reference="J2600000000",
        issued_by=bill.issued_by,
        issued_at=clock.now(),
        pay_by=bill.pay_by,
    )


def line_of_another(bill):
    other = make_filing(factories.make_member(factories.make_institution("另一所学校")))
    quote = make_entry(other, "别人", stage="approved").application.quotes.get()
    BillLine.objects.create(bill=bill, quote=quote)


def twice_billed(bill):
    drop("exams_billline", "one_live_bill_a_quote")
    BillLine.objects.create(bill=another(bill), quote=quote_of(bill.filing, "王秀英"))


def badly_allocated(bill):
    Remittance.objects.filter(receipt_number="T-2").update(amount_fen=153999)


def share_off_the_bill(bill):
    Remittance.objects.filter(receipt_number="T-2").update(bill=another(bill))


def half_reversed(bill):
    first = Payment.objects.get(receipt_number="T-1-001")
    first.reversal.confirmed_by = first.reversal.confirmed_at = None
    first.reversal.save()


def invoice_for_two(bill):
    drop("exams_invoice", "invoice_is_for_one_thing")
    Invoice.objects.update(application=quote_of(bill.filing, "王秀英").application)


def invoice_beside_the_bills(bill):
    Invoice.objects.create(
        application=quote_of(bill.filing, "王秀英").application,
        title="王秀英",
        state="issued",
        number="2632",
        asked_at=clock.now(),
        issued_at=clock.now(),
    )


def doubled_number(bill):
    Payment.objects.filter(receipt_number="T-2-001").update(receipt_number="T-1")


def invoice_without_money(bill):
    Invoice.objects.update(bill=another(bill))


PLANTS = {plant.__name__: plant for plant in (
    line_of_another, twice_billed, badly_allocated, share_off_the_bill, half_reversed, invoice_for_two,
)}  # fmt: skip
ALSO = {
    "invoice_for_two": invoice_beside_the_bills,
    "doubled_number": doubled_number,
    "invoice_without_money": invoice_without_money,
}
CASES = [*PLANTS.items(), *ALSO.items()]


def test_every_check_of_bills_has_a_planted_violation():
    assert {one.code for one in INVARIANTS} == set(PLANTS)


@pytest.mark.parametrize(("code", "plant"), CASES, ids=[plant.__name__ for _, plant in CASES])
def test_a_planted_violation_is_found(paid, code, plant):
    plant(paid)
    assert code in broken()

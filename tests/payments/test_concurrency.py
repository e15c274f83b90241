"""Two at once over one bill: threads with connections of their own, on both databases."""

from datetime import datetime
from functools import partial

import pytest

from exams.filing.actions.leaving import withdraw_application
from exams.filing.models import Application
from exams.payments import bills, remitting
from exams.payments.bill_queries import bill_state
from exams.payments.invariants import INVARIANTS
from exams.payments.models import Bill, Payment, Remittance
from portal import clock
from portal.rules.findings import Refused
from tests import factories
from tests.filing.test_concurrency import at_once
from tests.groups.factories import make_entry, make_filing

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 3
PEOPLE = 3


@pytest.fixture
def member(transactional_db, process_day):
    process_day(datetime(2026, 3, 11, 12, tzinfo=clock.SHANGHAI))
    factories.load_catalogue()
    return factories.make_member(factories.make_institution())


def filed(member):
    filing = make_filing(member)
    for number in range(PEOPLE):
        make_entry(filing, f"学员{number}", stage="approved")
    return filing


def transfer(bill, clerk, number: str):
    return partial(
        remitting.record_remittance,
        actor=clerk,
        bill=bill,
        amount_fen=PEOPLE * 48000,
        transaction_number=f"I-{number}",
        receipt_number=f"T-{number}",
        received_on=clock.today(),
    )


def assert_whole() -> None:
    assert [one.code for one in INVARIANTS if list(one.offenders())] == []


def test_two_who_press_at_once_make_one_bill(member):
    for _ in range(ROUNDS):
        filing = filed(member)
        issue = partial(bills.issue_bill, actor=member.account, filing=filing)
        made = at_once(issue, issue)
        assert sorted(type(one) for one in made if not isinstance(one, Bill)) == [Refused]
        assert bill_state(Bill.objects.get(filing=filing)).persons == PEOPLE


def test_two_clerks_take_one_bills_money_once(member):
    clerk = factories.make_staff()
    for number in range(ROUNDS):
        bill = bills.issue_bill(actor=member.account, filing=filed(member))
        taken = at_once(transfer(bill, clerk, f"{number}a"), transfer(bill, clerk, f"{number}b"))
        assert sum(isinstance(one, Remittance) for one in taken) == 1
        assert next(one for one in taken if isinstance(one, Refused)).findings[0].code == "already_paid"
        assert Payment.objects.filter(remittance__bill=bill).count() == PEOPLE
    assert_whole()


def test_one_withdraws_while_the_transfer_is_entered(member):
    clerk = factories.make_staff()
    for number in range(ROUNDS):
        filing = filed(member)
        bill = bills.issue_bill(actor=member.account, filing=filing)
        person = Application.objects.filter(roster_entry__filing=filing).first()
        leave = partial(withdraw_application, actor=member.account, application=person)
        taken, left = at_once(transfer(bill, clerk, str(number)), leave)
        if isinstance(taken, Remittance):
            assert left.findings[0].code == "money_held"
        else:
            assert taken.findings[0].code == "wrong_amount"
            assert not Payment.objects.filter(remittance__bill=bill).exists()
    assert_whole()

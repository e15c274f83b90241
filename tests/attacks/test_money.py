"""Money taken twice, given back twice, or taken by the one who owes it."""

import pytest
from django.urls import reverse

from exams.payments.actions import ask_reversal, record_payment
from exams.payments.models import Payment
from exams.payments.queries import refundable_fen
from exams.payments.refunds import ask_refund, confirm_refund
from exams.tickets.leaving import confirm_reversal, leave_after_payment
from portal import clock
from portal.rules.findings import Refused
from tests import factories
from tests.filing.conftest import approve, submitted


@pytest.fixture
def paid(offering, person):
    application = approve(submitted(person, offering), factories.make_staff())
    return application, factories.pay(application)


@pytest.mark.parametrize("already_given_back", [False, True])
def test_a_payment_given_back_is_not_reversed_as_well(paid, already_given_back) -> None:
    """A reversal asked for early and confirmed late would pay the same money out a second time."""
    application, payment = paid
    first, second = factories.make_staff("周敏"), factories.make_staff("沈岚")
    reversal = ask_reversal(actor=first, payment=payment, reason="记错了")
    leave_after_payment(actor=first, application=application, reason="不考了")
    refund = ask_refund(actor=first, application=application, amount_fen=payment.amount_fen, reason="退费")
    if already_given_back:
        confirm_refund(actor=second, refund=refund, transaction_number="TK1")
    with pytest.raises(Refused) as refused:
        confirm_reversal(actor=second, reversal=reversal)
    assert refused.value.findings[0].code == "given_back"
    assert refundable_fen(application) == 0


def test_nobody_takes_their_own_money(offering, person) -> None:
    application = approve(submitted(person, offering), factories.make_staff())
    with pytest.raises(Refused) as refused:
        record_payment(
            actor=person.account,
            application=application,
            amount_fen=application.quotes.get().total_fen,
            method="cash",
            receipt_number="自收1",
            received_on=clock.today(),
        )
    assert refused.value.findings[0].code == "own_application"
    assert not Payment.objects.exists()


AMOUNTS = ("NaN", "sNaN", "Infinity", "1e999999", "-480", "0.001", "9" * 400, "480.005", "<b>480</b>")


def _pay(clerk, application, amount: str):
    typed = {"method": "cash", "receipt_number": "A1", "received_on": clock.today().isoformat()}
    return clerk.post(reverse("admin:payment_desk", args=[application.pk]), {**typed, "amount": amount})


@pytest.mark.parametrize("amount", AMOUNTS)
def test_no_amount_breaks_the_payment_desk(clerk, offering, person, amount) -> None:
    application = approve(submitted(person, offering), factories.make_staff())
    assert _pay(clerk, application, amount).status_code == 200
    assert not Payment.objects.exists()


def test_a_hand_made_post_takes_no_money_for_what_is_not_approved(clerk, offering, person) -> None:
    application = submitted(person, offering)
    assert _pay(clerk, application, "480").status_code < 500
    assert not Payment.objects.exists()


def test_a_name_no_font_prints_breaks_no_receipt(clerk, browser_of, paid) -> None:
    application, payment = paid
    person = application.person
    person.name = "陈\U0003fffd远"
    person.save(update_fields=["name"])
    for client, name in ((browser_of(person.account), "payments:receipt"), (clerk, "admin:receipt")):
        answer = client.get(reverse(name, args=[payment.pk]), follow=True)
        assert answer.status_code == 200
        assert "打印不出来" in answer.content.decode()

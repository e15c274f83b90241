"""What becomes of a ticket once the scores are out: it stays what it was."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse

from exams.catalogue.models import ListedAct
from exams.conduct.cases import open_case
from exams.payments.actions import ask_reversal, record_payment
from exams.tickets.due import sweep
from exams.tickets.invariants import missing_tickets
from exams.tickets.leaving import confirm_reversal
from exams.tickets.models import Ticket
from exams.tickets.queries import my_standings
from portal import clock
from tests import factories
from tests.conduct.procedure import Hands, decided, notified, stated
from tests.tickets.conftest import OPENING

EXAM_DAY = date(2026, 10, 12)

pytestmark = pytest.mark.django_db


def test_the_ticket_of_a_concluded_application_stands(seat_someone, september):
    seated = seat_someone()
    september(OPENING)
    sweep()
    september(date(2026, 11, 9))
    seated.application.concluded_at = clock.now()
    seated.application.save(update_fields=["concluded_at"])
    assert sweep()["ended"] == 0
    assert Ticket.objects.get().state == Ticket.State.READY
    (standing,) = my_standings(seated.application.person.account)
    assert not standing.gates


def test_after_the_last_subject_the_page_leads_to_the_scores(seat_someone, september, client):
    seated = seat_someone()
    september(OPENING)
    sweep()
    client.force_login(seated.application.person.account)
    september(date(2026, 10, 13))
    text = client.get(reverse("tickets:mine")).content.decode()
    assert "已考完" in text
    assert reverse("results:mine") in text
    assert "可以下载</" not in text
    assert "尚不能下载" not in text


def at(hour: int, minute: int = 0) -> datetime:
    """That time of the exam day, whose subjects begin at 9:00 and at 13:00; 24 is the midnight after it."""
    return clock.start_of(EXAM_DAY) + timedelta(hours=hour, minutes=minute)


@pytest.mark.parametrize("moment", [at(8), at(12, 30), at(16), at(23, 59), at(24, 1)], ids=str)
def test_a_fee_taken_anew_asks_for_no_ticket_to_what_is_over(seat_someone, september, moment):
    """Reversed and paid again on the evening of the exam day: the void ticket is followed by none; none is missing."""
    application = seat_someone().application
    september(OPENING)
    sweep()
    september(moment)
    payment = application.quotes.get().payments.get()
    asked = ask_reversal(actor=factories.make_staff("周敏"), payment=payment, reason="收据号录错")
    confirm_reversal(actor=factories.make_staff("顾晓峰"), reversal=asked)
    record_payment(
        actor=factories.make_staff("周敏"),
        application=application,
        amount_fen=payment.amount_fen,
        method="cash",
        receipt_number="R-again",
        received_on=clock.today(),
    )
    sweep()
    assert not list(missing_tickets())


@pytest.mark.parametrize("moment", [at(10), at(12, 30), at(23, 30), at(24, 30)], ids=str)
def test_a_cancelled_subject_asks_for_no_ticket_to_what_is_over(seat_someone, september, moment):
    """The practical, in two days, is taken; from when the theory is over, nothing is left to bring a ticket to."""
    seated = seat_someone()
    later = seated.practical.starts_at + timedelta(days=2)
    application, practical = seated.application, seated.practical
    practical.starts_at, practical.ends_at = later, later + timedelta(hours=2)
    practical.save()
    application.seats.filter(subject="practical").update(starts_at=later, ends_at=practical.ends_at)
    september(OPENING)
    sweep()
    september(moment)
    hands = Hands()
    case = open_case(
        actor=hands.opener,
        application=application,
        act=ListedAct.objects.get(pk="A3-2.4"),
        act_on=EXAM_DAY,
        facts="考前在考点损坏练习设备",
        seat=application.seats.get(subject="practical"),
    )
    decided(hands, stated(hands, notified(hands, case)))
    sweep()
    assert not list(missing_tickets())
    assert Ticket.objects.filter(state="ready").count() == (1 if moment == at(10) else 0)

"""The last seat (R1): fifty ask at once, one gets it, the others read why. Without the lock the seat is oversold."""

import threading
from datetime import date
from functools import partial

import pytest
from django.db import transaction

from exams.arrangement.halls import read_halls
from exams.arrangement.models import Seat, Session
from exams.arrangement.seating import _seat, place_by_hand
from portal import clock
from tests import factories
from tests.arrangement.test_seating import at
from tests.contention import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

PEOPLE = 50
DAY = date(2026, 3, 11)


@pytest.fixture
def last_seat(process_day):
    """A session with one place, and fifty complete applications that want it."""
    process_day(at(DAY, 12))
    offering = factories.load_catalogue()
    applications = [factories.make_application() for _ in range(PEOPLE)]
    for application in applications:
        factories.pay(application, at=at(date(2026, 3, 10)))
    return factories.make_session(offering, "theory", at(date(2026, 4, 12)), seats=1), applications


def test_one_of_fifty_gets_the_last_seat_and_the_others_read_why(last_seat):
    session, applications = last_seat
    planner = factories.make_staff("顾晓峰")
    outcomes = at_once(
        *(
            partial(place_by_hand, actor=planner, application=one, session=session, reason="现场调整")
            for one in applications
        )
    )
    assert sum(outcome == "full" for outcome in outcomes) == PEOPLE - 1
    assert Seat.objects.filter(session=session, released_at=None).count() == 1


def test_control_without_the_lock_the_seat_is_oversold(last_seat):
    session, applications = last_seat
    looked = threading.Barrier(PEOPLE, timeout=60)

    def look_then_sit(application):
        with transaction.atomic():
            (hall,) = read_halls([Session.objects.get(pk=session.pk)])
            free = hall.left() > 0
            looked.wait()
            if free:
                _seat(application, session, None)

    at_once(*(partial(look_then_sit, one) for one in applications))
    assert Seat.objects.filter(session=session, released_at=None).count() > 1
    assert clock.today() == DAY

"""What becomes of a ticket once the scores are out: it stays what it was."""

from datetime import date

import pytest

from exams.tickets.due import sweep
from exams.tickets.models import Ticket
from exams.tickets.queries import my_standings
from portal import clock
from tests.tickets.conftest import OPENING

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

"""What becomes of a ticket once the scores are out: it stays what it was."""

from datetime import date

import pytest
from django.urls import reverse

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

"""A ticket that no longer says what is so, before any sweep has come by: not handed out, not let in."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from applicants.standing.models import Bar
from exams.arrangement.sessions import call_off_session, move_session
from exams.tickets import due, payload
from exams.tickets.face import TicketFace
from exams.tickets.models import Ticket
from portal import clock
from portal.files import store
from tests import factories
from tests.tickets.conftest import at, seat_someone, september, sessions  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def opened(seat_someone, september):  # noqa: F811
    """A ticket that may be downloaded, on the day it opened."""
    seated = seat_someone()
    september(at(date(2026, 9, 29), 10))
    due.sweep()
    return seated, Ticket.objects.get(application=seated.application, state=Ticket.State.READY)


def _bar(seated) -> None:
    Bar.objects.create(
        person=seated.application.person,
        clause="A3-3.1",
        barred_from=date(2026, 9, 1),
        barred_until=date(2026, 12, 31),
        created_at=clock.now(),
    )


def _move(seated) -> None:
    session = seated.theory
    later = session.starts_at + timedelta(hours=1)
    move_session(
        actor=factories.make_staff(),
        session=session,
        site=session.site,
        rooms=list(session.rooms.all()),
        starts_at=later,
        ends_at=later + timedelta(minutes=90),
        reason="台风",
    )


def _call_off(seated) -> None:
    call_off_session(actor=factories.make_staff(), session=seated.theory, reason="台风")


@pytest.mark.parametrize("change", [_bar, _move, _call_off], ids=["barred", "moved", "called off"])
def test_neither_download_nor_door_waits_for_the_sweep(opened, browser_of, client, change) -> None:
    seated, ticket = opened
    owner = browser_of(seated.application.person.account)
    download = reverse("tickets:download", args=[ticket.pk])
    code = payload.sign(TicketFace.from_record(ticket.face, photo=store.read(ticket.photo)))
    asked = reverse("tickets:door-status")
    assert owner.get(download).status_code == 200
    assert client.post(asked, {"code": code}).json() == {"state": "valid"}
    change(seated)
    assert owner.get(download).status_code == 302
    assert client.post(asked, {"code": code}).json()["state"] in {"superseded", "void"}

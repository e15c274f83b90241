"""Downloading: one tap on the day, a date before it, and nothing at all for a stranger."""

from datetime import date

import pytest
from django.urls import reverse

from exams.tickets import payload
from exams.tickets.due import sweep
from exams.tickets.face import TicketFace
from exams.tickets.models import Ticket
from portal.files import store
from portal.models import AccessEntry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(seat_someone, september, client):
    seated = seat_someone()
    september(date(2026, 9, 28))
    sweep()
    client.force_login(seated.application.person.account)
    return Ticket.objects.get()


def test_before_the_day_the_page_says_from_when(made, client):
    assert "2026年9月29日（周二）0:00 起可以下载" in client.get(reverse("tickets:mine")).content.decode()
    for name in ("download", "page", "image", "photo"):
        answer = client.get(reverse(f"tickets:{name}", args=[made.pk]))
        assert answer.status_code == 302
        assert answer["Location"] == reverse("tickets:mine")


def test_on_the_day_one_tap_gives_the_file_and_the_look_is_logged(made, client, september):
    september(date(2026, 9, 29))
    sweep()
    assert reverse("tickets:download", args=[made.pk]) in client.get(reverse("tickets:mine")).content.decode()
    answer = client.get(reverse("tickets:download", args=[made.pk]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert "no-store" in answer["Cache-Control"]
    assert client.get(reverse("tickets:image", args=[made.pk])).content.startswith(b"\x89PNG")
    page = client.get(reverse("tickets:page", args=[made.pk])).content.decode()
    assert "陈志远" in page
    assert '2026年10月12日（周一）<span class="nowrap">9:00–10:30</span>' in page
    assert AccessEntry.objects.filter(kind="ticket.downloaded").count() == 2


@pytest.mark.parametrize("name", ["download", "page", "image", "photo"])
def test_another_persons_ticket_is_not_there(made, client, september, name):
    september(date(2026, 9, 29))
    client.force_login(factories.make_person("别人").account)
    assert client.get(reverse(f"tickets:{name}", args=[made.pk])).status_code == 404
    client.logout()
    assert client.get(reverse(f"tickets:{name}", args=[made.pk])).status_code == 302


def test_the_door_learns_whether_a_genuine_code_stands(made, client):
    face = TicketFace.from_record(made.face, photo=store.read(made.photo))
    code = payload.sign(face)
    client.logout()
    assert client.post(reverse("tickets:door-status"), {"code": code}).json() == {"state": "valid"}
    Ticket.objects.update(state="void")
    assert client.post(reverse("tickets:door-status"), {"code": code}).json() == {"state": "void"}
    assert client.post(reverse("tickets:door-status"), {"code": code[:-1] + "_"}).status_code == 400
    assert client.post(reverse("tickets:door-status")).status_code == 400


def test_without_an_approved_application_the_page_says_what_comes_first(client, september):
    client.force_login(factories.make_person().account)
    assert "还没有准考证" in client.get(reverse("tickets:mine")).content.decode()

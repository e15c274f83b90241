"""What the phone at the door asks the server: the list, and what it sends; bad input, access, looks."""

import json
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from exams.arrangement.models import Session
from exams.results.models import Attendance, CheckIn
from portal import clock
from portal.audit.models import AccessEntry
from tests import factories
from tests.results.doors import (
    BEFORE_THE_DOOR_OPENS,
    code_of,
    hold_session_with_tickets,
    seat_named,
    ticket_of,
)

CHEN, LIN = "陈志远", "林晓梅"


@pytest.fixture
def session(evening) -> Session:
    evening(BEFORE_THE_DOOR_OPENS)
    return hold_session_with_tickets(CHEN, LIN)


@pytest.fixture
def phone(session, settings) -> Client:
    settings.STAFF_SECOND_FACTOR = False
    client = Client()
    client.staff = factories.make_staff("周敏", "exams.check_in")
    client.force_login(client.staff)
    return client


def at(name: str, session: Session) -> str:
    return reverse(f"check_in:{name}", args=[session.pk])


def row(**fields) -> dict:
    scanned_at = clock.now().isoformat()
    sample = {"id": str(uuid4()), "code": "", "number": "", "seen": "valid", "device": "phone-3f2a"}
    return {**sample, "scanned_at": scanned_at, **fields}


def send(phone: Client, session: Session, *rows) -> dict:
    body = json.dumps({"rows": rows})
    return phone.post(at("sync", session), body, content_type="application/json").json()


def test_the_page_names_nobody_and_the_list_does(phone, session):
    page = phone.get(at("door", session)).content.decode()
    ticket = ticket_of(seat_named(session, CHEN).application)
    for secret in (CHEN, ticket.number):
        assert secret not in page
    (first, second) = phone.get(at("list", session)).json()["people"]
    document = seat_named(session, CHEN).person.documents.get().number
    assert (first["name"], first["tail"]) == (CHEN, document[-4:])
    assert (first["number"], first["version"], first["seat"]) == (ticket.number, 1, 1)
    assert (first["state"], first["times"]) == ("", [])
    assert second["name"] == LIN


def test_each_person_is_logged_once_to_each_account(phone, session):
    for _ in range(3):
        phone.get(at("list", session))
    assert AccessEntry.objects.filter(kind="check_in_list.downloaded").count() == 2
    phone.force_login(factories.make_staff("顾晓峰", "exams.check_in"))
    phone.get(at("list", session))
    assert AccessEntry.objects.filter(kind="check_in_list.downloaded").count() == 4


def test_what_is_sent_is_kept_judged_and_answered_with_the_list(phone, session):
    ticket = ticket_of(seat_named(session, CHEN).application)
    scanned, typed = row(code=code_of(ticket)), row(number="20269999999", seen="unknown")
    told = send(phone, session, scanned, typed)
    assert told["kept"] == {scanned["id"]: "valid", typed["id"]: "unknown"}
    assert told["unread"] == []
    assert told["people"][0]["state"] == "present"
    assert len(told["people"][0]["times"]) == 1
    assert send(phone, session, scanned)["kept"] == {scanned["id"]: "valid"}
    assert CheckIn.objects.count() == 2


def test_what_our_page_never_sends_is_put_aside_and_the_rest_kept(phone, session):
    ticket = ticket_of(seat_named(session, LIN).application)
    good = row(number=ticket.number)
    bad = [
        row(seen="splendid"),
        row(number=ticket.number, scanned_at="yesterday"),
        row(number=ticket.number, scanned_at="2026-10-12T08:30:00"),
        row(number=ticket.number, device="x" * 37),
        row(number=7),
        row(number="1\0"),
        row(number=ticket.number, id="one"),
        row(),
    ]
    told = send(phone, session, *bad, good)
    assert told["kept"] == {good["id"]: "valid"}
    assert sorted(told["unread"]) == sorted(str(one["id"]) for one in bad)
    assert Attendance.objects.count() == 1


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"rows": 7}', '{"rows": [7]}', '{"rows": [{}]}', "\xff"])
def test_what_is_no_list_of_rows_is_refused(phone, session, body):
    answer = phone.post(at("sync", session), body, content_type="application/json")
    assert answer.status_code == 400
    assert not CheckIn.objects.exists()


def test_the_token_of_the_list_lets_a_kept_page_send(session, settings):
    settings.STAFF_SECOND_FACTOR = False
    phone = Client(enforce_csrf_checks=True)
    phone.force_login(factories.make_staff("周敏", "exams.check_in"))
    body = json.dumps({"rows": []})
    assert phone.post(at("sync", session), body, content_type="application/json").status_code == 403
    token = phone.get(at("list", session)).json()["token"]
    answer = phone.post(
        at("sync", session), body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 200


def test_the_days_sessions_are_offered_and_others_of_the_staff_refused(phone, session):
    assert at("door", session) in phone.get(reverse("check_in:sessions")).content.decode()
    phone.force_login(factories.make_staff("收费员", "exams.take_payment"))
    for name in ("door", "list"):
        assert phone.get(at(name, session)).status_code == 403
    phone.logout()
    assert phone.get(at("list", session)).status_code == 302


def test_asking_costs_the_same_for_one_and_for_many(phone, session, django_assert_max_num_queries):
    phone.get(at("list", session))
    with django_assert_max_num_queries(14):
        phone.get(at("list", session))

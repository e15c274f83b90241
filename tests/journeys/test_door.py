"""The door page in a real browser: reads tickets as Python signs them, offline too, from the printed picture too."""

import base64

import pytest
from django.urls import reverse

from exams.tickets import payload
from exams.tickets.documents import picture, render_ticket
from exams.tickets.samples import face
from tests.browser import assert_accessible
from tests.factories import load_catalogue

pytestmark = pytest.mark.journey

FACE = face(7)
READ = "async ([module, text]) => (await import(module)).read(text)"
MODULE = "/static/js/door.js"


@pytest.fixture
def door(page):
    """The door page, open, with the day before the exam on the browser's clock."""
    load_catalogue()
    page.clock.set_fixed_time(FACE.sittings[0].starts_at.replace(hour=8))
    assert page.goto(reverse("tickets:door")).status == 200
    return page


def test_a_genuine_code_shows_who_and_where(door):
    door.goto(f"{reverse('tickets:door')}#{payload.sign(FACE)}")
    result = door.locator("#result")
    result.get_by_text("查无此证").wait_for()  # signed by us, and made for no application in this database
    for said in (
        FACE.name,
        FACE.document_number[-4:],
        FACE.number,
        "理论知识",
        "（今天） 9:00",
        FACE.sittings[0].room,
    ):
        assert said in result.inner_text(), said
    assert_accessible(door)


def test_every_flipped_bit_is_refused_as_python_refuses_it(door):
    text = payload.sign(FACE)
    assert door.evaluate(READ, [MODULE, text])["name"] == FACE.name
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    for bit in range(0, len(raw) * 8, 97):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        forged = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        assert door.evaluate(READ, [MODULE, forged]) is None, bit
    for spelling in (text + "=", " " + text, text[:-1], "", "a"):
        assert door.evaluate(READ, [MODULE, spelling]) is None, spelling


def test_a_code_of_somebody_else_is_refused_aloud(door):
    door.goto(f"{reverse('tickets:door')}#bm90LW91cnM")
    door.get_by_text("不是本协会的准考证").wait_for()


def test_the_printed_ticket_is_read_from_a_picture(door):
    door.locator("#picture").set_input_files(
        {"name": "ticket.png", "mimeType": "image/png", "buffer": picture(render_ticket(FACE))}
    )
    door.get_by_text(FACE.number).wait_for()


def test_it_opens_and_checks_without_a_network(door):
    door.evaluate("navigator.serviceWorker.ready.then(() => true)")
    door.reload()
    door.context.set_offline(True)
    try:
        door.goto(f"{reverse('tickets:door')}?again=1#{payload.sign(FACE)}")
        door.get_by_text("没有网络，未能查询").wait_for()
        assert FACE.name in door.locator("#facts").inner_text()
    finally:
        door.context.set_offline(False)


def test_an_expired_ticket_is_refused(door):
    door.clock.set_fixed_time(FACE.sittings[0].starts_at.replace(day=25))
    door.goto(f"{reverse('tickets:door')}?late#{payload.sign(FACE)}")
    door.get_by_text("已过期").wait_for()

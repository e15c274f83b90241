"""The phone at the door in a real browser: with a network, without one, and with one again; two phones that differ."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from applicants.accounts.groups import ARRANGEMENT
from exams.arrangement.models import Session
from exams.results.clashes import clashes_of
from exams.results.models import Attendance, CheckIn
from exams.tickets.documents import picture, render_ticket
from exams.tickets.face import TicketFace
from exams.tickets.models import Ticket
from portal.files import store
from tests import factories
from tests.browser import VIEWPORTS
from tests.journeys import counter
from tests.journeys.hands import Hand
from tests.results.doors import BEFORE_THE_DOOR_OPENS, hold_session_with_tickets, seat_named, ticket_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
CHEN, LIN, ZHAO = "陈志远", "林晓梅", "赵文博"


@pytest.fixture
def session(transactional_db, process_day) -> Session:
    process_day(BEFORE_THE_DOOR_OPENS)
    factories.load_catalogue()
    return hold_session_with_tickets(CHEN, LIN, ZHAO)


@pytest.fixture
def arrive(open_page, session):
    """`arrive()`: another phone at the door, logged in, with the session's page open and its list fetched."""

    def come() -> Hand:
        desk = counter.come_in(open_page, ARRANGEMENT)
        desk.page.set_viewport_size(VIEWPORTS["phone"])
        desk.page.clock.set_fixed_time(BEFORE_THE_DOOR_OPENS)
        desk.go("/check-in/")
        desk.follow(re.compile("理论知识"))
        desk.sees("已全部上传")
        return desk

    return come


def ticket(session: Session, name: str) -> Ticket:
    return ticket_of(seat_named(session, name).application)


def show_ticket(hand: Hand, held: Ticket) -> None:
    """The printed code, as a photo of it."""
    face = TicketFace.from_record(held.face, photo=store.read(held.photo))
    shown = {"name": "ticket.png", "mimeType": "image/png", "buffer": picture(render_ticket(face))}
    hand.page.locator("#picture").set_input_files(shown)


def type_number(hand: Hand, number: str) -> None:
    full_width = number.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    hand.page.get_by_label("准考证号").fill(f"{full_width} ")
    hand.page.get_by_role("button", name="核验", exact=True).click()


def told(page: Page) -> str:
    return page.locator("#result").inner_text()


def test_a_phone_checks_in_loses_the_network_and_sends_afterwards(arrive, session):
    phone = arrive()
    page = phone.page
    show_ticket(phone, ticket(session, CHEN))
    page.locator("#word", has_text=re.compile("^有效$")).wait_for()
    expect(page.locator("#status")).to_contain_text("已全部上传。 已到 1 / 3 人")
    seat = seat_named(session, CHEN)
    tail = seat.person.documents.get().number[-4:]
    for said in (CHEN, tail, f"{seat.room.name} {seat.number} 号", ticket(session, CHEN).number):
        assert said in told(page), said
    phone.look()
    assert CheckIn.objects.get().verdict == "valid"

    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("async (path) => !!(await caches.match(path))", arg=urlsplit(page.url).path)
    page.context.set_offline(True)
    try:
        page.reload()
        expect(page.locator("#status")).to_contain_text("没有网络，照常核验")
        type_number(phone, ticket(session, LIN).number)
        page.locator("#word", has_text=re.compile("^有效$")).wait_for()
        show_ticket(phone, ticket(session, ZHAO))
        expect(page.locator("#facts")).to_contain_text(ZHAO)
        type_number(phone, ticket(session, LIN).number)
        expect(page.locator("#reason")).to_have_text("刚才已经核验，没有重复记录。")
        type_number(phone, "2026999999999")
        page.locator("#word", has_text="查无此证").wait_for()
        expect(page.locator("#status")).to_contain_text("没有网络，3 条等待上传")
        phone.look()
        page.reload()
        expect(page.locator("#status")).to_contain_text("3 条等待上传")
        assert CheckIn.objects.count() == 1
    finally:
        page.context.set_offline(False)
    expect(page.locator("#status")).to_contain_text("已全部上传。 已到 3 / 3 人")
    assert sorted(CheckIn.objects.values_list("verdict", "typed")) == [
        ("unknown", True),
        ("valid", False),
        ("valid", False),
        ("valid", True),
    ]
    assert set(Attendance.objects.values_list("state", flat=True)) == {"present"}
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('waiting'))") == []


def test_two_phones_without_a_network_let_one_ticket_in_twice_and_everybody_sees_it(arrive, session):
    first, second = arrive(), arrive()
    for phone in (first, second):
        phone.page.context.set_offline(True)
        show_ticket(phone, ticket(session, CHEN))
        phone.page.locator("#word", has_text=re.compile("^有效$")).wait_for()
    for phone in (first, second):
        phone.page.context.set_offline(False)
        expect(phone.page.locator("#status")).to_contain_text("已全部上传")
    expect(second.page.locator("#clash-list")).to_contain_text(f"{CHEN}：先后核验 2 次")
    expect(second.page.locator("#word")).to_have_text("有效，但已核验过")
    second.look()
    (clash,) = clashes_of(session)
    assert clash.kind == "twice"
    assert (CheckIn.objects.count(), Attendance.objects.count()) == (2, 1)


def test_a_ticket_replaced_while_the_phone_was_away_is_refused_afterwards(arrive, session):
    phone = arrive()
    page = phone.page
    old = ticket(session, LIN)
    page.context.set_offline(True)
    Ticket.objects.filter(pk=old.pk).update(
        state="superseded", ended_at=BEFORE_THE_DOOR_OPENS - timedelta(minutes=5), end_reason="姓名更正"
    )
    show_ticket(phone, old)
    page.locator("#word", has_text=re.compile("^有效$")).wait_for()
    page.context.set_offline(False)
    page.locator("#word", has_text="旧版准考证").wait_for()
    assert "服务器核对的结果" in told(page)
    kept = CheckIn.objects.get()
    assert (kept.seen, kept.verdict) == ("valid", "superseded")
    assert not Attendance.objects.exists()


def test_when_the_login_has_run_out_nothing_is_lost(arrive, session):
    phone = arrive()
    page = phone.page
    page.context.clear_cookies()
    type_number(phone, ticket(session, CHEN).number)
    expect(page.locator("#status")).to_contain_text("登录已过期，1 条等待上传")
    assert page.get_by_role("link", name="重新登录").get_attribute("href").endswith(urlsplit(page.url).path)
    assert not CheckIn.objects.exists()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('waiting')).length") == 1

"""The phone at the door when the network hangs instead of being gone, and reading codes with a camera."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page, expect

from applicants.accounts.groups import ARRANGEMENT
from exams.arrangement.models import Session
from exams.results.models import CheckIn
from exams.tickets.documents import picture, render_ticket
from exams.tickets.face import TicketFace
from exams.tickets.models import Ticket
from portal.files import store
from portal.testing.browser import find_chromium
from tests import factories
from tests.browser import QUIET, VIEWPORTS
from tests.journeys import counter
from tests.journeys.stalling import line_to
from tests.results.doors import BEFORE_THE_DOOR_OPENS, hold_session_with_tickets, seat_named, ticket_of

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
CHEN, LIN = "陈志远", "林晓梅"
PATIENT = 30_000  # ms: longer than any time-out of the page
FRAME = (1280, 960)


@pytest.fixture
def session(transactional_db, process_day) -> Session:
    process_day(BEFORE_THE_DOOR_OPENS)
    factories.load_catalogue()
    return hold_session_with_tickets(CHEN, LIN)


def arrive(page: Page) -> None:
    """To the session's page, with its list fetched and all of it kept on the phone."""
    page.clock.set_fixed_time(BEFORE_THE_DOOR_OPENS)
    page.goto("/check-in/")
    page.get_by_role("link", name=re.compile("理论知识")).click()
    expect(page.locator("#status")).to_contain_text("已全部上传")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("async (path) => !!(await caches.match(path))", arg=urlsplit(page.url).path)


def ticket(session: Session, name: str) -> Ticket:
    return ticket_of(seat_named(session, name).application)


def test_a_network_that_hangs_keeps_nobody_waiting_and_loses_nothing(browser: Browser, live_server, session):
    def open_page(size: dict[str, int]) -> Page:
        return context.new_page()

    with line_to(live_server.url) as line:
        context = browser.new_context(
            base_url=line.address, viewport=VIEWPORTS["phone"], locale="zh-CN", timezone_id="Asia/Shanghai"
        )
        page = counter.come_in(open_page, ARRANGEMENT).page
        arrive(page)
        line.hold()
        page.reload(wait_until="commit")
        page.get_by_label("准考证号").fill(ticket(session, CHEN).number)
        page.get_by_role("button", name="核验", exact=True).click()
        page.locator("#word", has_text=re.compile("^有效$")).wait_for()
        expect(page.locator("#status")).to_contain_text("网络不通，1 条等待上传", timeout=PATIENT)
        assert not CheckIn.objects.exists()

        address = page.url
        page.close()  # the phone is put away; whoever opens it again reads what it still keeps
        again = context.new_page()
        again.goto(address, wait_until="commit")
        expect(again.locator("#status")).to_contain_text("上次还有 1 条没有上传")
        line.let_go()
        expect(again.locator("#status")).to_contain_text("已全部上传", timeout=PATIENT)
        assert CheckIn.objects.get().verdict == "valid"
        context.close()


def film(shown: Image.Image, path: Path) -> None:
    """One grey frame as a Y4M film, which Chromium shows again and again as its camera."""
    frame = Image.new("L", FRAME, 235)
    shown = ImageOps.contain(shown.convert("L"), FRAME)
    frame.paste(shown, ((FRAME[0] - shown.width) // 2, (FRAME[1] - shown.height) // 2))
    grey = bytes([128]) * (FRAME[0] * FRAME[1] // 2)
    head = f"YUV4MPEG2 W{FRAME[0]} H{FRAME[1]} F10:1 Ip A1:1 C420mpeg2\nFRAME\n".encode()
    path.write_bytes(head + frame.tobytes() + grey)


def code_on(held: Ticket, tmp_path: Path) -> Image.Image:
    """The part of the printed ticket with its code, as it is held close before a camera."""
    face = TicketFace.from_record(held.face, photo=store.read(held.photo))
    printed = tmp_path / "ticket.png"
    printed.write_bytes(picture(render_ticket(face)))
    page = Image.open(printed)
    return page.crop((page.width * 7 // 10, page.height * 47 // 100, page.width, page.height * 2 // 3))


def test_a_camera_reads_the_printed_code_without_the_browser_s_own_reader(
    browser: Browser, live_server, session, tmp_path
):
    film(code_on(ticket(session, LIN), tmp_path), tmp_path / "camera.y4m")
    camera = browser.browser_type.launch(
        executable_path=find_chromium(),
        args=[
            *QUIET,
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={tmp_path / 'camera.y4m'}",
        ],
    )
    try:
        context = camera.new_context(base_url=live_server.url, viewport=VIEWPORTS["phone"], locale="zh-CN")
        context.add_init_script("delete window.BarcodeDetector")
        page = counter.come_in(lambda size: context.new_page(), ARRANGEMENT).page
        arrive(page)
        page.get_by_role("button", name="扫描准考证二维码").click()
        page.locator("#word", has_text=re.compile("^有效$")).wait_for(timeout=PATIENT)
        expect(page.locator("#facts")).to_contain_text(LIN)
        expect(page.locator("#status")).to_contain_text("已到 1 / 2 人", timeout=PATIENT)
        page.get_by_role("button", name="停止扫描").click()
        expect(page.locator("#camera")).to_be_hidden()
    finally:
        camera.close()
    assert [(row.verdict, row.typed) for row in CheckIn.objects.all()] == [("valid", False)]

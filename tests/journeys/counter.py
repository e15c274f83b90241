"""What the association's staff do at the counter's pages, step by step."""

import re
from collections.abc import Callable

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from playwright.sync_api import Page, expect

from applicants.accounts.groups import ensure_staff_groups
from exams.filing.models import Application
from tests import factories
from tests.browser import VIEWPORTS
from tests.journeys.hands import Hand


def come_in(open_page: Callable[[dict[str, int]], Page], group: str, name: str = "") -> Hand:
    """Staff of this group, through the log-in and the second factor to the queues."""
    account = factories.make_account(name or f"周{group}", is_staff=True)
    account.groups.add(ensure_staff_groups()[group])
    TOTP.activate(account, generate_totp_secret())
    spare_code = RecoveryCodes.activate(account).get_unused_codes()[0]
    hand = Hand(open_page(VIEWPORTS["desktop"]), f"staff-{group}")
    hand.go("/counter/")
    hand.fill({"手机号": account.phone, "密码": factories.PASSWORD})
    hand.press("登录")
    hand.page.locator("#id_code").fill(spare_code)
    hand.press("登录")
    hand.sees("全部记录")
    return hand


def find_in_queue(hand: Hand, application: Application, name: str) -> None:
    """From the first page's queue to the case."""
    hand.follow(re.compile("^待审核"))
    hand.follow(application.number)
    hand.sees(name)


def scan(hand: Hand, code: str) -> None:
    """What a scanner types into the search box, Enter included."""
    box = hand.page.locator("#find-text")
    box.fill(code)
    box.press("Enter")
    hand.page.wait_for_load_state()
    hand.look()


def verify_document(hand: Hand, number: str) -> None:
    for picture in hand.page.locator(".fact-evidence img").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("picture => picture.naturalWidth") > 0
    hand.follow("核对证件原件")
    hand.sees(number)
    hand.page.get_by_label("我手里是证件原件").check()
    hand.press("与原件一致，登记已核对")
    hand.sees("证件已核对。")


def pass_checks(hand: Hand, *, at_least: int = 4) -> None:
    passing = hand.page.get_by_role("button", name=re.compile(r"^符合\s*："))
    left = passing.count()
    assert left >= at_least
    while left:
        passing.first.click()
        left -= 1
        expect(passing).to_have_count(left)
    hand.look()
    hand.sees("全部符合")


def approve(hand: Hand) -> None:
    hand.follow("审核通过")
    hand.press("审核通过")
    hand.sees(re.compile("已审核通过"))


def take_payment(hand: Hand, *, receipt_number: str, yuan: int = 480) -> None:
    hand.fill({"实收金额（元）": str(yuan)})
    hand.page.get_by_label("现金").check()
    hand.fill({"收据号": receipt_number})
    hand.press(f"登记收款 {yuan} 元")
    hand.sees(f"已收 {yuan} 元，收据号 {receipt_number}。")


def prepare_room(hand: Hand) -> None:
    hand.go("/counter/exams/site/add/")
    hand.page.locator("#id_name").fill("长宁考点")
    hand.page.locator("#id_address").fill("上海市长宁区延安西路 726 号")
    hand.press("保存")
    hand.go("/counter/exams/room/add/")
    hand.page.locator("#id_site").select_option(label="长宁考点")
    hand.page.locator("#id_name").fill("第一考场")
    hand.page.locator("#id_seats").fill("20")
    hand.press("保存")


def hold_session(hand: Hand, subject: str, day: str, starts: str, ends: str) -> str:
    """Draft a session and publish it; returns its page's address."""
    hand.go("/counter/exams/session/")
    hand.follow("拟定场次")
    hand.page.get_by_label("评价项目").select_option(label="社群健康助理员（四级/中级工）")
    hand.page.get_by_label("科目").select_option(label=subject)
    _choose_time(hand, day, starts, ends)
    hand.page.get_by_label(re.compile("第一考场")).check()
    hand.press("拟定场次")
    hand.follow("公布场次")
    hand.press("公布场次")
    hand.sees("场次已公布。")
    return re.sub(r"change/$", "", hand.page.url)


def _choose_time(hand: Hand, day: str, starts: str, ends: str) -> None:
    hand.fill({"日期": day, "开始": starts, "结束": ends})


def arrange_queue(hand: Hand, name: str) -> None:
    hand.go("/counter/exams/session/queue/")
    hand.sees(name)
    hand.follow("安排这个项目…")
    hand.press("按次序安排 1 人")
    hand.sees("已安排 1 人，跳过 0 人。")


def draw(hand: Hand, session: str) -> None:
    hand.go(session + "change/")
    hand.follow("固定抽签名单")
    hand.press("固定名单，公布摘要")
    hand.follow("抽签")
    hand.press("抽签")
    hand.sees("抽签完成，座位已定。")


def move_session(hand: Hand, session: str, day: str, starts: str, ends: str, *, reason: str) -> None:
    hand.go(session + "change/")
    hand.follow("变更时间、地点")
    _choose_time(hand, day, starts, ends)
    hand.fill({"变更的理由": reason})
    hand.press("变更场次")
    hand.sees("场次已变更。")

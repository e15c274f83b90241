"""What an applicant does, step by step, from the first visit to the receipt of an application."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Page, expect

from applicants.accounts.models import Account
from applicants.portraits import portrait
from tests import factories
from tests.accounts.helpers import last_code
from tests.browser import VIEWPORTS
from tests.journeys.hands import Hand
from tests.records.conftest import picture


@dataclass(frozen=True)
class Someone:
    """Facts as their owner types them."""

    name: str = "欧阳䶮"
    phone: str = "13916660412"
    password: str = "白鹭洲上的风-2026"
    number: str = factories.resident_id(date(1985, 3, 12), serial=2)
    employer: str = "长宁区新华街道社区卫生服务中心"


def come_in(open_page: Callable[[dict[str, int]], Page], account: Account) -> Hand:
    """Somebody who has an account, through the log-in to 我的 on a phone."""
    hand = Hand(open_page(VIEWPORTS["phone"]), account.name)
    hand.go("/account/login/")
    hand.fill({"手机号": account.phone.removeprefix("+86"), "密码": factories.PASSWORD})
    hand.press("登录")
    hand.go("/my/")
    hand.sees(f"{account.name}，您好")
    return hand


def ask_which_grade(hand: Hand, *, since: tuple[str, str, str]) -> None:
    """From the home page to an answer, without an account: at work in the occupation since that day."""
    hand.go("/")
    hand.follow("看看我能报哪一级")
    hand.fill_day("birth_date", "1985", "3", "12")
    hand.page.get_by_label("高中").check()
    hand.page.get_by_label("做的是").first.select_option(label="本职业")
    hand.fill_day("jobs-0-from_day", *since)
    hand.press("看看我能报哪一级")


def sign_up(hand: Hand, who: Someone) -> None:
    """With the phone in hand: the code is read from the message that was sent to it."""
    hand.follow("注册")
    hand.fill({"姓名": who.name, "手机号": who.phone, "密码": who.password})
    hand.page.get_by_label("我同意").check()
    hand.press("注册并获取验证码")
    hand.page.get_by_label("验证码").fill(last_code(f"+86{who.phone}"))
    hand.press("完成注册")


def start_application(hand: Hand) -> None:
    hand.follow("开始申报")
    hand.follow("开始申报")
    hand.page.get_by_label("四级/中级工").check()
    hand.press("建立申报，开始填写")


def fill_record(hand: Hand, who: Someone) -> None:
    """From the list of tasks through identity, photo, schooling and work, and back to it."""
    page = hand.page
    hand.follow("身份证件")
    page.get_by_label("证件号码").fill(who.number[:-1])
    hand.press("保存证件信息")
    expect(page).to_have_title(re.compile("^有误："))
    page.get_by_role("link", name=re.compile("应为 18 位")).click()
    expect(page.locator("#id_number")).to_be_focused()
    page.locator("#id_number").fill(who.number)
    page.get_by_label("我同意").check()
    hand.press("保存证件信息")
    hand.follow("上传证件照片")
    hand.choose_file("身份证.jpg", picture(colour=90))
    hand.press("上传这个文件")
    hand.follow("材料齐了，继续")
    hand.follow("返回申报任务")

    hand.follow("照片")
    hand.choose_file("我.jpg", portrait(4, size=(826, 1158), quality=90))
    page.get_by_label("我同意").check()
    hand.press("上传并预览")
    hand.press("使用这张照片")
    hand.follow("返回申报任务")

    hand.follow("学历和学习经历")
    page.get_by_label("高中").check()
    hand.press("保存并填写学习经历")
    hand.follow("没有，返回申报任务")

    hand.follow("工作经历")
    hand.follow("添加工作经历")
    hand.fill({"单位名称": who.employer, "岗位或职务": "健康档案管理员"})
    page.get_by_label("就是本职业的工作").check()
    hand.fill_day("started_on", "2019", "6", "1")
    page.get_by_label("现在仍在做这份工作").check()
    hand.fill({"证明人": "王丽娟", "证明人电话": "13912345678"})
    hand.press("保存，下一步上传材料")
    hand.choose_file("社保.jpg", picture(colour=140))
    hand.press("上传这个文件")
    hand.follow("材料齐了，继续")
    hand.follow("填好了，返回申报任务")


def choose_and_submit(hand: Hand) -> None:
    """The route, what else is asked, the undertaking, the check, the receipt."""
    page = hand.page
    hand.follow("申报条件")
    page.get_by_label("累计工作满 5 年").check()
    hand.press("按这一条申报")
    hand.follow("特别安排（合理便利）")
    hand.press("保存")
    hand.follow("承诺书")
    page.get_by_label("我已读完").check()
    hand.press("作出承诺")
    hand.follow("核对并提交")
    hand.sees(Someone.employer)
    hand.press("提交申报")
    hand.sees("申报已提交")

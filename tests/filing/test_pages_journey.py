"""In a real browser, as phone and desktop: from an empty record to the receipt, every page clean for axe."""

import re
from datetime import date, datetime

import pytest
from playwright.sync_api import Page, expect

from applicants.records.models import Consent
from exams.filing.models import Application, Status
from portal import clock
from portal.clock import SHANGHAI
from tests import factories
from tests.browser import assert_accessible
from tests.filing.pages import log_in
from tests.records.conftest import picture

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def applicant(page, live_server, process_day) -> Page:
    process_day(datetime(2026, 10, 12, 9, tzinfo=SHANGHAI))
    factories.load_catalogue()
    account = factories.make_account("陈桂芳")
    Consent.objects.create(account=account, about=Consent.About.PHONE, version="2026-01", at=clock.now())
    cookie = log_in(account).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


def fill_day(page: Page, name: str, *parts: str) -> None:
    for box, part in enumerate(parts):
        page.locator(f"#id_{name}_{box}").fill(part)


def press(page: Page, words: str) -> None:
    """Press the button, and look at the page it leads to."""
    page.get_by_role("button", name=words).click()
    assert_accessible(page)


def follow(page: Page, words: str) -> None:
    page.get_by_role("link", name=words, exact=True).first.click()
    assert_accessible(page)


def choose_file(page: Page, name: str, colour: int = 40) -> None:
    file = {"name": name, "mimeType": "image/jpeg", "buffer": picture(colour=colour)}
    page.locator("input[type=file]").set_input_files(file)


def test_from_an_empty_record_to_the_receipt(applicant):
    page = applicant
    page.goto("/my/")
    assert_accessible(page)
    follow(page, "开始申报")
    follow(page, "开始申报")
    page.get_by_label("四级/中级工").check()
    press(page, "建立申报，开始填写")

    follow(page, "身份证件")
    page.get_by_label("证件号码").fill(factories.resident_id(date(1985, 3, 12), serial=2)[:-1])
    press(page, "保存证件信息")
    expect(page).to_have_title(re.compile("^有误："))
    page.get_by_role("link", name=re.compile("应为 18 位")).click()
    expect(page.locator("#id_number")).to_be_focused()
    page.locator("#id_number").fill(factories.resident_id(date(1985, 3, 12), serial=2))
    page.get_by_label("我同意").check()
    press(page, "保存证件信息")
    follow(page, "上传证件照片")
    choose_file(page, "身份证.jpg", colour=90)
    press(page, "上传这个文件")
    follow(page, "材料齐了，继续")
    follow(page, "返回申报任务")

    follow(page, "照片")
    choose_file(page, "我.jpg")
    page.get_by_label("我同意").check()
    press(page, "上传并预览")
    press(page, "使用这张照片")
    follow(page, "返回申报任务")

    follow(page, "学历和学习经历")
    page.get_by_label("高中").check()
    press(page, "保存并填写学习经历")
    follow(page, "没有，返回申报任务")

    follow(page, "工作经历")
    follow(page, "添加工作经历")
    page.get_by_label("单位名称").fill("长宁区新华街道社区卫生服务中心")
    page.get_by_label("岗位或职务").fill("健康档案管理员")
    page.get_by_label("就是本职业的工作").check()
    fill_day(page, "started_on", "2019", "6", "1")
    page.get_by_label("现在仍在做这份工作").check()
    page.get_by_label("证明人", exact=True).fill("王丽娟")
    page.get_by_label("证明人电话").fill("13912345678")
    press(page, "保存，下一步上传材料")
    choose_file(page, "社保.jpg", colour=140)
    press(page, "上传这个文件")
    follow(page, "材料齐了，继续")
    follow(page, "填好了，返回申报任务")

    follow(page, "申报条件")
    page.get_by_label("累计工作满 5 年").check()
    press(page, "按这一条申报")
    follow(page, "特别安排（合理便利）")
    press(page, "保存")
    follow(page, "承诺书")
    page.get_by_label("我已读完").check()
    press(page, "作出承诺")
    follow(page, "核对并提交")
    press(page, "提交申报")
    application = Application.objects.get()
    expect(page.get_by_text(application.number).first).to_be_visible()
    assert application.status == Status.SUBMITTED
    follow(page, "查看办理进度")
    expect(page.get_by_role("heading", name=re.compile("窗口核对原件并审核"))).to_be_visible()

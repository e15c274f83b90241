"""A clerk's afternoon: the roster goes up from the desk, the rows that are wrong are mended on the phone."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import expect

from exams.filing.groups.models import RosterUpload
from exams.filing.groups.rosters import uploads as rosters
from portal.clock import SHANGHAI
from tests.browser import VIEWPORTS
from tests.factories import PASSWORD, load_catalogue, make_institution, make_member
from tests.groups.sheets import sheet_of, typed
from tests.journeys.hands import Hand

pytestmark = pytest.mark.journey


def log_in(hand: Hand, account) -> None:
    hand.go("/account/login/")
    hand.fill({"手机号": account.phone.removeprefix("+86"), "密码": PASSWORD})
    hand.press("登录")


@pytest.mark.django_db(transaction=True)
def test_three_bad_rows_are_mended_on_a_phone(open_page, process_day):
    process_day(datetime(2026, 3, 10, 14, tzinfo=SHANGHAI))
    load_catalogue()
    clerk = make_member(make_institution()).account
    desk = Hand(open_page(VIEWPORTS["desktop"]), "desk")
    log_in(desk, clerk)
    desk.follow("机构办理")
    desk.follow("新建团体申报")
    desk.fill({"这批申报的名称": "四级一班"})
    desk.press("建立，去上传花名册")
    desk.follow("上传花名册")
    rows = [
        typed(name="王秀英"),
        typed(name="赵国强", phone="1390000"),
        typed(name="李梅", jobs_1_started_on="2023-05-01"),
    ]
    desk.page.locator("input[type=file]").set_input_files(
        {"name": "四级一班.xlsx", "mimeType": "application/octet-stream", "buffer": sheet_of(rows)}
    )
    desk.press("上传并检查")
    desk.sees("等待检查")
    # The page is left open; a worker checks the file, and the page finds out by itself.
    rosters.work_on_uploads(seconds=60)
    desk.page.get_by_role("heading", name="花名册检查结果").wait_for()
    desk.look()
    desk.sees("有问题的 2 行怎么办")
    assert desk.download("下载标注问题的表格")[:2] == b"PK"

    phone = Hand(open_page(VIEWPORTS["phone"]), "phone")
    log_in(phone, clerk)
    phone.go("/institution/")
    phone.follow("花名册检查完了，等您决定是否采用")
    phone.follow(re.compile("改这一行.*赵国强"))
    phone.sees("有 1 处需要改正")
    phone.fill({"手机号": "139"})
    phone.press("保存这一行")
    phone.sees(re.compile("手机号码应为 11 位"))
    phone.page.get_by_role("link", name=re.compile("^手机号：")).click()
    expect(phone.page.locator("#id_phone")).to_be_focused()
    expect(phone.page.locator("#id_phone")).to_have_value("139")
    phone.fill({"手机号": "13900000002"})
    phone.press("保存这一行")
    phone.sees(re.compile("赵国强）已改好"))
    phone.follow(re.compile("改这一行.*李梅"))
    phone.page.get_by_role("group", name="工作经历1").get_by_label("开始日期").fill("20120301")
    phone.press("保存这一行")
    phone.sees(re.compile("李梅）已改好"))
    phone.press("采用 3 行")
    phone.sees("采用中")
    rosters.work_on_uploads(seconds=60)
    phone.page.get_by_role("link", name="去办下一步").wait_for()
    phone.follow("去办下一步")
    phone.sees("3 人缺照片")
    assert RosterUpload.objects.get().counts["refused"] == 0

"""A visitor without an account asks which grade is open, with and without scripts, and mends a slip."""

import re
from datetime import datetime

import pytest
from playwright.sync_api import expect

from portal.clock import SHANGHAI
from tests.browser import assert_accessible
from tests.factories import load_catalogue

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def march(transactional_db, process_day) -> None:
    process_day(datetime(2026, 3, 10, 9, tzinfo=SHANGHAI))
    load_catalogue()


def fill_day(page, prefix: str, *parts: str) -> None:
    for box, part in enumerate(parts):
        page.locator(f"#id_{prefix}_{box}").fill(part)


def test_asking_which_grade_is_open_with_a_slip_to_mend(page):
    page.goto("/")
    page.get_by_role("link", name="看看我能报哪一级").click()
    fill_day(page, "birth_date", "1990", "5", "32")
    page.get_by_label("高中").check()
    page.get_by_label("做的是").first.select_option(label="本职业")
    fill_day(page, "jobs-0-from_day", "2021", "3", "11")
    page.get_by_role("button", name="添加一本证书").click()
    page.get_by_label("证书的职业").first.select_option(label="本职业")
    page.get_by_role("button", name="添加一段工作").click()
    page.get_by_role("button", name=re.compile(r"删除\s*这段工作")).nth(1).click()
    page.get_by_role("button", name="看看我能报哪一级").click()
    expect(page).to_have_title(re.compile("^有误：我能报哪一级"))
    page.get_by_role("link", name="出生日期不存在").click()
    expect(page.locator("#id_birth_date_0")).to_be_focused()
    expect(page.locator("#id_jobs-0-from_day_0")).to_have_value("2021")
    assert_accessible(page)
    page.locator("#id_birth_date_2").fill("31")
    page.get_by_role("button", name=re.compile(r"删除\s*这本证书")).click()
    page.get_by_role("button", name="看看我能报哪一级").click()
    expect(page).to_have_title(re.compile("^结果：我能报哪一级"))
    expect(page.get_by_text("预计 2026年3月11日 起可以申报。")).to_be_visible()
    assert_accessible(page)


def test_asking_by_keyboard_reaches_the_main_part_first(page):
    page.goto("/programme/eligibility/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)


def test_explorer_works_without_scripts(browser, live_server, viewport):
    context = browser.new_context(base_url=live_server.url, viewport=viewport, java_script_enabled=False)
    page = context.new_page()
    page.goto("/programme/eligibility/")
    fill_day(page, "birth_date", "1990", "5", "31")
    page.get_by_label("高中").check()
    page.get_by_role("button", name="添加一段工作").click()
    page.get_by_label("做的是").nth(1).select_option(label="本职业")
    fill_day(page, "jobs-1-from_day", "2016", "3", "10")
    page.get_by_role("button", name=re.compile(r"删除\s*这段工作")).first.click()
    expect(page.locator("#id_jobs-0-from_day_0")).to_have_value("2016")
    expect(page.locator("#id_birth_date_0")).to_have_value("1990")
    # Enter in a box asks for the answer, it does not press the first button that adds or removes.
    page.locator("#id_jobs-0-from_day_0").press("Enter")
    expect(page).to_have_title(re.compile("^结果：我能报哪一级"))
    expect(page.get_by_text("您现在可以申报三级")).to_be_visible()
    context.close()

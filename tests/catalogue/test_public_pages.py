"""What anybody may read without an account: the notice's facts, on the day they are asked."""

import re
from datetime import date, datetime

import pytest
from django.urls import reverse

from exams.catalogue.models import FeeLine, FeeSchedule, FilingWindow, Offering
from portal.clock import SHANGHAI
from portal.models import DayException
from tests.factories import load_catalogue

pytestmark = pytest.mark.django_db

PAGES = (
    "home",
    "programme",
    "explorer",
    "timetable",
    "fees",
    "tickets",
    "scores",
    "guide",
    "notice",
    "privacy",
    "about",
)


@pytest.fixture
def catalogue(frozen_day) -> None:
    frozen_day(date(2026, 3, 10))
    load_catalogue()


def text(response) -> str:
    """The page as a reader sees it: without tags, without spaces."""
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", response.content.decode()))


@pytest.mark.parametrize("name", PAGES)
def test_page_answers_and_asks_no_other_host(client, catalogue, name):
    response = client.get(reverse(name))
    assert response.status_code == 200
    html = response.content.decode()
    assert '<html lang="zh-Hans">' in html
    assert not re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?:https?:)?//', html)
    assert not re.findall(r"<[^>]+\s(?:style|on\w+)=", html)
    assert not re.findall(r"<(?:style|script)>", html)


def test_every_page_has_a_title_of_its_own(client, catalogue):
    titles = [
        re.search(r"<title>(.*?)</title>", client.get(reverse(name)).content.decode())[1] for name in PAGES
    ]
    assert len(set(titles)) == len(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_page_answers_before_any_notice_is_loaded(client, frozen_day, name):
    frozen_day(date(2026, 3, 10))
    assert client.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", PAGES)
def test_queries_do_not_grow_with_the_data(client, catalogue, name, django_assert_max_num_queries):
    for year in range(2027, 2047):
        FilingWindow.objects.create(
            opens_on=date(year, 1, 1), closes_on=date(year, 1, 31), assess_by=date(year, 2, 28), citation="试"
        )
        for offering in Offering.objects.all():
            schedule = FeeSchedule.objects.create(
                offering=offering, effective_from=date(year, 1, 1), citation="试"
            )
            FeeLine.objects.create(schedule=schedule, subject="theory", fen=100)
    with django_assert_max_num_queries(6):
        client.get(reverse(name))


def test_home_tells_the_open_window_its_last_day_and_when_it_is_assessed(client, catalogue):
    page = text(client.get("/"))
    assert "3月申报还剩22天" in page
    assert "2026年3月31日（周二）24:00截止" in page
    assert "2026年4月30日（周四）前参加评价" in page


@pytest.mark.parametrize(
    ("moment", "left"),
    [
        (datetime(2026, 3, 31, 23, 59, 59, tzinfo=SHANGHAI), "3月申报还剩1天"),
        (datetime(2026, 4, 1, 0, 0, 0, tzinfo=SHANGHAI), "4月申报还剩30天"),
    ],
)
def test_window_turns_at_midnight_in_shanghai(client, frozen_day, moment, left):
    load_catalogue()
    frozen_day(moment)
    assert left in text(client.get("/"))


def test_december_may_follow_next_years_plan(client, frozen_day):
    load_catalogue()
    frozen_day(date(2026, 12, 5))
    assert "或者按次年公布的计划安排" in text(client.get("/"))


def test_a_year_without_timetable_is_closed_in_those_words(client, frozen_day):
    load_catalogue()
    frozen_day(date(2027, 2, 1))
    page = text(client.get("/"))
    assert "现在不受理申报" in page
    assert "2027年的申报时间计划尚未公布" in page


def test_before_the_first_window_the_next_one_is_named(client, frozen_day):
    load_catalogue()
    frozen_day(date(2026, 1, 14))
    assert "下一次申报：2026年1月15日（周四）至2026年1月31日（周六）" in text(client.get("/"))


def test_fees_are_the_notices(client, catalogue):
    page = text(client.get(reverse("fees")))
    for figure in ("理论知识100元", "操作技能380元", "480元", "操作技能480元", "580元", "10个工作日"):
        assert figure in page


def test_offering_without_a_price_says_so(client, catalogue):
    FeeSchedule.objects.filter(offering__grade=3).delete()
    assert "待公布" in text(client.get(reverse("fees")))


def test_closed_offering_is_no_longer_priced_or_judged(client, catalogue):
    Offering.objects.filter(grade=3).update(closed_on=date(2026, 3, 9))
    assert "580元" not in text(client.get(reverse("fees")))


def test_timetable_marks_the_present_window(client, catalogue):
    html = client.get(reverse("timetable")).content.decode()
    rows = re.findall(r'<tr class="row-(\w+)">', html)
    assert rows == ["past"] * 2 + ["now"] + ["next"] * 9


def test_guide_shows_holidays_among_the_counter_days(client, frozen_day):
    frozen_day(date(2026, 2, 12))
    page = text(client.get(reverse("guide")))
    assert "窗口下次接待：2026年2月25日（周三）9:30–15:00" in page
    assert "2026年2月16日（周一）放假，不接待" in page
    assert "2026年2月18日（周三）放假，不接待" in page


def test_counter_day_is_today_until_it_closes(client, frozen_day):
    frozen_day(datetime(2026, 3, 11, 14, 59, 59, tzinfo=SHANGHAI))
    assert "窗口今天接待：2026年3月11日（周三）" in text(client.get(reverse("guide")))
    frozen_day(datetime(2026, 3, 11, 15, 0, 0, tzinfo=SHANGHAI))
    assert "窗口下次接待：2026年3月16日（周一）" in text(client.get(reverse("guide")))


def test_staffs_exception_closes_the_counter(client, frozen_day):
    frozen_day(date(2026, 3, 10))
    DayException.objects.create(
        day=date(2026, 3, 11), is_working_day=True, counter_open=False, citation="窗口搬迁"
    )
    page = text(client.get(reverse("guide")))
    assert "窗口下次接待：2026年3月16日（周一）" in page
    assert "2026年3月11日（周三）暂停接待" in page


def test_guide_has_address_phones_and_official_links(client, catalogue):
    html = client.get(reverse("guide")).content.decode()
    for fact in (
        "延安西路 726 号 17J",
        "021-62777131 转 8008",
        "400-820-9278",
        "9:30–11:00，13:30–16:30",
        "http://biaozhun.osta.org.cn/",
        "http://www.osta.org.cn",
    ):
        assert fact in html


def test_notice_lists_every_act_under_its_section(client, catalogue):
    html = client.get(reverse("notice")).content.decode()
    acts = html[html.index('class="acts"') : html.index("</main>")]
    assert acts.count("<li>") == 17


def test_ticket_menu_path_of_the_notice_is_found(client, catalogue):
    page = text(client.get(reverse("tickets")))
    assert "培训与认定职业技能等级认定准考证下载" in page  # the breadcrumb
    assert "我的→我的证书" in page


def test_filing_number_stands_in_the_footer_when_set(client, settings):
    assert "beian" not in client.get("/").content.decode()
    settings.ICP_NUMBER = "沪ICP备00000000号"
    assert "沪ICP备00000000号" in client.get("/").content.decode()


@pytest.mark.parametrize("name", sorted(set(PAGES) - {"explorer"}))
def test_pages_are_for_reading_only(client, name):
    assert client.post(reverse(name)).status_code == 405


def test_missing_page_helps(client):
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "没有找到这个页面" in text(response)

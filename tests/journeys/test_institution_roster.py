"""The filer's way: from the template to a roster that everybody in it was asked to confirm."""

import re

import pytest

from exams.filing.groups.models import GroupFiling
from exams.filing.groups.queries import entries_of
from tests import factories
from tests.browser import VIEWPORTS
from tests.journeys import institution
from tests.journeys.hands import Hand
from tests.journeys.institution import at

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

NAMES = ("杨秀兰", "徐国强", "朱晓梅", "古丽娜尔·艾山", "高明", "罗桂芳", "冯丽萍", "于海涛")


@pytest.fixture
def filer(transactional_db, process_day):
    process_day(at(9, 7))
    factories.load_catalogue()
    return factories.make_member(factories.make_institution()).account


def test_a_roster_goes_in_is_mended_in_the_sheet_and_everybody_is_asked(open_page, filer):
    desk = institution.come_in(open_page, filer)
    desk.follow("新建团体申报")
    desk.fill({"这批申报的名称": "健康助理员四级一班"})
    desk.press("建立，去上传花名册")
    headings, filled = institution.read_sheet(desk.fetch("下载模板"))
    assert headings == list(institution.TITLES)
    assert filled == []

    rows = institution.people(*NAMES)
    typed = [institution.by_title(row) for row in rows]
    typed[4]["手机号"] = "1390000"
    typed[6]["证件号码"] = typed[6]["证件号码"][:-2] + "00"
    take_good_rows(desk, institution.write_roster(headings, typed))
    mend_in_the_sheet(desk, rows)
    filing = GroupFiling.objects.get()
    assert {entry.row.name for entry in entries_of(filing)} == set(NAMES)

    add_photos(desk, rows)
    desk.press("给全部未确认的人发链接")
    desk.sees("确认链接已发给 8 人。")
    answer_links(open_page, rows)
    desk.page.reload()
    desk.sees("本人否认")
    desk.follow("于海涛")
    desk.sees("我没有在这家机构报名。")
    desk.follow("人员名单")
    desk.follow("杨秀兰")
    desk.sees(re.compile("收到的链接确认了现在的内容，并作出承诺"))


def take_good_rows(desk: Hand, roster: bytes) -> None:
    """Six of eight are good. The page of the work survives being loaded anew, and finds out by itself."""
    desk.follow("上传花名册")
    institution.give_file(desk, "四级一班.xlsx", roster)
    desk.press("上传并检查")
    desk.sees("等待检查")
    desk.page.reload()
    desk.sees("等待检查")
    institution.work()
    desk.page.get_by_role("heading", name="花名册检查结果").wait_for()
    desk.look()
    desk.sees("有问题的 2 行怎么办")
    for problem in (re.compile("手机号码应为 11 位"), re.compile("^证件号码")):
        desk.sees(problem)
    for outcome, number in (("全部", 8), ("有问题", 2), ("新增", 6), ("更正", 0), ("没有变化", 0)):
        desk.sees(re.compile(rf"^{outcome} {number}$"))


def mend_in_the_sheet(desk: Hand, rows: list[institution.Row]) -> None:
    """The good rows are taken; the sheet given back is corrected, and brings only what was missing."""
    headings, marked = institution.read_sheet(desk.download("下载标注问题的表格"))
    told = {row["姓名"]: row[headings[0]] for row in marked if row[headings[0]]}
    assert set(told) == {"高明", "冯丽萍"}
    assert "手机号码应为 11 位" in told["高明"]
    desk.press("采用 6 行")
    institution.work()
    desk.page.get_by_role("link", name="去办下一步").wait_for()
    desk.look()
    desk.follow("去办下一步")
    good = {row["name"]: institution.by_title(row) for row in rows}
    corrected = institution.write_roster(headings, [{**row, **good[row["姓名"]]} for row in marked])
    desk.follow("上传花名册")
    institution.give_file(desk, "四级一班（改好）.xlsx", corrected)
    desk.press("上传并检查")
    institution.work()
    desk.page.get_by_role("heading", name="花名册检查结果").wait_for()
    desk.look()
    desk.sees(re.compile(r"^没有变化 6$"))
    desk.press("采用 2 行")
    institution.work()
    desk.page.get_by_role("link", name="去办下一步").wait_for()
    desk.follow("去办下一步")


def add_photos(desk: Hand, rows: list[institution.Row]) -> None:
    """One file bears the name of another person: it is listed with the reason, and set right on that person's page."""
    files = institution.photos(rows)
    right = f"罗桂芳_{rows[5]['document_number']}.jpg"
    wrong = f"罗贵芳_{rows[5]['document_number']}.jpg"
    files[wrong] = files.pop(right)
    desk.follow("上传照片")
    institution.give_file(desk, "照片.zip", institution.archive(files))
    desk.press("上传")
    institution.work()
    desk.page.get_by_role("heading", name="没有采用的文件和原因").wait_for()
    desk.look()
    desk.sees(wrong)
    desk.follow("看人员名单")
    desk.follow(re.compile("^缺照片 1$"))
    desk.follow("罗桂芳")
    desk.page.get_by_label("选择照片").set_input_files(
        {"name": right, "mimeType": "image/jpeg", "buffer": files[wrong]}
    )
    desk.press("保存照片")
    desk.sees("罗桂芳的照片已保存。")
    desk.follow("人员名单")


def answer_links(open_page, rows: list[institution.Row]) -> None:
    """On their own phones, one says yes, after every consent was asked for; one says that it was not they."""
    yes = Hand(open_page(VIEWPORTS["phone"]), "person")
    yes.go(institution.link_on(rows[0]["phone"]))
    yes.sees("杨秀兰")
    assert rows[0]["document_number"] not in yes.page.content()
    yes.press("确认申报并作出承诺")
    yes.sees(re.compile("不能确认"))
    for box in yes.page.get_by_role("checkbox").all():
        box.check()
    yes.press("确认申报并作出承诺")
    yes.sees("已确认申报")
    assert yes.page.goto(institution.link_on(rows[0]["phone"])).status == 404
    yes.look()

    no = Hand(open_page(VIEWPORTS["phone"]), "stranger")
    no.go(institution.link_on(rows[7]["phone"]))
    no.page.get_by_label(re.compile("^哪里不对")).fill("我没有在这家机构报名。")
    no.press("不确认，告诉机构")
    no.sees("没有确认，已告诉机构")

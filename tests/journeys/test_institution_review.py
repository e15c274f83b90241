"""The reviewer's way: originals seen, the group submitted as one act, its forms printed and handed in."""

import io
import re

import pytest
from pypdf import PdfReader

from exams.filing.groups.models import GroupFiling
from exams.filing.models import Application, Status
from tests import factories
from tests.journeys import institution
from tests.journeys.hands import Hand, pdf_text
from tests.journeys.institution import at

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

NAMES = ("杨秀兰", "徐国强", "朱晓梅", "高明", "罗桂芳")
TOGETHER, ALONE, SENT_BACK = NAMES[:3], NAMES[3], NAMES[4]


@pytest.fixture
def filing(transactional_db, process_day) -> GroupFiling:
    """Five people of two grades who confirmed; nobody reviewed."""
    process_day(at(9, 7))
    factories.load_catalogue()
    filer = factories.make_member(factories.make_institution()).account
    rows = institution.people(*NAMES)
    rows[2]["grade"] = "三级/高级工"
    return institution.confirmed_filing(filer, rows)


def test_the_group_is_reviewed_submitted_and_handed_in(open_page, filing):
    reviewer = factories.make_member(filing.institution, "reviewer", "顾明").account
    hand = institution.come_in(open_page, reviewer)
    hand.follow(re.compile("^5 人待资格初审"))
    review_together(hand)
    review_alone(hand)
    send_back(hand)
    submit(hand)
    hand.sees("已提交")
    institution.work()
    hand.page.get_by_role("link", name=re.compile("报名表（4 人），PDF")).wait_for()
    hand.look()
    applications = Application.objects.filter(status=Status.SUBMITTED)
    assert applications.count() == 4
    print_forms(hand, list(applications))
    hand_in(hand)


def review_together(hand: Hand) -> None:
    for name in TOGETHER:
        hand.page.get_by_role("checkbox", name=name).check()
    hand.press("初审通过…")
    hand.sees("要看过的原件：")
    hand.press("3 人初审通过")
    hand.sees(re.compile("请先确认已逐人核对所列原件"))
    hand.page.get_by_label(re.compile("我已逐人核对")).check()
    hand.press("3 人初审通过")
    hand.sees("3 人初审通过。")


def review_alone(hand: Hand) -> None:
    """Not without the originals; what was ticked stays."""
    page = hand.page
    hand.follow(ALONE)
    page.get_by_label(re.compile("^通过：")).check()
    page.get_by_label("身份证件原件").check()
    hand.press("保存初审意见")
    hand.sees(re.compile("^请核对.*，并勾选"))
    for box in page.locator("#review").get_by_role("checkbox").all():
        box.check()
    hand.press("保存初审意见")
    hand.sees(f"{ALONE}初审通过。")
    hand.follow("返回人员名单")


def send_back(hand: Hand) -> None:
    """Not without saying what to mend."""
    hand.follow(SENT_BACK)
    hand.page.get_by_label(re.compile("^退回：")).check()
    hand.press("保存初审意见")
    hand.sees(re.compile("^退回时请写明要修改什么，填报人员会看到"))
    hand.page.get_by_label(re.compile("^说明")).fill("单位名称与社保记录不一致，请核对后更正。")
    hand.press("保存初审意见")
    hand.sees(f"{SENT_BACK}已退回。")
    hand.follow("返回人员名单")


def submit(hand: Hand) -> None:
    """Who goes and who stays, the sums by grade, the word given; then once more, which finds nobody left."""
    hand.follow("核对并提交")
    rows = [row.inner_text().split() for row in hand.page.locator("table.totals tr").all()]
    assert rows[1:] == [
        ["四级/中级工", "正考", "3", "1,440", "元"],
        ["三级/高级工", "正考", "1", "580", "元"],
        ["合计", "4", "2,020", "元"],
    ]
    hand.sees("这次不提交的")
    hand.press("提交 4 人给协会审核")
    hand.sees(re.compile("请勾选确认后再提交"))
    hand.page.get_by_label(re.compile("逐人完成资格初审")).check()
    hand.press("提交 4 人给协会审核")


def print_forms(hand: Hand, applications: list[Application]) -> None:
    """One document: the list in front, then everybody's form with its number."""
    forms = hand.fetch(re.compile("报名表（4 人），PDF"))
    assert len(PdfReader(io.BytesIO(forms)).pages) >= 1 + 4
    text = pdf_text(forms)
    for application in applications:
        assert text.count(application.number) >= 2
        assert application.person.name in text
    assert SENT_BACK not in text


def hand_in(hand: Hand) -> None:
    hand.follow("报名表和原件")
    hand.page.get_by_role("checkbox", name=ALONE).check()
    hand.press("勾选的已交出")
    hand.sees("已登记交出 1 份签名的报名表，等窗口确认。")
    hand.press("未交的 3 份全部交出")
    hand.sees("已登记交出 3 份签名的报名表，等窗口确认。")
    hand.sees(re.compile(r"^已交出 4$"))

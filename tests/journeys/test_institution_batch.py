"""A group at the counter: originals, the sample, one row returned and mended, the others approved together."""

import re

import pytest

from applicants.accounts.groups import RECEPTION
from exams.filing.groups.models import Confirmation, GroupSubmission
from exams.filing.groups.people.confirming import confirm
from exams.filing.models import Application, Status
from tests import factories
from tests.journeys import counter, institution
from tests.journeys.hands import Hand
from tests.journeys.institution import at

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

NAMES = ("杨秀兰", "徐国强", "朱晓梅", "高明")
REASON = "工作经历与证明材料不一致，请核对单位、岗位和起止日期。"


@pytest.fixture
def submission(transactional_db, process_day) -> GroupSubmission:
    process_day(at(9, 7))
    factories.load_catalogue()
    school = factories.make_institution()
    filer = factories.make_member(school).account
    reviewer = factories.make_member(school, "reviewer", "顾明").account
    return institution.handed_in_filing(filer, reviewer, institution.people(*NAMES))


def test_a_batch_is_sampled_approved_together_and_one_row_comes_back(open_page, submission):
    clerk = counter.come_in(open_page, RECEPTION)
    clerk.follow(re.compile("^团体申报待审核"))
    clerk.follow(str(submission))
    confirm_originals(clerk)
    drawn = draw_sample(clerk, submission)
    check_one_by_one(clerk, drawn)
    returned = return_one(clerk, submission)
    approve_others(clerk)
    left = Application.objects.exclude(status=Status.APPROVED)
    assert [(one.pk, one.status) for one in left] == [(returned.pk, Status.RETURNED)]

    mend(open_page, submission, returned)
    submit_again(open_page, returned)
    clerk.go("/counter/")
    clerk.follow(re.compile("^团体申报待审核"))
    clerk.follow(str(submission.filing.submissions.get(serial=2)))
    clerk.sees(returned.person.name)


def confirm_originals(clerk: Hand) -> None:
    clerk.sees(re.compile("机构标记已交 4 份，窗口已确认 0 份"))
    clerk.follow("确认机构交来的 4 份")
    clerk.press("4 份原件都在，登记确认")
    clerk.sees("已办完")
    clerk.follow("回到这次提交")
    clerk.sees("已全部确认")


def draw_sample(clerk: Hand, submission: GroupSubmission) -> Application:
    """Ten of a hundred of four people: one. Nobody is approved together before that one is decided."""
    clerk.follow("抽查")
    clerk.press("抽查")
    clerk.sees("已从 4 人中抽出 1 人。")
    clerk.sees(re.compile("抽中的人都审核完以后才能办理"))
    submission.refresh_from_db()
    (number,) = submission.sample.drawn
    return Application.objects.get(number=number)


def check_one_by_one(clerk: Hand, drawn: Application) -> None:
    clerk.follow(drawn.person.name)
    counter.verify_document(clerk, drawn.person.documents.get().number)
    counter.pass_checks(clerk)
    counter.approve(clerk)
    clerk.sees("已核对完")


def return_one(clerk: Hand, submission: GroupSubmission) -> Application:
    returned = Application.objects.filter(status=Status.SUBMITTED).order_by("number").first()
    clerk.follow(re.compile("^可批量通过"))
    clerk.page.get_by_role("checkbox", name=f"选择{returned.person.name}").check()
    clerk.press("退回所选…")
    clerk.sees(returned.number)
    clerk.page.get_by_label(REASON).check()
    clerk.press("退回 1 人")
    clerk.sees("已办完")
    clerk.follow("回到这次提交")
    return returned


def approve_others(clerk: Hand) -> None:
    clerk.follow("审核通过 2 人…")
    clerk.press("审核通过 2 人")
    clerk.sees("已办完")
    clerk.sees("2 / 2 人")
    clerk.follow("回到这次提交")
    clerk.sees("已全部决定")


def mend(open_page, submission: GroupSubmission, returned: Application) -> None:
    """The filer reads why, mends the row, and asks the person again, whose answer was about the row as it was."""
    desk = institution.come_in(open_page, submission.filing.opened_by)
    desk.follow(re.compile("^1 人被协会退回，待补正"))
    desk.follow(returned.person.name)
    desk.sees(REASON)
    desk.follow("更正所填内容")
    desk.page.get_by_role("group", name="工作经历1").get_by_label("开始日期").fill("20130301")
    desk.press("保存更正")
    desk.sees(re.compile("内容更正以后要重新确认"))
    desk.press("发送确认链接")
    desk.sees(f"确认链接已发给{returned.person.name}。")
    confirm(confirmation=Confirmation.objects.latest("sent_at"))


def submit_again(open_page, returned: Application) -> None:
    """The mended one alone is reviewed anew and goes in a second act, within the window of the first."""
    reviewer = factories.make_member(returned.institution, "reviewer", "沈岚").account
    hand = institution.come_in(open_page, reviewer)
    hand.follow(re.compile("^1 人"))
    hand.follow(returned.person.name)
    for box in hand.page.locator("#review").get_by_role("checkbox").all():
        box.check()
    hand.page.get_by_label(re.compile("^通过：")).check()
    hand.press("保存初审意见")
    hand.follow("返回人员名单")
    hand.follow("核对并提交")
    hand.page.get_by_label(re.compile("逐人完成资格初审")).check()
    hand.press("提交 1 人给协会审核")
    institution.work()
    hand.page.get_by_role("link", name=re.compile("报名表（1 人），PDF")).wait_for()
    hand.look()
    returned.refresh_from_db()
    assert returned.status == Status.SUBMITTED

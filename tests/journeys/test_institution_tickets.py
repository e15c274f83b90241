"""From an approved group to its tickets: one bill, one transfer, and on opening day everything in one file."""

import io
import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from pypdf import PdfReader

from applicants.accounts.groups import RECEPTION
from applicants.records.claims import verify_document
from exams.arrangement.drawing import draw_seats, fix_candidates
from exams.arrangement.seating import arrange
from exams.filing.groups.models import GroupFiling
from exams.filing.models import Application
from exams.payments.models import Bill
from exams.tickets.due import sweep
from exams.tickets.models import Ticket
from tests import factories
from tests.filing.conftest import approve
from tests.journeys import counter, institution
from tests.journeys.hands import Hand, pdf_text
from tests.journeys.institution import at

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

NAMES = ("杨秀兰", "徐国强", "朱晓梅", "高明")


@pytest.fixture
def filing(transactional_db, process_day) -> GroupFiling:
    """Four people approved, none paid."""
    process_day(at(9, 7))
    factories.load_catalogue()
    school = factories.make_institution()
    filer = factories.make_member(school).account
    reviewer = factories.make_member(school, "reviewer", "顾明").account
    submission = institution.handed_in_filing(filer, reviewer, institution.people(*NAMES))
    clerk = factories.make_staff()
    for application in Application.objects.all():
        verify_document(actor=clerk, claim=application.person.documents.get())
        approve(application, clerk)
    return submission.filing


def test_a_group_pays_once_and_takes_all_tickets_home(open_page, filing, process_day):
    desk = institution.come_in(open_page, filing.opened_by)
    bill = issue_bill(desk, filing)
    take_transfer(counter.come_in(open_page, RECEPTION), bill)
    have_receipt(desk, bill)
    seat_everybody()

    process_day(at(9, 28))
    sweep()
    find_tickets(desk, filing)
    desk.sees("现在还没有可以下载的准考证。")
    desk.sees(re.compile("2026年9月29日（周二）"))
    process_day(at(9, 29, 0))
    sweep()
    find_tickets(desk, filing)
    take_tickets(desk)


def issue_bill(desk: Hand, filing: GroupFiling) -> Bill:
    desk.follow(filing.title)
    desk.follow("缴费和发票")
    desk.press("生成 4 人的缴费单")
    bill = Bill.objects.get()
    desk.sees(f"缴费单 {bill.reference} 已生成。")
    desk.sees("1,920 元")
    return bill


def take_transfer(clerk: Hand, bill: Bill) -> None:
    """Found by what the bank's line says, whatever stands around the reference."""
    clerk.follow(re.compile("^团体待到账"))
    clerk.follow("按转账附言查找")
    clerk.fill({"转账附言、缴费编号、团体申报号或机构名称": f"附言：{bill.reference} 考务费"})
    clerk.press("查找缴费单")
    clerk.fill({"交易流水号": "YH20260907000317", "收据号": "2026-T-0031"})
    clerk.press("登记到账 1,920 元")
    clerk.sees("已登记到账 1,920 元，收据号 2026-T-0031。")
    clerk.sees("已缴清")


def have_receipt(desk: Hand, bill: Bill) -> None:
    desk.page.reload()
    desk.look()
    desk.sees("已缴清")
    receipt = pdf_text(desk.download(re.compile("^收据 2026-T-0031")))
    for said in (bill.reference, "2026-T-0031", "1,920", "壹仟玖佰贰拾元整", *NAMES):
        assert said in receipt, said


def seat_everybody() -> None:
    """What the association's planners do at the counter, told in journeys of their own."""
    planner = factories.make_staff()
    offering = Application.objects.first().offering
    sessions = [
        factories.make_session(offering, "theory", at(10, 12, 9)),
        factories.make_session(offering, "practical", at(10, 12, 13)),
    ]
    arrange(actor=planner, offering=offering)
    for session in sessions:
        draw_seats(actor=planner, draw=fix_candidates(actor=planner, session=session, keep_apart=True))


def find_tickets(desk: Hand, filing: GroupFiling) -> None:
    """As the notice says: 培训与认定 → 职业技能等级认定 → 准考证下载."""
    desk.go("/")
    desk.follow("培训与认定")
    desk.sees("职业技能等级认定")
    desk.follow("准考证下载")
    desk.follow("到本机构的准考证下载")
    desk.follow(filing.title)


def take_tickets(desk: Hand) -> None:
    """All in one PDF, each on a page of its own, and one file for each with the list of all."""
    tickets = list(Ticket.objects.all())
    assert len(tickets) == 4
    merged = press_for_file(desk, "合并打印（PDF）")
    assert len(PdfReader(io.BytesIO(merged)).pages) == 4
    text = pdf_text(merged)
    for said in (*NAMES, *(ticket.number for ticket in tickets), "2026年10月12日（周一）9:00–10:30"):
        assert said in text, said
    with ZipFile(io.BytesIO(press_for_file(desk, "逐人文件（ZIP）"))) as packed:
        names = packed.namelist()
    for ticket in tickets:
        assert [name for name in names if name.endswith(f"_{ticket.number}.pdf")], names
    assert len(names) == 5
    desk.page.reload()
    desk.look()
    desk.sees("下载过的")


def press_for_file(desk: Hand, words: str) -> bytes:
    """What the browser saves when the button is pressed."""
    with desk.page.expect_download() as waiting:
        desk.page.get_by_role("button", name=words, exact=True).click()
    return Path(waiting.value.path()).read_bytes()

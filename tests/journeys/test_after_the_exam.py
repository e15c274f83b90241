"""After the exam in a real browser: scores by two people, what each may do next, a retake, the certificate."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from applicants.accounts.groups import ARRANGEMENT, RECEPTION, SECOND
from certificates.models import Certificate
from certificates.tasks import make_certificates
from exams.arrangement.models import Session
from exams.filing.models import Application
from exams.tickets.due import sweep
from portal import clock
from portal.clock import SHANGHAI
from tests import factories
from tests.browser import VIEWPORTS
from tests.filing.conftest import approve, ready_person, submitted
from tests.journeys import applicant, counter, exam_staff
from tests.journeys.hands import Hand, pdf_text
from tests.results.world import Team, hold_session, published
from tests.tickets.conftest import give_photo

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
CHEN, LIN, ZHAO = "陈志远", "林晓梅", "赵文博"


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def september(transactional_db, process_day) -> None:
    process_day(at(9, 7))
    factories.load_catalogue()


def admitted(name: str) -> Application:
    """Filed, approved and paid in September by somebody whose record lacks nothing."""
    person = ready_person(name=name)
    give_photo(person)
    application = approve(submitted(person, factories.load_catalogue()), factories.make_staff("审核人"))
    factories.pay(application)
    return application


def two_sessions(*applications: Application) -> tuple[Session, Session]:
    """Everybody at a number in the theory session of the exam day, and in the practical one of the afternoon."""
    return hold_session(applications), hold_session(applications, "practical", hour=13)


@dataclass
class Staff:
    """Three at the counter, each at a browser of their own."""

    arranger: Hand
    second: Hand
    clerk: Hand


@pytest.fixture
def staff(open_page) -> Staff:
    return Staff(*(counter.come_in(open_page, group) for group in (ARRANGEMENT, SECOND, RECEPTION)))


def test_three_people_read_what_became_of_them_and_one_has_a_certificate(open_page, process_day, staff):
    chen, lin, zhao = (admitted(name) for name in (CHEN, LIN, ZHAO))
    theory, practical = two_sessions(chen, lin, zhao)

    process_day(at(10, 12, 18))
    exam_staff.note_attendance(staff.arranger, theory)
    exam_staff.note_attendance(staff.arranger, practical, absent=(ZHAO,))
    read_twice(staff, theory, {CHEN: 85, LIN: 72, ZHAO: 45}, misread={LIN: 77})
    read_twice(staff, practical, {CHEN: 78, LIN: 52})
    chens_phone = applicant.come_in(open_page, chen.person.account)
    nothing_is_told_yet(chens_phone)

    process_day(at(10, 20))
    exam_staff.publish_scores(staff.second, theory, persons=3)
    exam_staff.publish_scores(staff.second, practical, persons=3)

    passed_both(chens_phone, chen, staff)
    verify(Hand(open_page(VIEWPORTS["phone"]), "stranger"), chen.certificates.get())
    failed_one(open_page, lin)
    failed_all(open_page, zhao)


def read_twice(
    staff: Staff, session: Session, points: dict[str, int], *, misread: dict[str, int] | None = None
) -> None:
    """Entered by two, the second time perhaps wrongly; what differs is settled; checked by the second."""
    exam_staff.enter_points(staff.arranger, session, "一", points)
    exam_staff.enter_points(staff.second, session, "二", points | (misread or {}))
    if misread:
        staff.second.sees(f"有 {len(misread)} 份两次不一致，请拿着试卷核对。")
        exam_staff.settle(staff.arranger, session, {name: points[name] for name in misread})
    exam_staff.check_scores(staff.second, session)


def nothing_is_told_yet(phone: Hand) -> None:
    """Entered and checked, but not published: until when they wait, and no points."""
    phone.follow("我的成绩")
    phone.sees("等待公布")
    phone.sees("一般不晚于 2026年11月9日 公布。")
    assert phone.page.locator(".subject-points").count() == 0


def passed_both(phone: Hand, application: Application, staff: Staff) -> None:
    """Both subjects with their last day, nothing left to file; then the certificate."""
    scores_are_told(phone, "85 分", "78 分")
    assert phone.page.get_by_text("有效期至").count() == 2
    phone.sees("2028年10月20日")
    assert phone.page.get_by_role("button", name=re.compile("申报(补考|正考)")).count() == 0
    have_certificate(phone, certify(staff, application))


def scores_are_told(phone: Hand, *points: str) -> None:
    """From the message to 我的成绩, where the points stand."""
    phone.go("/my/messages/")
    phone.sees(re.compile("理论知识成绩已公布"))
    phone.go("/my/")
    phone.follow("我的成绩")
    shown = phone.page.locator(".subject-points").all_inner_texts()
    assert [" ".join(one.split()) for one in shown] == list(points)


def certify(staff: Staff, application: Application) -> Certificate:
    """Proposed by one, refused to the same, issued by another; the file is made in the background."""
    name = application.person.name
    batch = exam_staff.propose_certificates(staff.clerk, name)
    staff.clerk.sees("这一批由您提出，须由另一位工作人员签发。")
    staff.second.go(batch)
    staff.second.sees(application.person.documents.get().number)
    exam_staff.issue_certificates(staff.second, batch, count=1)
    assert make_certificates() == {"made": 1, "held": 0}
    return Certificate.objects.get(person=application.person)


def have_certificate(phone: Hand, certificate: Certificate) -> None:
    """Told of, shown, and downloaded: what the file says is what was certified."""
    phone.go("/my/messages/")
    phone.sees(re.compile(f"证书已签发，编号 {certificate.number}"))
    phone.go("/my/certificates/")
    phone.follow(re.compile("职业技能等级证书"))
    phone.sees(certificate.number)
    phone.sees(re.compile("^有效$"))
    document = phone.download("下载电子版（PDF）")
    assert len(PdfReader(io.BytesIO(document)).pages) == 1
    text = pdf_text(document)
    issued = certificate.issued_on
    for said in (
        "职业技能等级证书",
        certificate.person.name,
        certificate.person.documents.get().number,
        "社群健康助理员",
        "四级/中级工",
        certificate.number,
        f"{issued.year}年{issued.month}月{issued.day}日",
        "上海市健康促进协会",
    ):
        assert said in text, said


def verify(stranger: Hand, certificate: Certificate) -> None:
    """Without an account: the certificate stands, and its holder's data are masked."""
    stranger.go("/verify/")
    stranger.fill({"证书编号": certificate.number, "姓名": certificate.person.name})
    stranger.press("查验")
    stranger.sees("这张证书有效")
    stranger.sees("四级/中级工")
    number = certificate.person.documents.get().number
    assert number not in stranger.page.content()
    stranger.fill({"证书编号": certificate.number, "姓名": LIN})
    stranger.press("查验")
    stranger.sees("没有查到")


def failed_one(open_page: Callable[[dict[str, int]], Page], application: Application) -> None:
    """What counts until when, what a retake costs and by when it is sat, and what starting anew would cost."""
    phone = applicant.come_in(open_page, application.person.account)
    scores_are_told(phone, "72 分", "52 分")
    phone.sees("不合格")
    for said in ("补考，还是重新考", "380 元", "480 元", "2028年10月20日（周五）"):
        phone.sees(said)
    phone.sees(re.compile("理论知识，有效期至 2028年10月20日"))
    phone.sees(re.compile("理论知识.*的合格成绩不再保留"))
    assert phone.page.get_by_role("button", name="申报补考").count() == 1


def failed_all(open_page: Callable[[dict[str, int]], Page], application: Application) -> None:
    """No retake, but everything anew at the full price: from the offer into filing."""
    phone = applicant.come_in(open_page, application.person.account)
    scores_are_told(phone, "45 分")
    phone.sees("缺考")
    phone.sees("还想取得证书的")
    phone.sees("480 元")
    assert phone.page.get_by_role("button", name="申报补考").count() == 0
    phone.press("申报正考")
    phone.sees("申报条件")
    draft = Application.objects.get(person=application.person, status="draft")
    assert (draft.kind, draft.subjects) == ("regular", ["theory", "practical"])


def test_who_failed_one_subject_sits_the_retake_and_has_a_certificate(open_page, process_day, staff):
    application = admitted(LIN)
    theory, practical = two_sessions(application)
    process_day(at(10, 20))
    published(theory, Team(), **{LIN: 72})
    published(practical, Team(), **{LIN: 52})

    phone = applicant.come_in(open_page, application.person.account)
    retake = file_retake(phone)
    counter.find_in_queue(staff.clerk, retake, LIN)
    counter.pass_checks(staff.clerk, at_least=3)
    counter.approve(staff.clerk)
    counter.take_payment(staff.clerk, receipt_number="2026-000402", yuan=380)

    process_day(at(10, 21))
    again = hold_session([retake], "practical", day=date(2026, 11, 16), hour=13)
    process_day(at(11, 14))
    sweep()
    process_day(clock.start_of(date(2026, 11, 16)) + timedelta(hours=18))
    exam_staff.note_attendance(staff.arranger, again)
    read_twice(staff, again, {LIN: 66})
    exam_staff.publish_scores(staff.second, again, persons=1)

    scores_are_told(phone, "66 分", "72 分", "52 分")
    phone.sees("社群健康助理员（四级/中级工）（补考）")
    assert phone.page.get_by_role("button", name=re.compile("申报(补考|正考)")).count() == 0
    certificate = certify(staff, retake)
    assert set(certificate.passes.values_list("application_id", flat=True)) == {application.pk, retake.pk}
    have_certificate(phone, certificate)
    exam_staff.hand_over(staff.clerk, certificate)
    collected(phone)
    exam_staff.everything_holds()


def collected(phone: Hand) -> None:
    """Told where it waits and that it was taken; the page says by whom and when."""
    phone.go("/my/messages/")
    phone.sees(re.compile("证书已可领取"))
    phone.sees(re.compile(f"已于 2026年11月16日 由{LIN}领取"))
    phone.go("/my/certificates/issued/")
    phone.sees(f"2026年11月16日（周一）由{LIN}领取。")


def file_retake(phone: Hand) -> Application:
    """From the offer to the receipt: only what was failed is asked for, nothing is proved again."""
    phone.follow("我的成绩")
    phone.press("申报补考")
    phone.follow("承诺书")
    phone.page.get_by_label("我已读完").check()
    phone.press("作出承诺")
    phone.follow("核对并提交")
    phone.sees("补考")
    phone.press("提交申报")
    phone.sees("申报已提交")
    retake = Application.objects.get(kind="retake")
    assert (retake.status, retake.subjects) == ("submitted", ["practical"])
    return retake

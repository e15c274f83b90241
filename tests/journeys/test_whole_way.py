"""The whole way in a real browser: from the first visit to an admission ticket, and to its second version."""

from collections.abc import Callable
from datetime import datetime

import pytest

from applicants.accounts.groups import ARRANGEMENT, RECEPTION
from exams.filing.documents import form_code
from exams.filing.models import Application, Status
from exams.tickets.due import sweep
from exams.tickets.models import Ticket
from portal import clock
from portal.clock import SHANGHAI
from tests import factories
from tests.browser import VIEWPORTS
from tests.journeys import applicant, counter
from tests.journeys.hands import Hand, pdf_text

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def september(transactional_db, process_day) -> None:
    process_day(at(9, 7))
    factories.load_catalogue()


def file_an_application(hand: Hand, who: applicant.Someone) -> Application:
    """From the first visit to the printed form, which says what was typed."""
    applicant.ask_which_grade(hand, since=("2019", "6", "1"))
    hand.sees("您现在可以申报四级")
    applicant.sign_up(hand, who)
    applicant.start_application(hand)
    applicant.fill_record(hand, who)
    applicant.choose_and_submit(hand)
    application = Application.objects.get()
    assert application.status == Status.SUBMITTED
    hand.sees(application.number)
    form = pdf_text(hand.fetch("打印报名表（PDF）"))
    for said in (who.name, who.number, application.number, "累计工作满5年", "附件1四级第1项", who.employer):
        assert said in form, said
    hand.follow("查看办理进度")
    hand.sees("窗口核对原件并审核")
    return application


def test_filing_at_a_desk(open_page):
    file_an_application(Hand(open_page(VIEWPORTS["desktop"]), "applicant"), applicant.Someone())


@pytest.mark.smoke
def test_from_the_first_visit_to_the_ticket_and_its_second_version(open_page, process_day):
    who = applicant.Someone()
    phone = Hand(open_page(VIEWPORTS["phone"]), "applicant")
    application = file_an_application(phone, who)

    clerk = counter.come_in(open_page, RECEPTION)
    admit(clerk, application, who)
    phone.go("/my/certificates/")
    phone.sees("尚不能下载")

    process_day(at(9, 8))
    arranger = counter.come_in(open_page, ARRANGEMENT)
    practical = seat(arranger, who)

    wait_for_opening(phone, process_day)
    ticket = Ticket.objects.get()
    kept_picture = have_ticket(phone, ticket, application, who)
    door = Hand(open_page(VIEWPORTS["phone"]), "door")
    show_at_the_door(door, kept_picture)
    door.sees("签名无误，是当前版本。")
    door.sees(ticket.number)
    door.look()

    counter.move_session(arranger, practical, "2026-10-13", "14:00", "15:30", reason="考场停电检修")
    sweep()
    show_at_the_door(door, kept_picture)
    door.sees("已被新版替换")
    have_newer_ticket(phone, ticket, application, who)

    assert clerk.page.goto(practical + "move/").status == 403
    clerk.look()
    clerk.sees("您的账号没有这项操作的权限。")


def admit(clerk: Hand, application: Application, who: applicant.Someone) -> None:
    """Found in the queue and by the printed form's code, compared with the original, approved and paid."""
    counter.find_in_queue(clerk, application, who.name)
    counter.scan(clerk, form_code(application.submissions.get()))
    clerk.sees("报名表与现在的内容一致")
    counter.verify_document(clerk, who.number)
    counter.pass_checks(clerk)
    counter.approve(clerk)
    counter.take_payment(clerk, receipt_number="2026-000317")
    receipt = pdf_text(clerk.fetch("打印收据"))
    for said in (who.name, application.number, "2026-000317", "480", "肆佰捌拾元整"):
        assert said in receipt, said


def seat(arranger: Hand, who: applicant.Someone) -> str:
    """Two sessions on 12 October, the queue arranged, seats drawn; returns the practical one's address."""
    counter.prepare_room(arranger)
    theory = counter.hold_session(arranger, "理论知识", "2026-10-12", "09:00", "10:30")
    practical = counter.hold_session(arranger, "操作技能", "2026-10-12", "13:00", "14:30")
    counter.arrange_queue(arranger, who.name)
    for session in (theory, practical):
        counter.draw(arranger, session)
    return practical


def wait_for_opening(phone: Hand, process_day: Callable[[datetime], None]) -> None:
    """The day before, the page says from when; at 0:00 of the day there is a message, and the ticket."""
    process_day(at(9, 28))
    sweep()
    phone.go("/my/certificates/")
    phone.sees("2026年9月29日（周二）0:00 起可以下载")
    assert phone.page.get_by_role("link", name="下载准考证（PDF）").count() == 0
    process_day(at(9, 29, 0))
    sweep()
    phone.go("/my/messages/")
    phone.sees("准考证已可下载")


def have_ticket(phone: Hand, ticket: Ticket, application: Application, who: applicant.Someone) -> bytes:
    """As a file, as a page and as a picture, which is returned."""
    phone.go("/my/certificates/")
    assert_ticket_says(pdf_text(phone.download("下载准考证（PDF）")), ticket, application, who)
    phone.follow("在手机上看")
    for said in (ticket.number, who.name, who.number, "2026年10月12日（周一）9:00–10:30"):
        phone.sees(said)
    return phone.fetch("存为图片")


def have_newer_ticket(phone: Hand, old: Ticket, application: Application, who: applicant.Someone) -> None:
    """After the practical was moved: told so, and the second version says the new time."""
    phone.go("/my/messages/")
    phone.sees("原准考证作废")
    phone.go("/my/certificates/")
    phone.sees("第 2 版")
    newer = Ticket.objects.get(state=Ticket.State.READY)
    assert (newer.number, newer.version) == (old.number, 2)
    text = pdf_text(phone.download("下载准考证（PDF）"))
    assert_ticket_says(text, newer, application, who)
    assert "2026年10月13日（周二）14:00–15:30" in text


def assert_ticket_says(text: str, ticket: Ticket, application: Application, who: applicant.Someone) -> None:
    """Number, person, and for both subjects the day, hours, site, room and seat, all in the text layer."""
    seats = application.seats.filter(released_at=None).select_related("session__site", "room")
    assert len(seats) == 2
    said = [ticket.number, who.name, "居民身份证", who.number, "社群健康助理员", "四级/中级工", "正考"]
    for seat in seats:
        starts, ends = (moment.astimezone(SHANGHAI) for moment in (seat.starts_at, seat.ends_at))
        weekday = "一二三四五六日"[starts.weekday()]
        said += [
            f"{starts:%Y}年{starts.month}月{starts.day}日（周{weekday}）",
            f"{starts.hour}:{starts:%M}–{ends.hour}:{ends:%M}",
            f"{seat.room.name}{seat.number}",
            seat.get_subject_display(),
            seat.session.site.name,
            seat.session.site.address.replace(" ", ""),
        ]
    for words in said:
        assert words in text, words


def show_at_the_door(door: Hand, picture: bytes) -> None:
    """The picture's code read by the door page, on a device with the portal's clock."""
    door.page.clock.set_fixed_time(clock.now())
    door.go("/door")
    door.page.locator("#picture").set_input_files(
        {"name": "准考证.png", "mimeType": "image/png", "buffer": picture}
    )

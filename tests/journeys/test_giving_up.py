"""Theory is sat, a typhoon takes practical: the person gives it up on the phone, keeps theory, and is paid back."""

from datetime import datetime

import pytest
from django.urls import reverse

from applicants.accounts.groups import RECEPTION, SECOND
from exams.arrangement.sessions import call_off_session
from exams.filing.models import Application
from portal.clock import SHANGHAI
from tests import factories
from tests.filing.conftest import approve, ready_person, submitted
from tests.journeys import applicant, counter
from tests.results.world import Team, hold_session, published
from tests.tickets.conftest import give_photo

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
NAME = "林晓梅"


def at(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


@pytest.fixture
def half_sat(transactional_db, process_day) -> tuple[Application, object]:
    """Filed in September, theory sat on 12 October; on the 14th practical of the 20th is called off."""
    process_day(at(9, 7))
    offering = factories.load_catalogue()
    person = ready_person(name=NAME)
    give_photo(person)
    application = approve(submitted(person, offering), factories.make_staff("审核人"))
    factories.pay(application)
    theory = hold_session([application], "theory")
    practical = hold_session([application], "practical", day=at(10, 20).date())
    process_day(at(10, 14))
    call_off_session(actor=factories.make_staff("顾晓峰"), session=practical, reason="台风“海葵”")
    return application, theory


def test_practical_is_given_up_on_the_phone_and_theory_is_kept(open_page, process_day, half_sat):
    application, theory = half_sat
    desk = counter.come_in(open_page, RECEPTION)
    desk.go(reverse("admin:place_desk", args=[application.pk]))
    desk.follow("放弃操作技能")
    desk.sees("申报人在场，自己要求放弃这一科。不再安排考试，不能恢复；已考的科目不受影响。")
    phone = applicant.come_in(open_page, application.person.account)
    phone.go(reverse("filing:status", args=[application.pk]))
    phone.sees("不想再等的，可以放弃操作技能")
    phone.follow("看放弃操作技能退多少")
    phone.sees("380 元")
    phone.sees("排队次序不变")
    phone.fill({"开户银行": "建设银行上海延安西路支行", "账号": "6217 0012 3456 7890 123"})
    phone.press("放弃操作技能，退还 380 元")
    phone.sees("已放弃操作技能，应退 380 元")
    desk.go(reverse("admin:exams_refundrequest_changelist") + "?open=yes")
    desk.follow("受理")
    desk.sees("申报人放弃操作技能")
    desk.press("受理，退还 380 元")
    second = counter.come_in(open_page, SECOND)
    second.go(reverse("admin:exams_refund_changelist") + "?waiting=yes")
    second.follow("复核")
    second.fill({"退款流水号": "TK20261014"})
    second.press("登记已退款")
    process_day(at(10, 28))
    published(theory, Team(), **{NAME: 82})
    phone.go(reverse("results:mine"))
    phone.sees("已放弃")
    phone.sees("申报补考")

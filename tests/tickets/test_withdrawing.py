"""Leaving by oneself after paying: what comes back by which policy, told before the act, and nothing lost on the way."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from exams.arrangement import sessions as acts
from exams.arrangement.offers import offer_to_leave
from exams.arrangement.queries import queue, seats_of
from exams.arrangement.seating import arrange
from exams.payments.models import Payment, Refund, RefundRequest
from exams.payments.queries import refundable_fen
from exams.payments.refunds import confirm_refund, take_up_request
from exams.tickets.due import sweep
from exams.tickets.models import Ticket
from exams.tickets.withdrawing import terms_of, withdraw_after_payment
from portal import clock
from portal.models import AccessEntry, Message
from portal.rules.findings import Refused
from tests import factories
from tests.tickets.conftest import at

pytestmark = pytest.mark.django_db

LAST_DAY = date(2026, 9, 29)
"""The fifth working day before 12 October 2026, the National Day holidays lying between."""
PAYEE = "户名：陈志远；开户银行：建设银行；账号：6217001234567890123"


def leave(application, payee=PAYEE, **more):
    return withdraw_after_payment(
        actor=application.person.account, application=application, payee=payee, **more
    )


def told(event: str) -> list[str]:
    return [message.text for message in Message.objects.filter(event=event)]


def call_off(session):
    acts.call_off_session(actor=factories.make_staff("顾晓峰"), session=session, reason="台风")


def move(session, **changes):
    now = {
        "site": session.site,
        "rooms": list(session.rooms.all()),
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
    }
    return acts.move_session(
        actor=factories.make_staff("顾晓峰"), session=session, reason="考点停电", **(now | changes)
    )


@pytest.mark.parametrize(
    ("day", "refund"), [(date(2026, 9, 28), 48000), (LAST_DAY, 48000), (date(2026, 9, 30), 0)], ids=str
)
def test_the_whole_fee_comes_back_up_to_the_last_day(seat_someone, september, day, refund):
    application = seat_someone().application
    september(day)
    terms = terms_of(application)
    assert (terms.refund_fen, terms.first_on, terms.until.day) == (refund, date(2026, 10, 12), LAST_DAY)
    assert "通知二（五）" in terms.citation


def test_who_is_not_seated_yet_has_the_whole_fee_back_on_any_day(september):
    factories.load_catalogue()
    application = factories.make_application()
    factories.pay(application)
    september(date(2026, 12, 30))
    terms = terms_of(application)
    assert (terms.refund_fen, terms.first_on, terms.offer) == (48000, None, None)


def test_leaving_gives_up_seat_ticket_and_rank_and_asks_the_fee_back(seat_someone, september):
    application = seat_someone().application
    september(LAST_DAY)
    sweep()
    leave(application)
    application.refresh_from_db()
    assert application.status == "withdrawn"
    assert not seats_of(application)
    assert queue(application.offering) == []
    assert Ticket.objects.get().state == "void"
    asked = RefundRequest.objects.get()
    assert (asked.amount_fen, asked.payee) == (48000, PAYEE)
    assert "通知二（五）" in asked.citation
    assert "应退 480 元" in told("withdrawn_with_refund")[0]
    with pytest.raises(Refused, match="已撤回"):
        leave(application)


def test_too_late_the_person_may_leave_and_nothing_is_asked_back(seat_someone, september):
    application = seat_someone().application
    september(date(2026, 9, 30))
    leave(application, payee="")
    assert not RefundRequest.objects.exists()
    assert "费用不退" in told("withdrawn_without_refund")[0]


def test_once_a_subject_has_begun_nobody_leaves(seat_someone, september):
    seated = seat_someone()
    september(seated.theory.starts_at)
    with pytest.raises(Refused, match="已有科目开考"):
        leave(seated.application)


def test_nobody_leaves_on_other_terms_than_were_shown(seat_someone, september):
    application = seat_someone().application
    september(date(2026, 9, 30))
    with pytest.raises(Refused, match="有了变化"):
        leave(application, seen_fen=48000)
    application.refresh_from_db()
    assert application.status == "approved"
    assert len(seats_of(application)) == 2


def test_cash_needs_an_account_a_card_is_credited_the_same_way(seat_someone):
    application = seat_someone().application
    with pytest.raises(Refused) as refused:
        leave(application, payee="")
    assert [finding.field for finding in refused.value.findings] == ["account_number"]
    Payment.objects.filter(quote__application=application).update(method=Payment.Method.POS)
    leave(application, payee="")
    assert RefundRequest.objects.get().payee.startswith("原路退回")


def test_the_fee_an_institution_paid_goes_back_to_it(seat_one, filing):
    application = seat_one("王芳", 1)
    person = application.person
    actor = person.account or factories.make_account("王芳")
    withdraw_after_payment(actor=actor, application=application)
    assert filing.institution.name in RefundRequest.objects.get().payee
    assert told("withdrawn_with_refund") == []
    assert filing.institution.name in told("group_withdrawn_with_refund")[0]
    assert told("filing_withdrawn"), "the institution hears that somebody left"


def test_two_people_give_the_money_back_and_the_sum_is_right(seat_someone):
    application = seat_someone().application
    leave(application)
    first, second = factories.make_staff("周敏"), factories.make_staff("顾晓峰")
    refund = take_up_request(actor=first, request=RefundRequest.objects.get())
    assert RefundRequest.objects.get().refund == refund
    assert "本会工作规定" in refund.reason
    assert refundable_fen(application) == 0
    with pytest.raises(Refused, match="另一位"):
        confirm_refund(actor=first, refund=refund, transaction_number="TK1")
    confirm_refund(actor=second, refund=refund, transaction_number="TK1")
    with pytest.raises(Refused, match="已经受理"):
        take_up_request(actor=first, request=RefundRequest.objects.get())
    assert Refund.objects.count() == 1


def test_after_a_call_off_the_whole_fee_comes_back_whatever_the_day(seat_someone, september):
    seated = seat_someone()
    september(date(2026, 10, 10))
    assert terms_of(seated.application).refund_fen == 0
    call_off(seated.theory)
    terms = terms_of(seated.application)
    assert (terms.refund_fen, terms.offer.called_off) == (48000, True)
    assert "依序安排" in terms.citation
    assert "登录“我的”退出，费用全部退还" in told("session_called_off")[0]
    leave(seated.application)
    assert RefundRequest.objects.get().amount_fen == 48000


def test_who_waits_keeps_the_rank_and_the_offer_ends_with_the_new_seat(seat_someone, september):
    first, second = seat_someone("陈志远"), seat_someone("吴梅")
    september(date(2026, 9, 28))
    call_off(first.theory)
    assert queue(first.application.offering) == [first.application, second.application]
    factories.make_session(first.application.offering, "theory", at(date(2026, 10, 20)))
    arrange(actor=factories.make_staff("顾晓峰"), offering=first.application.offering)
    assert offer_to_leave(first.application) is None
    september(date(2026, 10, 10))
    assert terms_of(first.application).refund_fen == 0


def test_a_moved_session_may_be_left_until_it_starts(seat_someone, september):
    seated = seat_someone()
    september(date(2026, 10, 9))
    later = at(date(2026, 10, 14))
    move(seated.theory, starts_at=later, ends_at=later + timedelta(minutes=90))
    assert "费用全部退还" in told("session_rescheduled")[0]
    offer = offer_to_leave(seated.application)
    assert offer is not None
    assert not offer.waits
    assert terms_of(seated.application).refund_fen == 48000
    september(later)
    assert offer_to_leave(seated.application) is None


def test_who_a_moved_session_no_longer_suits_is_offered_the_same(seat_someone, september):
    seated = seat_someone()
    september(date(2026, 10, 9))
    clash = seated.practical.starts_at
    move(seated.theory, starts_at=clash, ends_at=clash + timedelta(minutes=90))
    offer = offer_to_leave(seated.application)
    assert offer is not None
    assert (offer.waits, offer.called_off) == (True, False)
    assert "座位已收回" in told("session_displaced")[0]


def test_another_room_of_the_same_hour_and_site_is_no_reason(seat_someone):
    seated = seat_someone()
    other = factories.make_session(seated.theory.offering, "theory", at(date(2026, 11, 20)))
    move(seated.theory, rooms=list(other.rooms.all()))
    assert offer_to_leave(seated.application) is None
    assert len(told("session_changed")) == 1
    assert told("session_rescheduled") == []


def test_who_was_seated_after_the_move_knew_of_it(seat_someone):
    seated = seat_someone()
    later = at(date(2026, 10, 14))
    move(seated.theory, starts_at=later, ends_at=later + timedelta(minutes=90))
    with clock.rehearse(clock.now() + timedelta(days=1)):
        late = factories.make_application(factories.make_person("吴梅"))
        factories.pay(late)
        seated.theory.refresh_from_db()
        factories.seat(late, seated.theory)
    assert offer_to_leave(late) is None
    assert offer_to_leave(seated.application) is not None


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def page(seat_someone, client):
    seated = seat_someone()
    client.force_login(seated.application.person.account)
    return client, reverse("tickets:leave", args=[seated.application.pk]), seated


def test_the_page_says_first_what_comes_back_until_when_and_by_which_rule(page, september):
    client, url, seated = page
    assert url in client.get(reverse("filing:status", args=[seated.application.pk])).content.decode()
    text = client.get(url).content.decode()
    for words in ("480 元", "2026年9月29日", "通知二（五）", "座位收回", "开户银行"):
        assert words in text, words
    september(date(2026, 9, 30))
    text = client.get(url).content.decode()
    assert "不退费" in text
    assert "开户银行" not in text


def test_a_wrong_account_keeps_what_was_typed_and_nothing_happens(page):
    client, url, seated = page
    typed = {"seen_fen": 48000, "bank": "建设银行", "account_number": "六二一七"}
    answer = client.post(url, typed)
    assert answer.status_code == 422
    assert "8 至 30 位数字" in answer.content.decode()
    assert 'value="建设银行"' in answer.content.decode()
    seated.application.refresh_from_db()
    assert seated.application.status == "approved"


def test_leaving_from_the_page_and_taking_it_up_at_the_counter(page, settings):
    settings.STAFF_SECOND_FACTOR = False
    client, url, seated = page
    typed = {"seen_fen": 48000, "bank": "建设银行", "account_number": "6217 0012 3456 7890 123"}
    answer = client.post(url, typed, follow=True)
    text = answer.content.decode()
    assert "应退 480 元" in text
    assert "办理退费" in text
    asked = RefundRequest.objects.get()
    assert asked.payee == "户名：陈志远；开户银行：建设银行；账号：6217001234567890123"
    client.force_login(factories.make_staff("周敏"))
    listed = client.get(reverse("admin:exams_refundrequest_changelist") + "?open=yes").content.decode()
    assert seated.application.number in listed
    assert "6217001234567890123" not in listed
    take_up = reverse("admin:take_up_refund", args=[asked.pk])
    assert "6217001234567890123" in client.get(take_up).content.decode()
    assert AccessEntry.objects.filter(kind="refund_payee.viewed").count() == 1
    client.post(take_up, {})
    refund = Refund.objects.get()
    assert refund.amount_fen == 48000
    client.force_login(factories.make_staff("顾晓峰"))
    confirm = reverse("admin:confirm_refund", args=[refund.pk])
    assert "6217001234567890123" in client.get(confirm).content.decode()
    client.post(confirm, {"transaction_number": "TK2026"})
    client.force_login(seated.application.person.account)
    assert "已退费" in client.get(reverse("filing:status", args=[seated.application.pk])).content.decode()


def test_terms_that_changed_while_the_page_was_open_are_shown_anew(page, september):
    client, url, _ = page
    september(date(2026, 9, 30))
    answer = client.post(url, {"seen_fen": 48000, "bank": "建设银行", "account_number": "6217001234567890"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "有了变化" in text
    assert 'name="seen_fen" value="0"' in text


def test_another_persons_application_is_not_there(page, client):
    _, url, _ = page
    client.force_login(factories.make_person("别人").account)
    assert client.get(url).status_code == 404
    assert client.post(url, {"seen_fen": 48000}).status_code == 404


def test_unpaid_or_ended_applications_are_sent_to_their_own_page(client, september):
    factories.load_catalogue()
    unpaid = factories.make_application()
    client.force_login(unpaid.person.account)
    answer = client.get(reverse("tickets:leave", args=[unpaid.pk]), follow=True)
    assert "还没有缴费" in answer.content.decode()

"""Giving one subject up after another was sat: exactly its part of the fee, and what was sat goes on as it would have."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from certificates.due import standing_of
from exams.arrangement import sessions as acts
from exams.arrangement.invariants import INVARIANTS as SEATS
from exams.arrangement.models import SubjectGivenUp
from exams.arrangement.offers import offers_to_give_up
from exams.arrangement.queries import queue, seats_of
from exams.arrangement.seating import arrange
from exams.filing.timeline import next_steps
from exams.passes.queries import retake_possibility
from exams.payments.invariants import INVARIANTS as MONEY
from exams.payments.models import Payment, Refund, RefundRequest
from exams.payments.queries import complete_applications, refundable_fen, unclaimed_fen
from exams.payments.refunds import ask_refund, confirm_refund, take_up_request
from exams.replay.outcomes import outcomes
from exams.results.due import due_days
from exams.results.giving_up import give_up_subject, terms_of
from exams.results.giving_up_invariants import INVARIANTS as GIVEN_UP
from exams.results.invariants import INVARIANTS as SCORES
from exams.results.publishing import retract_sheet
from exams.results.statistics import fees_by_month
from exams.tickets.due import sweep
from exams.tickets.invariants import INVARIANTS as TICKETS
from exams.tickets.leaving import cancel_after_payment, leave_after_payment
from exams.tickets.models import Ticket
from exams.tickets.queries import completeness, standings
from exams.tickets.withdrawing import withdraw_after_payment
from portal import clock
from portal.models import AuditEntry, Message
from portal.rules.findings import Refused
from tests import factories
from tests.results.world import EXAM_DAY, Team, candidates, hold_session, published, seat_of
from tests.tickets.conftest import at, give_photo

pytestmark = pytest.mark.django_db

AFTER = date(2026, 10, 13)
LATER = date(2026, 10, 20)
PAYEE = "户名：陈志远；开户银行：建设银行；账号：6217001234567890123"
FORM = {"seen_fen": 38000, "bank": "建设银行", "account_number": "6217 0012 3456 7890 123"}


def call_off(session):
    acts.call_off_session(actor=factories.make_staff("顾晓峰"), session=session, reason="台风")


def move(session, starts_at):
    session.refresh_from_db()
    acts.move_session(
        actor=factories.make_staff("顾晓峰"),
        session=session,
        site=session.site,
        rooms=list(session.rooms.all()),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=90),
        reason="考点停电",
    )


def newest_seat(application, subject="practical"):
    return application.seats.filter(subject=subject).latest("placed_at")


def give_up(application, subject="practical", *, actor=None, payee=PAYEE, **more) -> SubjectGivenUp:
    actor = actor or application.person.account
    return give_up_subject(actor=actor, seat=newest_seat(application, subject), payee=payee, **more)


def told(event: str) -> list[str]:
    return [message.text for message in Message.objects.filter(event=event)]


def broken() -> set[str]:
    """What does not hold of money, seats, tickets and scores; the factories leave out how people are approved."""
    checks = (*MONEY, *SEATS, *TICKETS, *SCORES, *GIVEN_UP)
    return {one.code for one in checks if list(one.offenders())}


def steps(application) -> dict[str, str]:
    application.refresh_from_db()
    return {step.code: step.title for step in next_steps(application, clock.today())}


@pytest.fixture
def world(frozen_day):
    """陈志远 and 吴梅 sat theory on 12 October; their practical of 20 October has been called off on the 13th."""
    frozen_day(date(2026, 9, 10))
    factories.load_catalogue()
    people = candidates("陈志远", "吴梅")
    for one in people:
        give_photo(one.person)
    theory = hold_session(people, "theory")
    practical = hold_session(people, "practical", day=LATER)
    frozen_day(AFTER)
    call_off(practical)
    return people, theory, practical


@pytest.fixture
def one(world):
    return world[0][0]


# ── The act ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_exactly_the_subjects_part_comes_back_by_the_policy(one):
    terms = terms_of(newest_seat(one))
    assert (terms.refund_fen, terms.offer.called_off, terms.may_retake) == (38000, True, True)
    row = give_up(one)
    asked = RefundRequest.objects.get()
    assert (asked.amount_fen, asked.payee, asked.given_up) == (38000, PAYEE, row)
    assert "通知二（四）" in asked.citation
    assert row.citation == asked.citation
    assert row.given_up_by == one.person.account
    assert (refundable_fen(one), unclaimed_fen(one)) == (48000, 10000)
    assert "应退 380 元" in told("subject_given_up")[0]
    assert AuditEntry.objects.filter(action="arrangement.subject_given_up").count() == 1
    assert broken() == set()


def test_who_gave_it_up_waits_no_more_and_the_others_keep_their_rank(world):
    (one, other), _, _ = world
    assert queue(one.offering) == [one, other]
    give_up(one)
    assert queue(one.offering) == [other]
    one.refresh_from_db()
    assert one.status == "approved"
    assert one in complete_applications()
    factories.make_session(one.offering, "practical", at(LATER))
    arrange(actor=factories.make_staff("顾晓峰"), offering=one.offering)
    assert [seat.subject for seat in seats_of(one)] == ["theory"]
    assert len(seats_of(other)) == 2
    assert broken() == set()


def test_two_people_give_the_part_back_and_nothing_more_can_be_asked(one):
    give_up(one)
    first, second = factories.make_staff("周敏"), factories.make_staff("沈岚")
    with pytest.raises(Refused, match="请先办理退出"):
        ask_refund(actor=first, application=one, amount_fen=10000, reason="还想要")
    refund = take_up_request(actor=first, request=RefundRequest.objects.get())
    assert (refund.amount_fen, refund.reason[:9]) == (38000, "申报人放弃操作技能")
    with pytest.raises(Refused, match="已经受理"):
        take_up_request(actor=first, request=RefundRequest.objects.get())
    with pytest.raises(Refused, match="另一位"):
        confirm_refund(actor=first, refund=refund, transaction_number="TK1")
    confirm_refund(actor=second, refund=refund, transaction_number="TK1")
    assert refundable_fen(one) == 10000
    assert steps(one)["refund"] == "已退费"
    assert fees_by_month([(2026, 10)])[2026, 10] == (0, 38000)
    assert broken() == set()


def test_it_is_done_once_and_only_on_the_terms_that_were_shown(one):
    with pytest.raises(Refused, match="有了变化"):
        give_up(one, seen_fen=48000)
    assert not SubjectGivenUp.objects.exists()
    give_up(one, seen_fen=38000)
    with pytest.raises(Refused, match="已经放弃"):
        give_up(one)
    assert RefundRequest.objects.count() == 1


def test_cash_needs_an_account_and_nothing_is_half_done_without(one):
    with pytest.raises(Refused) as refused:
        give_up(one, payee=" ")
    assert [finding.field for finding in refused.value.findings] == ["account_number"]
    assert not SubjectGivenUp.objects.exists()
    Payment.objects.filter(quote__application=one).update(method=Payment.Method.POS)
    give_up(one, payee="")
    assert RefundRequest.objects.get().payee.startswith("原路退回")


# ── When it may be done ──────────────────────────────────────────────────────────────────────────────────────────


def test_before_anything_has_begun_one_leaves_as_a_whole_instead(frozen_day):
    frozen_day(date(2026, 9, 10))
    (one,) = candidates("陈志远")
    hold_session([one], "theory")
    call_off(hold_session([one], "practical", hour=13))
    assert offers_to_give_up(one) == []
    with pytest.raises(Refused, match="整份退出"):
        give_up(one)
    assert "“我的”退出，费用全部退还" in told("session_called_off")[0]


def test_once_seated_anew_there_is_nothing_to_give_up(world):
    (one, _), _, _ = world
    factories.make_session(one.offering, "practical", at(LATER))
    arrange(actor=factories.make_staff("顾晓峰"), offering=one.offering)
    with pytest.raises(Refused, match="没有取消或变更"):
        give_up(one)


def test_what_was_sat_or_stands_as_announced_is_not_given_up(frozen_day):
    frozen_day(date(2026, 9, 10))
    (one,) = candidates("陈志远")
    hold_session([one], "theory")
    hold_session([one], "practical", day=LATER)
    frozen_day(AFTER)
    for subject in ("theory", "practical"):
        with pytest.raises(Refused, match="没有取消或变更"):
            give_up(one, subject)


def test_who_only_waits_is_told_that_leaving_is_over_but_this_subject_is_free(one):
    for deed in (leave_after_payment, cancel_after_payment):
        with pytest.raises(Refused, match="操作技能可以单独放弃"):
            deed(actor=factories.make_staff(), application=one, reason="本人要求")
    assert "只放弃这一科，退还这一科的费用" in told("session_called_off")[0]


def test_a_moved_session_may_be_given_up_until_it_starts(frozen_day):
    frozen_day(date(2026, 9, 10))
    (one,) = candidates("陈志远")
    give_photo(one.person)
    hold_session([one], "theory")
    practical = hold_session([one], "practical", day=LATER)
    frozen_day(at(EXAM_DAY, 9))  # theory has just begun
    sweep()
    move(practical, at(date(2026, 10, 22)))
    assert "只放弃这一科" in told("session_rescheduled")[0]
    sweep()
    assert [row["subject"] for row in Ticket.objects.latest("version").face["sittings"]] == [
        "theory",
        "practical",
    ]
    give_up(one)
    assert newest_seat(one).release_reason == "放弃科目"
    sweep()
    ticket = Ticket.objects.latest("version")
    assert [row["subject"] for row in ticket.face["sittings"]] == ["theory"], "the ticket lists what remains"
    assert completeness(clock.today()).holds
    frozen_day(AFTER)
    (standing,) = standings([one])
    assert standing.over
    assert broken() == set()


def test_once_the_moved_session_has_begun_it_is_sat(frozen_day):
    frozen_day(date(2026, 9, 10))
    (one,) = candidates("陈志远")
    hold_session([one], "theory")
    practical = hold_session([one], "practical", day=LATER)
    frozen_day(AFTER)
    move(practical, at(date(2026, 10, 22)))
    frozen_day(at(date(2026, 10, 22)))
    with pytest.raises(Refused, match="没有取消或变更"):
        give_up(one)


# ── What was sat goes on ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_score_that_was_sat_is_published_and_concludes_the_application(world, frozen_day):
    (one, other), theory, _ = world
    assert due_days([one]) == {}, "practical is still to come"
    give_up(one)
    assert due_days([one])[one.pk].day == date(2026, 11, 9)
    frozen_day(date(2026, 10, 26))
    scores = published(theory, Team(), 陈志远=80, 吴梅=70)
    one.refresh_from_db()
    other.refresh_from_db()
    assert one.concluded_at is not None
    assert other.concluded_at is None, "who waits is not done"
    assert scores["陈志远"].valid_until == date(2028, 10, 26)
    line = steps(one)
    assert line["sit"] == "已参加考核"
    assert line["score"] == "成绩已公布"
    assert line["give_up"] == "已放弃操作技能"
    assert line["end"] == "考核已结束"
    assert not standing_of(one, clock.today()).due
    assert broken() == set()


def test_given_up_after_publication_it_concludes_at_once_and_opens_again_with_a_retraction(world, frozen_day):
    (one, _), theory, _ = world
    score = published(theory, Team(), 陈志远=80, 吴梅=70)["陈志远"]
    give_up(one)
    one.refresh_from_db()
    assert one.concluded_at is not None
    assert broken() == set()
    retract_sheet(actor=factories.make_staff("蒋文"), sheet=score.sheet, reason="录错场次")
    one.refresh_from_db()
    assert one.concluded_at is None
    assert offers_to_give_up(one) == []
    assert broken() == set()


def test_beside_a_valid_pass_the_subject_may_be_retaken_by_itself_until_the_pass_ends(world, frozen_day):
    (one, other), theory, _ = world
    give_up(one)
    give_up(other)
    published(theory, Team(), 陈志远=80, 吴梅=40)
    possible = retake_possibility(one.person, one.offering, clock.today())
    assert possible.subjects == ("practical",)
    assert possible.last_day == date(2028, 10, 13)
    assert retake_possibility(one.person, one.offering, date(2028, 10, 14)).subjects == ()
    assert retake_possibility(other.person, other.offering, clock.today()).subjects == (), "all anew"


def test_a_retaken_subject_gives_the_certificate_with_the_pass_that_was_kept(world, frozen_day):
    (one, _), theory, _ = world
    give_up(one)
    published(theory, Team(), 陈志远=80, 吴梅=70)
    (again,) = candidates("另一人")
    again.person, again.kind, again.subjects = one.person, "retake", ["practical"]
    again.save()
    session = hold_session([again], "practical", day=date(2026, 12, 1))
    frozen_day(date(2026, 12, 2))
    published(session, Team(), 陈志远=75)
    assert [
        one.subject for one in standing_of(type(again).objects.get(pk=again.pk), clock.today()).passes
    ] == [
        "theory",
        "practical",
    ]


def test_later_called_off_again_the_rest_comes_back_and_never_more(world, frozen_day):
    """Theory excused and called off in its turn: the person leaves with what is left, in a second request."""
    (one, _), theory, _ = world
    give_up(one)
    seat = seat_of(one, theory)
    seat.released_at, seat.release_reason = clock.now(), acts.EXCUSED
    seat.save()
    again = hold_session([one], "theory", day=LATER)
    call_off(again)
    withdraw_after_payment(actor=one.person.account, application=one, payee=PAYEE)
    assert sorted(RefundRequest.objects.values_list("amount_fen", flat=True)) == [10000, 38000]
    assert unclaimed_fen(one) == 0
    clerk = factories.make_staff("周敏")
    for request in RefundRequest.objects.all():
        take_up_request(actor=clerk, request=request)
    assert sorted(Refund.objects.values_list("reason", "amount_fen"))[0][1] in {10000, 38000}
    assert refundable_fen(one) == 0
    assert "request_without_ground" not in broken()


def test_a_replay_of_policies_asks_what_giving_up_brings_and_then_only_of_what_is_left(one):
    assert open_aspects(one) == {"放弃操作技能": "退还 380 元", "理论知识": MARKS, "操作技能": MARKS}
    give_up(one)
    assert open_aspects(one) == {"理论知识": MARKS}


MARKS = "满分 100，60 分合格"


def open_aspects(application) -> dict[str, str]:
    (case,) = [case for case in outcomes(clock.today()) if case.number == application.number]
    return {aspect.label: aspect.text for aspect in case.aspects}


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def page(one, client):
    client.force_login(one.person.account)
    return client, reverse("giving_up:page", args=[newest_seat(one).pk]), one


def test_the_page_says_amount_rule_and_what_becomes_of_score_validity_and_retake(page):
    client, url, one = page
    status = client.get(reverse("filing:status", args=[one.pk])).content.decode()
    assert url in status
    assert client.get(reverse("tickets:leave", args=[one.pk])).url == url, "leaving leads here"
    text = client.get(url).content.decode()
    for words in (
        "380 元",
        "480 元",
        "收费表按科目列明费用",
        "成绩照常公布",
        "2 年内有效",
        "申报补考",
        "排队次序不变",
        "开户银行",
        "不能恢复",
    ):
        assert words in text, words


def test_a_published_score_is_shown_with_its_last_day(page, world):
    client, url, _ = page
    published(world[1], Team(), 陈志远=80, 吴梅=70)
    assert "2028年10月13日" in client.get(url).content.decode()


def test_giving_up_from_the_page(page):
    client, url, _ = page
    answer = client.post(url, {**FORM, "account_number": "六二"})
    assert answer.status_code == 422
    assert 'value="建设银行"' in answer.content.decode()
    assert not SubjectGivenUp.objects.exists()
    text = client.post(url, FORM, follow=True).content.decode()
    assert "已放弃操作技能，应退 380 元" in text
    assert "办理退费" in text
    assert RefundRequest.objects.get().payee == PAYEE
    again = client.post(url, FORM, follow=True).content.decode()
    assert "已经放弃" in again
    assert "已放弃" in client.get(reverse("results:mine")).content.decode()


def test_terms_that_changed_meanwhile_are_shown_anew(page):
    client, url, _ = page
    answer = client.post(url, {**FORM, "seen_fen": 48000})
    assert answer.status_code == 422
    assert 'name="seen_fen" value="38000"' in answer.content.decode()


def test_anothers_seat_is_not_there(page):
    client, url, _ = page
    client.force_login(factories.make_person("别人").account)
    assert client.get(url).status_code == 404
    assert client.post(url, FORM).status_code == 404


def test_what_may_not_be_given_up_leads_back_with_the_reason(page, world):
    client, _, one = page
    url = reverse("giving_up:page", args=[newest_seat(one, "theory").pk])
    assert "没有取消或变更" in client.get(url, follow=True).content.decode()


def test_the_counter_does_it_for_the_person(one, client, settings):
    settings.STAFF_SECOND_FACTOR = False
    clerk = factories.make_staff("周敏")
    client.force_login(clerk)
    desk = reverse("admin:place_desk", args=[one.pk])
    url = reverse("admin:give_up_subject", args=[newest_seat(one).pk])
    assert url in client.get(desk).content.decode()
    text = client.get(url).content.decode()
    for words in ("380 元", "收费表按科目列明费用", "理论知识", "开户银行"):
        assert words in text, words
    client.post(url, FORM)
    row = SubjectGivenUp.objects.get()
    assert row.given_up_by == clerk
    assert RefundRequest.objects.get().payee == PAYEE
    assert url not in client.get(desk).content.decode()
    payments = client.get(reverse("admin:payment_desk", args=[one.pk])).content.decode()
    assert "放弃操作技能时申请退还 380 元" in payments
    assert "6217001234567890123" not in payments

"""What each decision does to scores, admission, bars, seats, tickets and money, and what a reversal gives back (A3)."""

from datetime import date, timedelta

import pytest

from applicants.standing.models import Bar
from exams.arrangement.models import Seat
from exams.arrangement.queries import live_seats, queue
from exams.arrangement.seating import arrange
from exams.arrangement.sessions import call_off_session
from exams.catalogue.models import ListedAct
from exams.conduct.cases import open_case
from exams.conduct.deciding import reverse_decision
from exams.filing.actions import quoting
from exams.filing.models import Status
from exams.filing.queries import unpaid_quotes
from exams.passes.models import Pass
from exams.payments.actions import record_payment
from exams.payments.models import NoRefund
from exams.payments.refunds import ask_refund, confirm_refund, take_up_request
from exams.results.giving_up import give_up_subject
from exams.results.models import Cancellation
from exams.results.queries import results_of
from exams.tickets.ending import LIVE as LIVE_TICKETS
from exams.tickets.models import Ticket
from portal import clock
from portal.rules.findings import Refused
from tests import factories
from tests.conduct.procedure import decided, incident_of, notified, opened, sat, stated
from tests.results.world import EXAM_DAY, Team, candidates, hold_session, published, seat_of


@pytest.fixture
def punish(hands):
    """Walk a case to its decision."""

    def make(seat: Seat, act: str, *, severity: str = "", **values):
        case = stated(hands, notified(hands, opened(hands, seat, act, **values), severity=severity))
        return decided(hands, case, severity=severity)

    return make


@pytest.fixture
def undo(hands):
    def make(decision) -> list[str]:
        return reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")

    return make


def both_subjects(name: str = "陈志远"):
    """Theory in the morning and practical in the afternoon of the exam day: the application and the two sessions."""
    (application,) = candidates(name)
    return application, hold_session([application]), hold_session([application], "practical", hour=14)


def make_ticket(application) -> Ticket:
    """A live ticket as a row, still to be made."""
    return Ticket.objects.create(
        application=application,
        number=f"20264{application.number[-7:]}",
        opens_on=clock.today(),
        due_at=clock.now(),
    )


class TestScores:
    def test_a_breach_of_the_rooms_rules_costs_that_subject_only(self, hands, punish, undo):
        application, theory, practical = both_subjects()
        published(theory, Team(), 陈志远=80)
        published(practical, Team(), 陈志远=70)
        incident = incident_of(hands, theory, seat_of(application, theory), warned=True)
        decision = punish(seat_of(application, theory), "A3-2.1", incident=incident)
        assert {row.subject: row.passed for row in results_of(application)} == {
            "theory": False,
            "practical": True,
        }
        assert Pass.objects.get(subject="theory").cancelled_by == decision.pk
        assert not Bar.objects.exists()
        assert undo(decision) == []
        assert all(row.passed for row in results_of(application))
        assert Pass.objects.get(subject="theory").cancelled_at is None

    @pytest.mark.parametrize(("act", "severity"), [("A3-3.5", ""), ("A3-4.7", "minor"), ("A3-1", "")])
    def test_the_others_cost_the_whole_sitting(self, punish, undo, act, severity):
        application, theory, _ = both_subjects()
        published(theory, Team(), 陈志远=80)
        application.refresh_from_db()
        assert application.concluded_at is None
        decision = punish(seat_of(application, theory), act, severity=severity)
        application.refresh_from_db()
        assert {row.subject for row in Cancellation.objects.all()} == {"theory", "practical"}
        assert application.concluded_at is not None
        undo(decision)
        application.refresh_from_db()
        assert application.concluded_at is None
        assert [row.passed for row in results_of(application)] == [True, False]

    def test_passes_of_an_earlier_application_stand(self, punish, evening):
        application, theory, practical = both_subjects()
        published(theory, Team(), 陈志远=80)
        published(practical, Team(), 陈志远=30)
        evening(EXAM_DAY + timedelta(days=60))
        retake = factories.make_application(application.person, kind="retake")
        retake.subjects = ["practical"]
        retake.save()
        session = hold_session([retake], "practical", day=EXAM_DAY + timedelta(days=60))
        punish(seat_of(retake, session), "A3-3.2")
        assert Pass.objects.get(subject="theory").cancelled_at is None

    def test_two_decisions_on_one_subject_are_lifted_one_by_one(self, punish, undo):
        application, theory, _ = both_subjects()
        published(theory, Team(), 陈志远=80)
        seat = seat_of(application, theory)
        first, second = punish(seat, "A3-3.2"), punish(seat, "A3-4.5", severity="serious")
        undo(first)
        assert not results_of(application)[0].passed
        assert Pass.objects.get(subject="theory").cancelled_by == second.pk
        assert [bar.clause for bar in Bar.objects.filter(lifted_at=None)] == ["A3-4.5"]
        undo(second)
        assert results_of(application)[0].passed


class TestAdmission:
    @pytest.mark.parametrize("status", [Status.SUBMITTED, Status.RETURNED, Status.APPROVED])
    def test_false_material_ends_the_application_and_a_reversal_restores_its_status(
        self, hands, punish, undo, status
    ):
        application = factories.make_application(status=status)
        decision = self.decide(hands, application)
        application.refresh_from_db()
        assert application.status == Status.CANCELLED
        assert application.concluded_at is not None
        assert not application.quotes.filter(ended_at=None).exists()
        undo(decision)
        application.refresh_from_db()
        assert (application.status, application.concluded_at) == (status, None)
        assert application.quotes.filter(ended_at=None).count() == (status == Status.APPROVED)

    def test_another_application_of_that_offering_forbids_the_reversal(self, hands, undo):
        application = factories.make_application()
        decision = self.decide(hands, application)
        other = factories.make_application(application.person, application.offering, status=Status.SUBMITTED)
        with pytest.raises(Refused, match=other.number) as refusal:
            undo(decision)
        assert refusal.value.findings[0].code == "another_live_application"
        decision.refresh_from_db()
        assert decision.reversed_at is None
        application.refresh_from_db()
        assert application.status == Status.CANCELLED

    def test_of_two_such_decisions_the_last_one_reversed_restores(self, hands, undo):
        application = factories.make_application()
        first = self.decide(hands, application)
        second = self.decide(hands, application, act_on=EXAM_DAY - timedelta(days=1))
        assert second.case.number in undo(first)[0]
        application.refresh_from_db()
        assert application.status == Status.CANCELLED
        undo(second)
        application.refresh_from_db()
        assert application.status == Status.APPROVED

    def test_terms_that_ran_out_meanwhile_begin_anew(self, hands, undo, evening):
        application = factories.make_application()
        decision = self.decide(hands, application)
        evening(EXAM_DAY + timedelta(days=60))
        assert quoting.lapse_unpaid_quotes() == 0
        (told,) = undo(decision)
        quote = application.quotes.get(ended_at=None)
        assert quote.pay_by > clock.today()
        assert "缴费期限" in told

    def decide(self, hands, application, act_on: date = EXAM_DAY):
        case = open_case(
            actor=hands.opener,
            application=application,
            act=ListedAct.objects.get(pk="A3-1"),
            act_on=act_on,
            facts="工作年限证明系伪造，单位书面否认。",
        )
        return decided(hands, stated(hands, notified(hands, case)))


class TestUnpaid:
    def test_nobody_pays_or_lapses_for_a_cancelled_sitting(self, hands, punish, undo):
        application = factories.make_application()
        session = hold_session([application])
        decision = punish(seat_of(application, session), "A3-4.2", severity="minor")
        application.refresh_from_db()
        assert not unpaid_quotes().filter(application=application).exists()
        with pytest.raises(Refused, match="已办结"):
            record_payment(
                actor=hands.opener,
                application=application,
                amount_fen=48000,
                method="cash",
                receipt_number="R1",
                received_on=clock.today(),
            )
        undo(decision)
        assert unpaid_quotes().filter(application=application).exists()


class TestSeats:
    @pytest.fixture
    def ahead(self, evening):
        """Somebody with a sat theory and a practical in ten days, a ticket, and an application at grade 3 seated too."""
        (application,) = candidates("陈志远")
        theory = hold_session([application])
        practical = hold_session([application], "practical", day=EXAM_DAY + timedelta(days=10))
        grade_3 = factories.Offering.objects.get(grade=3)
        other = factories.make_application(application.person, grade_3)
        factories.pay(other)
        beyond = hold_session([other], day=EXAM_DAY + timedelta(days=100), offering=grade_3)
        hold_session([other], "practical", day=EXAM_DAY + timedelta(days=20), offering=grade_3)
        make_ticket(application)
        make_ticket(other)
        return application, theory, practical, other, beyond

    def test_a_bar_takes_the_seats_that_lie_in_it_in_every_application(self, ahead, punish):
        application, theory, _, other, beyond = ahead
        decision = punish(seat_of(application, theory), "A3-3.1")
        kept = set(live_seats().values_list("session", flat=True))
        assert kept == {theory.pk, beyond.pk}, "what was sat and what lies after the year stay"
        assert not Ticket.objects.filter(state__in=LIVE_TICKETS).exists()
        preview = dict(decision.preview)
        assert len(preview["座位"]) == len(preview["准考证"]) == 2
        assert other.number in preview["禁考期"][-1]

    def test_a_breach_of_the_rooms_rules_takes_no_seat(self, ahead, punish):
        application, theory, *_ = ahead
        punish(seat_of(application, theory), "A3-2.4")
        assert live_seats().count() == 4
        assert Ticket.objects.filter(state__in=LIVE_TICKETS).count() == 2

    def test_a_reversal_returns_to_the_queue_at_the_old_rank(self, ahead, hands, punish, undo):
        application, theory, practical, *_ = ahead
        later = candidates("林晓梅")[0]
        before = [row.number for row in queue(application.offering)]
        decision = punish(seat_of(application, theory), "A3-3.1")
        assert application.number not in {row.number for row in queue(application.offering)}
        told = undo(decision)
        assert [sentence[:16] for sentence in told] == [
            f"申报 {application.number} 的操",
            f"申报 {ahead[3].number} 的操",
        ]
        assert [row.number for row in queue(application.offering)] == [application.number, later.number]
        assert before == [later.number]
        assert not live_seats().filter(session=practical).exists()
        arrange(actor=hands.opener, offering=application.offering)
        assert live_seats().filter(session=practical, application=application).exists()

    def test_a_person_in_the_queue_too_late_is_named(self, ahead, punish, undo, evening):
        application, theory, *_ = ahead
        decision = punish(seat_of(application, theory), "A3-3.1")
        evening(clock.start_of(application.assess_by + timedelta(days=1)))
        assert any("评价截止日" in sentence for sentence in undo(decision))


class TestFees:
    def test_nothing_goes_back_until_the_decision_is_reversed(self, hands, punish, undo):
        application, theory, _ = both_subjects()
        decision = punish(seat_of(application, theory), "A3-1")
        assert dict(decision.preview)["费用"] == ["已收评价费 480 元，不予退还。"]
        with pytest.raises(Refused, match="附件3 一") as refusal:
            ask_refund(actor=hands.opener, application=application, amount_fen=48000, reason="退出")
        assert refusal.value.findings[0].code == "refund_forbidden"
        undo(decision)
        assert NoRefund.objects.get().lifted_at is not None
        application.refresh_from_db()
        assert application.status == Status.APPROVED

    def test_a_refund_asked_for_before_is_not_confirmed_after(self, hands, punish, undo):
        application, theory, _ = both_subjects()
        seat = seat_of(application, theory)
        application.status = Status.CANCELLED
        application.save()
        refund = ask_refund(actor=hands.opener, application=application, amount_fen=8000, reason="退出")
        decision = punish(seat, "A3-1")
        assert dict(decision.preview)["费用"] == [
            "已收评价费 480 元，不予退还。",
            "已申请、尚未复核的退费 80 元，不再办理。",
        ]
        with pytest.raises(Refused) as refusal:
            confirm_refund(actor=hands.decider, refund=refund, transaction_number="T1")
        assert refusal.value.findings[0].code == "refund_forbidden"
        undo(decision)
        confirm_refund(actor=hands.decider, refund=refund, transaction_number="T1")

    def test_what_the_person_asked_back_is_named_and_not_taken_up(self, hands, punish, undo):
        (application,) = candidates("陈志远")
        theory = hold_session([application])
        practical = hold_session([application], "practical", day=EXAM_DAY + timedelta(days=5))
        call_off_session(actor=hands.opener, session=practical, reason="台风")
        given_up = give_up_subject(
            actor=application.person.account, seat=application.seats.get(subject="practical"), payee="某账户"
        )
        decision = punish(seat_of(application, theory), "A3-1")
        assert dict(decision.preview)["费用"] == [
            "已收评价费 480 元，不予退还。",
            "申报人放弃操作技能时申请、尚未受理的退费 380 元，不再办理。",
        ]
        with pytest.raises(Refused) as refusal:
            take_up_request(actor=hands.opener, request=given_up.request)
        assert refusal.value.findings[0].code == "refund_forbidden"
        undo(decision)
        application.refresh_from_db()
        assert application.concluded_at is None, "theory is not published, practical is given up"
        assert take_up_request(actor=hands.opener, request=given_up.request).amount_fen == 38000


def test_other_sections_leave_the_money_alone(punish):
    _, (seat,) = sat("陈志远")
    punish(seat, "A3-4.5", severity="serious")
    assert not NoRefund.objects.exists()


def test_a_cancelled_subject_is_not_sat_again(punish, undo, evening):
    """The session was broken off after the act and is held anew: only the other subject waits for a seat."""
    application, theory, _ = both_subjects()
    seat = seat_of(application, theory)
    Seat.objects.filter(application=application).update(released_at=clock.now(), release_reason="场次取消")
    decision = punish(seat, "A3-2.4")
    later = EXAM_DAY + timedelta(days=10)
    for subject, hour in (("theory", 9), ("practical", 14)):
        factories.make_session(application.offering, subject, clock.start_of(later) + timedelta(hours=hour))
    arrange(actor=factories.make_staff(), offering=application.offering)
    assert [held.subject for held in live_seats().filter(application=application)] == ["practical"]
    undo(decision)
    arrange(actor=factories.make_staff(), offering=application.offering)
    assert live_seats().filter(application=application).count() == 2

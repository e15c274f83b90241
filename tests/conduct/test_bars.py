"""A bar acts wherever somebody is admitted: submission, approval, seating, ticket, publication; on both its end days.

By an institution's roster and in a batch: tests/groups.
"""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from applicants.standing.models import Bar
from applicants.standing.queries import bar_on
from exams.arrangement.models import Seat
from exams.arrangement.queries import live_seats
from exams.arrangement.seating import arrange, place_by_hand, preview_arrangement
from exams.arrangement.sessions import move_session
from exams.catalogue.models import ListedAct
from exams.conduct.cases import open_case
from exams.conduct.deciding import reverse_decision
from exams.filing.actions import drafting, submitting
from exams.filing.models import Kind, Status
from exams.passes.models import Pass
from exams.results.models import Score
from exams.results.publishing import publish_sheet
from exams.tickets.due import sweep
from exams.tickets.models import Ticket
from exams.tickets.queries import door_state
from portal import clock
from portal.rules.findings import Refused
from tests import factories
from tests.conduct.procedure import Hands, decided, notified, stated
from tests.filing.conftest import approve, draft, ready_person, submitted
from tests.results.world import EXAM_DAY, Team, candidates, checked_sheet, close, hold_session, seat_of
from tests.tickets.conftest import seat_someone, september, sessions  # noqa: F401 - fixtures

FIRST, LAST = date(2026, 10, 12), date(2026, 12, 31)


def bar(person, first: date = FIRST, last: date = LAST, clause: str = "A3-3.1") -> Bar:
    return Bar.objects.create(
        id=uuid4(),
        person=person,
        barred_from=first,
        barred_until=last,
        clause=clause,
        created_at=clock.now(),
    )


def codes(refusal: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {finding.code for finding in refusal.value.findings}


def the_bar(refusal: pytest.ExceptionInfo[Refused]):
    return next(finding for finding in refusal.value.findings if finding.code == "barred")


def midnight(day: date, *, minutes: int = 0):
    return clock.start_of(day) + timedelta(minutes=minutes)


class TestSubmission:
    @pytest.mark.parametrize(
        "moment",
        [
            midnight(FIRST),
            midnight(FIRST + timedelta(days=1)),
            midnight(LAST + timedelta(days=1), minutes=-1),
        ],
        ids=str,
    )
    def test_refused_from_the_first_moment_to_the_last(self, evening, moment):
        person = ready_person()
        application = draft(person, factories.Offering.objects.get(grade=4))
        bar(person)
        evening(moment)
        with pytest.raises(Refused) as refusal:
            submitting.submit_application(actor=person.account, application=application)
        found = the_bar(refusal)
        assert (found.clause, found.found) == ("A3-3.1", "2026-12-31")
        assert "2026年12月31日" in found.sentence
        application.refresh_from_db()
        assert application.status == Status.DRAFT, "what was filled in is kept"

    @pytest.mark.parametrize(
        "moment", [midnight(FIRST, minutes=-1), midnight(LAST + timedelta(days=1))], ids=str
    )
    def test_free_just_before_and_after(self, evening, moment):
        person = ready_person()
        bar(person)
        assert bar_on(person, clock.local_day(moment)) is None
        evening(midnight(FIRST, minutes=-1))
        assert submitted(person, factories.Offering.objects.get(grade=4)).status == Status.SUBMITTED

    def test_a_lifted_bar_is_none_and_of_two_the_later_end_is_told(self, evening):
        person = ready_person()
        application = draft(person, factories.Offering.objects.get(grade=4))
        short, long = bar(person), bar(person, last=date(2028, 10, 12), clause="A3-4.1")
        with pytest.raises(Refused) as refusal:
            submitting.submit_application(actor=person.account, application=application)
        assert (the_bar(refusal).clause, the_bar(refusal).found) == ("A3-4.1", "2028-10-12")
        Bar.objects.filter(pk__in=[short.pk, long.pk]).update(lifted_at=clock.now())
        submitting.submit_application(actor=person.account, application=application)

    def test_every_grade_and_a_retake_alike(self, evening):
        person = ready_person()
        offering = factories.Offering.objects.get(grade=4)
        earlier = factories.make_application(person, offering, concluded_at=clock.now())
        Pass.objects.create(
            person=person,
            occupation=offering.occupation,
            grade=4,
            subject="theory",
            scheme=offering.schemes.get(),
            application_id=earlier.pk,
            published_on=EXAM_DAY - timedelta(days=30),
            valid_until=EXAM_DAY + timedelta(days=600),
        )
        retake = drafting.start_application(actor=person.account, person=person, offering=offering)
        drafting.choose(actor=person.account, application=retake, kind=Kind.RETAKE, subjects=["practical"])
        drafting.give_undertaking(actor=person.account, application=retake)
        bar(person)
        with pytest.raises(Refused) as refusal:
            submitting.submit_application(actor=person.account, application=retake)
        assert codes(refusal) == {"barred"}


def test_an_application_that_was_handed_in_before_is_not_approved(evening):
    person, staff = ready_person(), factories.make_staff()
    application = submitted(person, factories.Offering.objects.get(grade=4))
    held = bar(person)
    with pytest.raises(Refused) as refusal:
        approve(application, staff)
    assert codes(refusal) == {"barred"}
    held.lifted_at = clock.now()
    held.save()
    assert approve(application, staff).status == Status.APPROVED


class TestSeating:
    @pytest.fixture
    def waiting(self, evening):
        """Somebody complete, and a session on the bar's last day and one on the day after."""
        (application,) = candidates("陈志远")
        application.subjects, application.assess_by = ["theory"], date(2027, 2, 28)
        application.save()
        offering = application.offering
        on_last = factories.make_session(offering, "theory", midnight(LAST, minutes=540))
        after = factories.make_session(offering, "theory", midnight(LAST + timedelta(days=1), minutes=540))
        bar(application.person)
        return application, on_last, after

    def test_the_queue_passes_over_the_barred_days(self, waiting):
        application, on_last, after = waiting
        arrange(actor=factories.make_staff(), offering=application.offering)
        assert live_seats().get().session == after
        assert on_last.starts_at < after.starts_at

    def test_who_cannot_be_seated_is_told_why(self, waiting):
        application, _, after = waiting
        after.delete()
        plan = preview_arrangement(offering=application.offering, on=clock.today())
        ((skipped, finding),) = plan.skipped
        assert (skipped, finding.code) == (application, "barred")

    def test_no_reason_of_staff_sets_it_aside(self, waiting):
        application, on_last, _ = waiting
        with pytest.raises(Refused) as refusal:
            place_by_hand(
                actor=factories.make_staff(),
                application=application,
                session=on_last,
                reason="领导同意",
                override_dates=True,
            )
        assert codes(refusal) == {"barred"}

    def test_a_session_moved_into_the_bar_loses_the_person(self, waiting):
        application, _, after = waiting
        arrange(actor=factories.make_staff(), offering=application.offering)
        move_session(
            actor=factories.make_staff(),
            session=after,
            site=after.site,
            rooms=after.rooms.all(),
            starts_at=midnight(LAST, minutes=840),
            ends_at=midnight(LAST, minutes=930),
            reason="考场检修",
        )
        assert not live_seats().filter(application=application).exists()


@pytest.mark.django_db
class TestTicket:
    def test_none_is_made_for_a_barred_day(self, seat_someone, september):  # noqa: F811
        barred, free = seat_someone("陈志远"), seat_someone("吴梅")
        bar(barred.application.person, first=date(2026, 10, 1))
        september(date(2026, 9, 29))
        sweep()
        assert [ticket.application for ticket in Ticket.objects.all()] == [free.application]

    def test_one_that_was_opened_is_void_at_the_door_without_waiting_for_a_sweep(
        self,
        seat_someone,  # noqa: F811
        september,  # noqa: F811
    ):
        application = seat_someone("陈志远").application
        september(date(2026, 9, 29))
        sweep()
        ticket = Ticket.objects.get()
        assert door_state(ticket.number, ticket.version) == "valid"
        bar(application.person, first=date(2026, 10, 1))
        assert door_state(ticket.number, ticket.version) == "void"

    def test_the_decision_itself_voids_it_and_a_reversal_makes_a_new_version(
        self,
        seat_someone,  # noqa: F811
        september,  # noqa: F811
    ):
        hands = Hands()
        application = seat_someone("陈志远").application
        september(date(2026, 9, 29))
        sweep()
        ticket, seat = Ticket.objects.get(), Seat.objects.filter(application=application).first()
        case = stated(hands, notified(hands, opened_today(hands, seat), severity="minor"))
        decision = decided(hands, case, severity="minor")
        ticket.refresh_from_db()
        assert (ticket.state, door_state(ticket.number, ticket.version)) == ("void", "void")
        reverse_decision(actor=hands.reviewer, decision=decision, reason="认定有误")
        arrange(actor=hands.opener, offering=application.offering)
        Seat.objects.filter(application=application, released_at=None).update(
            room=seat.room, number=seat.number
        )
        sweep()
        again = Ticket.objects.exclude(state="void").get()
        assert (again.number, again.version, again.state) == (ticket.number, 2, "ready")


def opened_today(hands, seat):
    """A leak before the exam: no record on the spot, no seat, found today."""
    return open_case(
        actor=hands.opener,
        application=seat.application,
        act=ListedAct.objects.get(pk="A3-4.2"),
        act_on=clock.today(),
        facts="考前在群里转发了试题照片，截图三张。",
    )


def test_a_barred_persons_scores_are_withheld_and_published_once_the_bar_is_lifted(evening):
    """Of another sitting, which the decision does not cancel."""
    first, second = candidates("陈志远", "林晓梅")
    session, team = hold_session([first, second]), Team()
    close(session)
    sheet = checked_sheet(session.__class__.objects.get(pk=session.pk), team, 陈志远=80, 林晓梅=70)
    held = bar(first.person)
    published, withheld = publish_sheet(actor=team.second, sheet=sheet)
    assert [score.application for score in published] == [second]
    assert withheld == [seat_of(first, session)]
    held.lifted_at = clock.now()
    held.save()
    publish_sheet(actor=team.second, sheet=sheet)
    assert Score.objects.filter(application=first).exists()

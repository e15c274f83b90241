"""The queue gets its seats in order, never more than there are, never two at once, and hears why not."""

from datetime import date, datetime, timedelta

import pytest

from applicants.standing.models import Bar
from exams.arrangement.models import ArrangementRun, Seat, Session
from exams.arrangement.seating import arrange, place_by_hand, preview_arrangement
from exams.catalogue.models import Offering
from exams.filing.models import SpecialArrangement
from portal import clock
from portal.models import Message
from portal.rules.findings import Refused
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_march(frozen_day):
    frozen_day(date(2026, 3, 11))


@pytest.fixture
def offering():
    return factories.load_catalogue()


@pytest.fixture
def planner():
    return factories.make_staff("顾晓峰")


def at(day: date, hour: int = 9) -> datetime:
    return clock.start_of(day) + timedelta(hours=hour)


def complete(*, minutes_ago: int = 60, **fields):
    application = factories.make_application(**fields)
    factories.pay(application, at=clock.now() - timedelta(minutes=minutes_ago))
    return application


def sessions(offering, *, seats=2, day=date(2026, 4, 12)):
    return (
        factories.make_session(offering, "theory", at(day, 9), seats=seats),
        factories.make_session(offering, "practical", at(day, 13), seats=seats),
    )


def reasons(run: ArrangementRun) -> dict[str, str]:
    return {row["application"]: row["code"] for row in run.skipped}


def test_first_complete_first_seated_and_the_rest_hear_why(offering, planner):
    second, first, third = complete(minutes_ago=50), complete(minutes_ago=90), complete(minutes_ago=10)
    sessions(offering, seats=2)
    run = arrange(actor=planner, offering=offering)
    assert run.placed == [str(first.pk), str(second.pk)]
    assert reasons(run) == {str(third.pk): "full"}
    assert "座位已满" in run.skipped[0]["sentence"]
    assert Seat.objects.filter(released_at=None).count() == 4
    assert Message.objects.filter(event="seated").count() == 2


def test_running_it_again_changes_nothing(offering, planner):
    complete()
    sessions(offering)
    arrange(actor=planner, offering=offering)
    again = arrange(actor=planner, offering=offering)
    assert again.placed == []
    assert Seat.objects.count() == 2
    assert Message.objects.filter(event="seated").count() == 1


def test_a_preview_writes_nothing(offering, planner):
    application = complete()
    sessions(offering)
    plan = preview_arrangement(offering=offering, on=clock.today())
    assert [one for one, _ in plan.placed] == [application]
    assert not Seat.objects.exists()


def test_all_subjects_or_none(offering, planner):
    complete()
    factories.make_session(offering, "theory", at(date(2026, 4, 12)))
    run = arrange(actor=planner, offering=offering)
    assert [row["code"] for row in run.skipped] == ["no_session"]
    assert not Seat.objects.exists()


def test_a_session_takes_only_what_was_complete_the_day_before(offering, planner):
    application = complete(minutes_ago=1)
    sessions(offering, day=date(2026, 3, 11))
    sessions(offering, day=date(2026, 3, 12))
    arrange(actor=planner, offering=offering)
    days = {clock.local_day(seat.starts_at) for seat in application.seats.all()}
    assert days == {date(2026, 3, 12)}


@pytest.mark.parametrize(("day", "placed"), [(date(2026, 4, 30), 1), (date(2026, 5, 1), 0)])
def test_no_session_beyond_the_last_day_of_the_timetable(offering, planner, day, placed):
    complete()
    sessions(offering, day=day)
    run = arrange(actor=planner, offering=offering)
    assert len(run.placed) == placed
    assert [row["code"] for row in run.skipped] == ["after_assess_by"] * (1 - placed)


def test_overlapping_sessions_are_avoided_when_others_exist(offering, planner):
    application = complete()
    factories.make_session(offering, "theory", at(date(2026, 4, 12), 9))
    factories.make_session(offering, "practical", at(date(2026, 4, 12), 10))
    later = factories.make_session(offering, "practical", at(date(2026, 4, 13), 10))
    arrange(actor=planner, offering=offering)
    assert application.seats.get(subject="practical").session == later


def test_only_overlapping_sessions_leave_the_person_waiting(offering, planner):
    complete()
    factories.make_session(offering, "theory", at(date(2026, 4, 12), 9))
    factories.make_session(offering, "practical", at(date(2026, 4, 12), 10))
    assert [row["code"] for row in arrange(actor=planner, offering=offering).skipped] == ["overlap"]


def test_one_person_in_two_grades_never_sits_twice_at_once(offering, planner):
    person = factories.make_person()
    third = Offering.objects.get(grade=3)
    four = complete(person=person, minutes_ago=90)
    three = complete(person=person, offering=third)
    sessions(offering)
    sessions(third)
    assert arrange(actor=planner, offering=offering).placed == [str(four.pk)]
    assert reasons(arrange(actor=planner, offering=third)) == {str(three.pk): "overlap"}


def test_a_barred_person_is_skipped_with_the_last_day_of_the_bar(offering, planner):
    application = complete()
    Bar.objects.create(
        person=application.person,
        barred_from=date(2026, 1, 5),
        barred_until=date(2026, 4, 12),
        clause="A3-4.2",
        created_at=clock.now(),
    )
    sessions(offering)
    run = arrange(actor=planner, offering=offering)
    assert "2026年4月12日" in run.skipped[0]["sentence"]
    sessions(offering, day=date(2026, 4, 13))
    assert arrange(actor=planner, offering=offering).placed == [str(application.pk)]


def test_unpaid_applications_are_not_in_the_queue(offering, planner):
    factories.make_application()
    sessions(offering)
    run = arrange(actor=planner, offering=offering)
    assert (run.placed, run.skipped) == ([], [])


def wheelchair(application):
    SpecialArrangement.objects.create(
        application=application, needs=["wheelchair"], decision="granted", granted_needs=["wheelchair"]
    )


def test_a_granted_need_gets_a_seat_in_a_room_that_meets_it(offering, planner):
    application = complete()
    wheelchair(application)
    theory, practical = sessions(offering)
    refused = arrange(actor=planner, offering=offering)
    assert [row["code"] for row in refused.skipped] == ["no_suitable_place"]
    for session in (theory, practical):
        room = session.rooms.get()
        room.meets = ["wheelchair"]
        room.save()
    arrange(actor=planner, offering=offering)
    assert {(seat.room, seat.number) for seat in application.seats.all()} == {
        (theory.rooms.get(), 1),
        (practical.rooms.get(), 1),
    }


def test_nobody_is_seated_before_their_special_arrangement_is_decided(offering, planner):
    application = complete()
    asked = SpecialArrangement.objects.create(application=application, needs=["large_print"])
    sessions(offering)
    assert [row["code"] for row in arrange(actor=planner, offering=offering).skipped] == ["arrangement_open"]
    asked.decision = "refused"
    asked.save()
    assert arrange(actor=planner, offering=offering).placed == [str(application.pk)]


def test_a_place_by_hand_needs_a_reason_and_respects_capacity(offering, planner):
    late = complete()
    theory, _ = sessions(offering, seats=1, day=date(2026, 5, 9))
    with pytest.raises(Refused, match="理由"):
        place_by_hand(actor=planner, application=late, session=theory, reason=" ")
    with pytest.raises(Refused, match="评价截止"):
        place_by_hand(actor=planner, application=late, session=theory, reason="台风顺延")
    seat = place_by_hand(
        actor=planner, application=late, session=theory, reason="台风顺延", override_dates=True
    )
    assert seat.session == theory
    with pytest.raises(Refused, match="座位已满"):
        place_by_hand(
            actor=planner, application=complete(), session=theory, reason="台风顺延", override_dates=True
        )


def test_sessions_not_published_are_not_filled(offering, planner):
    complete()
    theory, _ = sessions(offering)
    Session.objects.filter(pk=theory.pk).update(state=Session.State.DRAFT)
    assert [row["code"] for row in arrange(actor=planner, offering=offering).skipped] == ["no_session"]

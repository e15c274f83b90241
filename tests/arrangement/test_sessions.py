"""Sessions drafted, published, moved and called off; seats drawn and drawn again."""

import os
from datetime import date, timedelta

import pytest
import redis
from django.conf import settings

from exams.arrangement import drawing, sessions
from exams.arrangement.draw import problems
from exams.arrangement.models import Seat, SeatDraw, Session
from exams.arrangement.queries import queue
from exams.arrangement.seating import arrange
from portal import clock
from portal.models import Message
from portal.rules.findings import Refused
from tests import factories
from tests.arrangement.test_seating import at, complete

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


@pytest.fixture
def filled(offering, planner):
    """Theory and practical with three people seated, and one more session that concerns nobody."""
    people = [complete(minutes_ago=90 - index) for index in range(3)]
    theory = factories.make_session(offering, "theory", at(date(2026, 4, 12), 9), seats=5)
    practical = factories.make_session(offering, "practical", at(date(2026, 4, 12), 13), seats=5)
    arrange(actor=planner, offering=offering)
    return people, theory, practical


def move(session, planner, **changes):
    values = {
        "site": session.site,
        "rooms": list(session.rooms.all()),
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "reason": "考点临时检修",
    } | changes
    return sessions.move_session(actor=planner, session=session, **values)


def test_a_draft_is_published_once_and_then_no_longer_discarded(offering, planner):
    made = factories.make_session(offering, "theory", at(date(2026, 4, 12)), state="draft")
    sessions.publish_session(actor=planner, session=made)
    with pytest.raises(Refused, match="不能公布"):
        sessions.publish_session(actor=planner, session=made)
    with pytest.raises(Refused, match="只能取消"):
        sessions.discard_session(actor=planner, session=made)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"subject": "review"}, "foreign_subject"),
        ({"rooms": []}, "no_room"),
        ({"ends_at": at(date(2026, 4, 12), 8)}, "ends_first"),
        ({"ends_at": at(date(2026, 4, 13), 8)}, "over_midnight"),
        ({"starts_at": at(date(2026, 3, 10)), "ends_at": at(date(2026, 3, 10), 11)}, "in_the_past"),
    ],
)
def test_an_impossible_session_is_not_drafted(offering, planner, changes, code):
    other = factories.make_session(offering, "theory", at(date(2026, 4, 20)))
    values = {
        "offering": offering,
        "subject": "theory",
        "site": other.site,
        "rooms": list(other.rooms.all()),
        "starts_at": at(date(2026, 4, 12)),
        "ends_at": at(date(2026, 4, 12), 11),
    } | changes
    with pytest.raises(Refused) as refusal:
        sessions.draft_session(actor=planner, **values)
    assert code in [finding.code for finding in refusal.value.findings]
    assert Session.objects.count() == 1


def test_a_room_is_not_used_twice_at_once(offering, planner):
    taken = factories.make_session(offering, "theory", at(date(2026, 4, 12)))
    with pytest.raises(Refused, match="已用于另一场"):
        sessions.draft_session(
            actor=planner,
            offering=offering,
            subject="practical",
            site=taken.site,
            rooms=list(taken.rooms.all()),
            starts_at=taken.starts_at + timedelta(minutes=30),
            ends_at=taken.ends_at + timedelta(minutes=30),
        )


def test_a_move_tells_those_affected_and_nobody_else(offering, planner, filled):
    people, theory, _ = filled
    elsewhere = factories.make_session(offering, "theory", at(date(2026, 4, 14)))
    factories.seat(complete(), elsewhere)
    gone = move(theory, planner, starts_at=at(date(2026, 4, 13), 9), ends_at=at(date(2026, 4, 13), 10))
    assert gone == []
    told = Message.objects.filter(event="session_rescheduled")
    assert {message.account for message in told} == {one.person.account for one in people}
    assert "4月13日" in told.first().text
    assert {clock.local_day(seat.starts_at) for seat in theory.seats.all()} == {date(2026, 4, 13)}


def test_who_no_longer_fits_goes_back_at_the_original_rank(offering, planner, filled):
    people, theory, practical = filled
    gone = move(theory, planner, starts_at=practical.starts_at, ends_at=practical.ends_at)
    assert len(gone) == 3
    assert queue(offering) == people


def test_drawn_seats_stay_while_their_room_does(offering, planner, filled):
    _, theory, _ = filled
    draw = drawing.draw_seats(actor=planner, draw=drawing.fix_candidates(actor=planner, session=theory))
    before = {seat.pk: seat.number for seat in theory.seats.all()}
    move(theory, planner, starts_at=theory.starts_at + timedelta(minutes=30))
    assert {seat.pk: seat.number for seat in theory.seats.all()} == before
    other = factories.make_session(offering, "theory", at(date(2026, 4, 20)), seats=5)
    move(theory, planner, rooms=list(other.rooms.all()))
    assert set(theory.seats.values_list("number", flat=True)) == {None}
    assert SeatDraw.objects.get(pk=draw.pk).result, "the old draw stays on record"


def test_too_small_a_room_is_refused(offering, planner, filled):
    _, theory, _ = filled
    small = factories.make_session(offering, "theory", at(date(2026, 4, 20)), seats=2)
    with pytest.raises(Refused, match="座位不够"):
        move(theory, planner, rooms=list(small.rooms.all()))


def test_called_off_people_keep_their_rank_and_other_subject(offering, planner, filled):
    people, theory, practical = filled
    assert sessions.call_off_session(actor=planner, session=theory, reason="台风") == 3
    assert queue(offering) == people
    assert Message.objects.filter(event="session_called_off").count() == 3
    assert practical.seats.filter(released_at=None).count() == 3
    replacement = factories.make_session(offering, "theory", at(date(2026, 4, 19)), seats=2)
    run = arrange(actor=planner, offering=offering)
    assert run.placed == [str(one.pk) for one in people[:2]]
    assert replacement.seats.count() == 2
    with pytest.raises(Refused, match="已公布、尚未结束"):
        sessions.call_off_session(actor=planner, session=theory, reason="台风")


def test_a_room_never_shrinks_below_what_is_given_out(offering, planner, filled):
    _, theory, _ = filled
    room = theory.rooms.get()
    with pytest.raises(Refused, match="不能减到"):
        sessions.resize_room(actor=planner, room=room, seats=2)
    assert sessions.resize_room(actor=planner, room=room, seats=3).seats == 3


def test_a_draw_is_published_first_then_drawn_and_recomputes(offering, planner, filled):
    people, theory, _ = filled
    draw = drawing.fix_candidates(actor=planner, session=theory)
    assert (draw.seed, draw.result) == ("", [])
    assert draw.candidates == sorted(one.number for one in people)
    late = complete(minutes_ago=1)
    run = arrange(actor=planner, offering=offering)
    assert [row["code"] for row in run.skipped] == ["draw_open"], "nobody joins a fixed list"
    drawing.draw_seats(actor=planner, draw=draw)
    draw.refresh_from_db()
    assert problems(drawing.publication(draw)) == []
    seated = {
        (seat.application.number, seat.room.name, seat.number)
        for seat in Seat.objects.filter(session=theory).select_related("application", "room")
    }
    assert seated == {tuple(row) for row in draw.result}
    arrange(actor=planner, offering=offering)
    second = drawing.draw_seats(actor=planner, draw=drawing.fix_candidates(actor=planner, session=theory))
    assert second.candidates == [late.number]
    assert {row[2] for row in second.result}.isdisjoint({row[2] for row in draw.result})


def test_who_left_after_the_list_was_fixed_leaves_a_place_empty(offering, planner, filled):
    _, theory, _ = filled
    draw = drawing.fix_candidates(actor=planner, session=theory)
    left = theory.seats.first()
    left.released_at = clock.now()
    left.save()
    drawing.draw_seats(actor=planner, draw=draw)
    assert theory.seats.filter(released_at=None, number__isnull=False).count() == 2
    left.refresh_from_db()
    assert left.number is None


def test_a_draw_happens_once(offering, planner, filled):
    _, theory, _ = filled
    draw = drawing.fix_candidates(actor=planner, session=theory)
    with pytest.raises(Refused, match="已经固定"):
        drawing.fix_candidates(actor=planner, session=theory)
    drawing.draw_seats(actor=planner, draw=draw)
    with pytest.raises(Refused, match="已经完成"):
        drawing.draw_seats(actor=planner, draw=draw)


def nudges() -> int:
    """How often the broker, embedded or Redis, was asked for the sweep that makes tickets."""
    if address := os.environ.get("TEST_REDIS_URL"):
        waiting = [message.decode() for message in redis.Redis.from_url(address).lrange("celery", 0, -1)]
    else:
        folder = settings.VAR_DIR / "broker" / "queue"
        waiting = [file.read_text() for file in folder.glob("*.msg")]
    return sum("exams.tasks.sweep_tickets" in message for message in waiting)


def test_tickets_follow_a_draw_and_a_change_at_once(filled, planner, django_capture_on_commit_callbacks):
    _, theory, practical = filled
    acts = (
        lambda: drawing.draw_seats(actor=planner, draw=drawing.fix_candidates(actor=planner, session=theory)),
        lambda: move(theory, planner, starts_at=at(date(2026, 4, 12), 8)),
        lambda: sessions.call_off_session(actor=planner, session=practical, reason="台风"),
    )
    for act in acts:
        before = nudges()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        assert nudges() == before + 1

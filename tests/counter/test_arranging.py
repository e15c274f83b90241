"""Sessions, the queue with its preview, the draw, tickets: each by a page that names the consequence."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from exams.arrangement.models import Room, Seat, SeatDraw, Session, Site
from exams.filing.models import SpecialArrangement, Status
from exams.tickets.models import Ticket
from portal import clock
from tests import factories
from tests.filing.conftest import ready_person, submitted


@pytest.fixture
def room(offering) -> Room:
    site = Site.objects.create(name="长宁考点", address="上海市长宁区延安西路726号")
    return Room.objects.create(site=site, name="第一考场", seats=2)


def at(name: str, *args) -> str:
    return reverse(f"admin:{name}", args=args)


def typed(offering, room, **other) -> dict[str, object]:
    return {
        "offering": offering.pk,
        "subject": "theory",
        "day": "2026-10-30",
        "starts": "09:00",
        "ends": "10:30",
        "rooms": [room.pk],
        "note": "",
        **other,
    }


def complete(offering, **fields):
    application = factories.make_application(offering=offering, **fields)
    factories.pay(application)
    return application


def test_from_draft_to_drawn_seats(desk, offering, room):
    for subject, starts, ends in (("theory", "09:00", "10:30"), ("practical", "13:00", "14:30")):
        form = typed(offering, room, subject=subject, starts=starts, ends=ends)
        desk.post(at("draft_session"), form)
    for session in Session.objects.all():
        assert (session.state, session.starts_at.date()) == ("draft", datetime(2026, 10, 30).date())
        desk.post(at("publish_session", session.pk))
    people = [complete(offering) for _ in range(3)]
    preview = desk.get(at("arrange_queue", offering.pk)).content.decode()
    assert "将安排 2 人" in preview
    assert "座位已满" in preview
    assert not Seat.objects.exists()
    desk.post(at("arrange_queue", offering.pk))
    assert Seat.objects.count() == 4
    session = Session.objects.get(subject="theory")
    answer = desk.post(at("fix_candidates", session.pk), follow=True)
    draw = SeatDraw.objects.get()
    assert draw.seed_hash in answer.content.decode()
    assert reverse("arrangement:draw", args=[draw.pk]) in answer.content.decode()
    desk.post(at("draw_seats", draw.pk))
    door = desk.get(at("exams_session_change", session.pk)).content.decode()
    for application in people[:2]:
        assert application.number in door
    assert people[2].number not in door


def test_a_clash_stands_at_its_field_and_what_was_typed_is_kept(desk, offering, room):
    desk.post(at("draft_session"), typed(offering, room))
    page = desk.post(at("draft_session"), typed(offering, room, note="第二场")).content.decode()
    assert "已用于另一场" in page
    assert 'value="第二场"' in page
    page = desk.post(at("draft_session"), typed(offering, room, ends="08:00")).content.decode()
    assert "结束时间须晚于开始时间" in page
    assert Session.objects.count() == 1


def test_calling_off_says_how_many_and_sends_them_back(desk, offering, room):
    session = factories.make_session(offering, "theory", clock.now() + timedelta(days=10))
    application = complete(offering)
    factories.seat(application, session)
    page = desk.get(at("call_off_session", session.pk)).content.decode()
    assert "已安排的 1 人回到待安排" in page
    desk.post(at("call_off_session", session.pk), {"reason": "台风"})
    session.refresh_from_db()
    assert session.state == "called_off"
    assert not Seat.objects.filter(released_at=None).exists()


def test_moving_a_session_keeps_who_still_fits(desk, offering, room):
    session = factories.make_session(offering, "theory", clock.now() + timedelta(days=10))
    application = complete(offering)
    factories.seat(application, session)
    initial = desk.get(at("move_session", session.pk)).content.decode()
    assert 'value="2026-10-22"' in initial
    form = {"day": "2026-10-29", "starts": "09:00", "ends": "10:30", "rooms": [room.pk], "reason": "场地检修"}
    desk.post(at("move_session", session.pk), form)
    seat = Seat.objects.get()
    assert seat.released_at is None
    assert clock.local_day(seat.starts_at).isoformat() == "2026-10-29"


def test_a_place_by_hand_needs_a_reason(desk, offering, room):
    session = factories.make_session(offering, "theory", clock.now() + timedelta(days=10))
    application = complete(offering)
    place = at("place_by_hand", application.pk)
    page = desk.post(place, {"session": session.pk, "reason": ""}).content.decode()
    assert "请写明单独安排的理由" in page
    desk.post(place, {"session": session.pk, "reason": "合理便利"})
    assert Seat.objects.get().session == session


def test_seats_given_out_cannot_be_taken_from_a_room(desk, offering):
    session = factories.make_session(offering, "theory", clock.now() + timedelta(days=10))
    room = session.rooms.get()
    factories.seat(complete(offering), session, number=5)
    page = desk.post(at("resize_room", room.pk), {"seats": 4}).content.decode()
    assert "不能减到 4 个" in page
    desk.post(at("resize_room", room.pk), {"seats": 5})
    room.refresh_from_db()
    assert room.seats == 5


def test_sites_and_rooms_are_entered_into_the_trail(desk, offering):
    desk.post(
        at("exams_site_add"), {"name": "虹桥考点", "address": "上海市长宁区虹桥路1号", "directions": ""}
    )
    site = Site.objects.get(name="虹桥考点")
    form = {"site": site.pk, "name": "101", "seats": 20, "meets": ["wheelchair"]}
    desk.post(at("exams_room_add"), form)
    room = Room.objects.get(name="101")
    assert room.meets == ["wheelchair"]
    form = {"name": "101 室", "meets": [], "seats": 999}
    desk.post(at("exams_room_change", room.pk), form)
    room.refresh_from_db()
    assert (room.name, room.seats) == ("101 室", 20)
    desk.post(at("close_site", site.pk))
    site.refresh_from_db()
    assert site.closed_at is not None


def test_special_arrangements_are_decided_before_seating(desk, offering):
    application = submitted(ready_person(), offering)
    SpecialArrangement.objects.create(application=application, needs=["wheelchair", "extra_time"])
    place = at("decide_arrangement", application.pk)
    page = desk.post(place, {"granted_needs": ["wheelchair"], "decision_note": ""}).content.decode()
    assert "请写明原因" in page
    desk.post(place, {"granted_needs": ["wheelchair"], "decision_note": "延长时间须医院证明"})
    asked = SpecialArrangement.objects.get()
    assert (asked.decision, asked.granted_needs) == ("granted", ["wheelchair"])


def test_a_held_ticket_shows_its_reason_and_is_tried_again(desk, offering):
    application = complete(offering)
    ticket = Ticket.objects.create(
        application=application,
        number="202641234567",
        state=Ticket.State.HELD,
        hold_reason="没有字体能印出姓名中的“𬀩”",
        opens_on=clock.today(),
        due_at=clock.now(),
    )
    page = desk.get(at("ticket_report")).content.decode()
    assert "没有字体能印出" in page
    desk.post(at("retry_ticket", ticket.pk))
    ticket.refresh_from_db()
    assert ticket.state == Ticket.State.SUPERSEDED


def test_leaving_after_payment_gives_up_the_seat(desk, offering):
    session = factories.make_session(offering, "theory", clock.now() + timedelta(days=10))
    application = complete(offering)
    factories.seat(application, session)
    answer = desk.post(at("leave_after_payment", application.pk), {"reason": "本人要求"})
    assert answer["Location"] == at("payment_desk", application.pk)
    application.refresh_from_db()
    assert application.status == Status.WITHDRAWN
    assert not Seat.objects.filter(released_at=None).exists()
    assert "本人要求" in desk.get(at("exams_application_change", application.pk)).content.decode()


def test_who_may_arrange_may_not_publish(enter, offering, room):
    arranger = enter("排考", "exams.arrange_session", "exams.view_session")
    arranger.post(at("draft_session"), typed(offering, room))
    session = Session.objects.get()
    assert arranger.post(at("publish_session", session.pk)).status_code == 403

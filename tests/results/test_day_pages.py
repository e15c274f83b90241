"""The exam day at the counter: marking a room, what is refused at its line, the end of a session, the papers."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from exams.arrangement.models import Room, Seat, Session
from exams.results.attendance import note_attendance
from exams.results.models import Attendance, CheckIn, SessionClosing
from exams.results.queries import attendance_by_seat, seats_of_session
from portal import clock
from portal.audit.models import AccessEntry
from tests import factories
from tests.results.doors import BEFORE_THE_DOOR_OPENS, hold_session_with_tickets, seat_named
from tests.results.world import EXAM_DAY, candidates, hold_session

CHEN, LIN, ZHAO = "陈志远", "林晓梅", "赵文博"


@pytest.fixture
def desk(evening, settings) -> Client:
    settings.STAFF_SECOND_FACTOR = False
    client = Client()
    client.staff = factories.make_staff("周敏", "exams.check_in", "exams.view_session")
    client.force_login(client.staff)
    return client


@pytest.fixture
def session(evening) -> Session:
    return hold_session(candidates(CHEN, LIN, ZHAO))


def at(name: str, *args) -> str:
    return reverse(f"admin:{name}", args=args)


def marked(session: Session, **marks: str | tuple[str, str]) -> dict[str, str]:
    """The page's form: by name what is ticked and written, everything else as it is shown."""
    seats = seats_of_session(session)
    known = attendance_by_seat(seats)
    form = {"save": ""}
    for seat in seats:
        note = known.get(seat.pk)
        shown = (note.state, note.reason or "") if note else ("", "")
        mark = marks.get(seat.person.name, shown)
        state, reason = mark if isinstance(mark, tuple) else (mark, "")
        prefix = f"seat-{seat.pk}"
        form |= {f"{prefix}-state": state, f"{prefix}-reason": reason, f"{prefix}-shown": "|".join(shown)}
    return form


def states(session: Session) -> dict[str, str]:
    seats = seats_of_session(session)
    known = attendance_by_seat(seats)
    return {seat.person.name: known[seat.pk].state for seat in seats if seat.pk in known}


def test_a_room_is_marked_and_the_rest_came(desk, session):
    page = at("session_day", session.pk)
    told = desk.post(page, {**marked(session, 陈志远="absent"), "rest": ""}, follow=True).content.decode()
    assert "已登记 3 人，其中其余到考 2 人。" in told
    assert states(session) == {CHEN: "absent", LIN: "present", ZHAO: "present"}
    assert "没有改动" in desk.post(page, marked(session), follow=True).content.decode()
    assert Attendance.objects.count() == 3


def test_what_a_colleague_noted_meanwhile_stands(desk, session):
    form = {**marked(session), "rest": ""}
    note_attendance(actor=desk.staff, seat=seat_named(session, CHEN), state="absent")
    desk.post(at("session_day", session.pk), form)
    assert states(session) == {CHEN: "absent", LIN: "present", ZHAO: "present"}


def test_a_wrong_line_is_named_and_nothing_is_written_and_what_was_typed_stays(desk, session):
    form = marked(session, 陈志远="present", 林晓梅="other", 赵文博=("", "证件忘带"))
    told = desk.post(at("session_day", session.pk), form).content.decode()
    assert "请选择到考情况" in told
    assert 'value="证件忘带"' in told
    form = marked(session, 陈志远="present", 林晓梅="other")
    told = desk.post(at("session_day", session.pk), form).content.decode()
    assert "林晓梅：选择“其他”的，请写明情况。" in told
    assert f'href="#seat-{seat_named(session, LIN).pk}"' in told
    form = marked(session, 陈志远="sleeping")
    assert "请选择到考、缺考或其他" in desk.post(at("session_day", session.pk), form).content.decode()
    assert not Attendance.objects.exists()


def test_a_reason_left_standing_goes_with_the_state_it_was_for(desk, session):
    page, seat = at("session_day", session.pk), seat_named(session, CHEN)
    note_attendance(actor=desk.staff, seat=seat, state="other", reason="证件过期，未准入场")
    desk.post(page, marked(session, 陈志远=("absent", "证件过期，未准入场")))
    assert Attendance.objects.latest("noted_at").reason is None
    desk.post(page, marked(session, 陈志远=("absent", "监考员核实没有来")))
    note = Attendance.objects.latest("noted_at")
    assert (note.state, note.reason) == ("absent", "监考员核实没有来")


def test_rooms_are_marked_one_by_one(desk, session):
    room = Room.objects.create(site=session.site, name="第2考场", seats=30)
    Seat.objects.filter(pk=seat_named(session, ZHAO).pk).update(room=room)
    page = f"{at('session_day', session.pk)}?room={room.pk}"
    told = desk.get(page).content.decode()
    assert f"seat-{seat_named(session, ZHAO).pk}-state" in told
    assert f"seat-{seat_named(session, CHEN).pk}-state" not in told
    desk.post(page, {"rest": "", f"seat-{seat_named(session, ZHAO).pk}-state": ""})
    assert states(session) == {ZHAO: "present"}
    assert desk.get(page + "&room=nonsense").status_code == 200


def test_the_end_is_offered_when_nobody_is_unknown(desk, session):
    page = at("session_day", session.pk)
    told = desk.get(page).content.decode()
    assert f"还没有登记到考情况：{CHEN}、{LIN}、{ZHAO}。" in told
    assert at("close_session", session.pk) not in told
    refused = desk.post(at("close_session", session.pk)).content.decode()
    assert "还没有登记到考情况" in refused
    desk.post(page, {**marked(session), "rest": ""})
    assert at("close_session", session.pk) in desk.get(page).content.decode()
    assert "本场已结束登记。" in desk.post(at("close_session", session.pk), follow=True).content.decode()
    assert SessionClosing.objects.get().closed_by == desk.staff
    told = desk.post(page, marked(session, 陈志远="absent")).content.decode()
    assert "陈志远：本场已经结束登记，改动须写明理由。" in told


def test_the_list_of_days_and_the_queue_name_what_is_left_open(desk, session, evening):
    hold_session(candidates("明天的人"), day=EXAM_DAY + timedelta(days=1))
    told = desk.get(at("exam_day")).content.decode()
    assert "还有 3 人未登记" in told
    assert "以前没有结束登记的" not in told
    assert (
        told.index("今天</h2>") < told.index(at("session_day", session.pk)) < told.index("接下来 7 天</h2>")
    )
    assert "场次待结束登记" in desk.get(at("index")).content.decode()
    evening(EXAM_DAY + timedelta(days=2))
    told = desk.get(at("exam_day")).content.decode()
    assert told.index(at("session_day", session.pk)) < told.index("今天</h2>")


def test_before_the_day_there_is_only_paper(desk, session, evening):
    evening(EXAM_DAY - timedelta(days=1))
    page = at("session_day", session.pk)
    assert "保存登记" not in desk.get(page).content.decode()
    desk.post(page, {**marked(session), "rest": ""})
    assert not Attendance.objects.exists()


def test_clashes_are_shown_and_named_again_before_the_end(desk, session):
    seat = seat_named(session, CHEN)
    for device, minutes in (("phone-3f2a", 0), ("phone-91bc", 9)):
        CheckIn.objects.create(
            session=session,
            seat=seat,
            ticket_number="20261000001",
            ticket_version=1,
            verdict="valid",
            seen="valid",
            device=device,
            scanned_at=BEFORE_THE_DOOR_OPENS + timedelta(minutes=minutes),
            received_at=clock.now(),
            by=desk.staff,
        )
    told = desk.get(at("session_day", session.pk)).content.decode()
    assert "8:30 手机 3F2A（周敏）；8:39 手机 91BC（周敏）" in told
    assert "还有 1 处核验冲突" in desk.get(at("close_session", session.pk)).content.decode()


def test_the_papers_come_as_pdf_and_everybody_on_them_was_looked_at(desk, evening):
    evening(BEFORE_THE_DOOR_OPENS)
    session = hold_session_with_tickets(CHEN, LIN)
    for code in ("door", "sign-in", "labels", "rooms"):
        answer = desk.get(at("session_paper", session.pk, code))
        assert answer.content.startswith(b"%PDF")
        assert "no-store" in answer["Cache-Control"]
    assert AccessEntry.objects.filter(kind="exam_paper.downloaded").count() == 8
    assert desk.get(at("session_paper", session.pk, "wallpaper")).status_code == 404
    Seat.objects.filter(session=session).update(room=None, number=None)
    told = desk.get(at("session_paper", session.pk, "door"), follow=True).content.decode()
    assert "还有 2 人没有抽签定座" in told


@pytest.mark.parametrize(("name", "extra"), [("session_day", ()), ("session_paper", ("door",))])
def test_others_of_the_staff_are_refused(desk, session, name, extra):
    desk.force_login(factories.make_staff("收费员", "exams.take_payment"))
    assert desk.get(at(name, session.pk, *extra)).status_code == 403

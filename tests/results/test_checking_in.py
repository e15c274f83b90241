"""Check-ins: the server's verdict, written once, attendance from a valid one, and clashes that stay to be seen."""

from datetime import timedelta
from uuid import uuid4

import pytest

from exams.arrangement.models import Session
from exams.results.attendance import close_session, note_attendance, note_rest_present
from exams.results.checking_in import Scan, record_check_ins
from exams.results.clashes import clashes_of
from exams.results.models import Attendance, CheckIn
from exams.tickets.models import Ticket
from portal import clock
from portal.audit.models import AuditEntry
from tests import factories
from tests.results.doors import (
    BEFORE_THE_DOOR_OPENS,
    code_of,
    hold_session_with_tickets,
    seat_named,
    ticket_of,
)

CHEN, LIN = "陈志远", "林晓梅"
PHONE, OTHER_PHONE = "phone-3f2a", "phone-91bc"


@pytest.fixture
def staff(evening):
    return factories.make_staff("周敏")


@pytest.fixture
def session(evening) -> Session:
    evening(BEFORE_THE_DOOR_OPENS)
    return hold_session_with_tickets(CHEN, LIN)


def ticket(session: Session, name: str) -> Ticket:
    return ticket_of(seat_named(session, name).application)


def code(session: Session, name: str) -> str:
    return code_of(ticket(session, name))


def scan(
    code: str = "", *, number: str = "", seen: str = "valid", device: str = PHONE, minutes: int = 0
) -> Scan:
    return Scan(uuid4(), code, number, seen, device, clock.now() + timedelta(minutes=minutes))


def kinds(session: Session) -> list[str]:
    return [clash.kind for clash in clashes_of(session)]


def test_a_valid_ticket_notes_its_person_present(session, staff):
    (check_in,) = record_check_ins(actor=staff, session=session, rows=[scan(code(session, CHEN))])
    assert (check_in.verdict, check_in.seat, check_in.typed) == ("valid", seat_named(session, CHEN), False)
    assert check_in.ticket_version == 1
    note = Attendance.objects.get()
    assert (note.seat, note.state, note.noted_by) == (seat_named(session, CHEN), "present", staff)
    assert clashes_of(session) == []


def test_sent_again_nothing_is_written_twice(session, staff):
    rows = [scan(code(session, CHEN)), scan(number=ticket(session, LIN).number)]
    once = record_check_ins(actor=staff, session=session, rows=rows)
    again = record_check_ins(actor=factories.make_staff("顾晓峰"), session=session, rows=[*rows, rows[0]])
    assert again == [*once, once[0]]
    assert [row.by for row in again[:2]] == [staff, staff]
    assert (CheckIn.objects.count(), Attendance.objects.count()) == (2, 2)
    assert AuditEntry.objects.filter(action="results.check_in").count() == 2
    assert clashes_of(session) == []


def test_the_verdict_is_the_servers(session, staff):
    genuine = code(session, CHEN)
    forged = genuine[:-2] + ("AA" if genuine[-2:] != "AA" else "AQ")
    rows = [scan(forged), scan(number="20269999999"), scan(number=ticket(session, LIN).number)]
    told = record_check_ins(actor=staff, session=session, rows=rows)
    assert [row.verdict for row in told] == ["not_genuine", "unknown", "valid"]
    assert [row.seen for row in told] == ["valid"] * 3
    assert [row.typed for row in told] == [False, True, True]
    assert (told[0].ticket_number, told[0].seat) == ("", None)
    assert kinds(session) == ["seen_otherwise", "seen_otherwise"]


def test_another_session_is_said_and_notes_nobody(session, staff):
    elsewhere = factories.make_session(session.offering, "theory", session.starts_at)
    row = scan(code(session, CHEN), seen="other_session")
    (told,) = record_check_ins(actor=staff, session=elsewhere, rows=[row])
    assert (told.verdict, told.seat) == ("other_session", None)
    assert not Attendance.objects.exists()
    assert clashes_of(elsewhere) == []


def test_a_replaced_ticket_is_refused_and_the_phone_that_let_it_in_is_named(session, staff):
    old = code(session, CHEN)
    seat_named(session, CHEN).person.documents.update(name="陈致远")
    (told,) = record_check_ins(actor=staff, session=session, rows=[scan(old)])
    assert told.verdict == "superseded"
    (clash,) = clashes_of(session)
    assert clash.kind == "seen_otherwise"
    assert clash.sentence == "8:30 手机 3F2A（周敏）显示“有效”，收到后核对为“旧版准考证”。"
    assert not Attendance.objects.exists()


def test_a_ticket_that_ended_after_the_scan_was_good_at_the_door(session, staff, evening):
    held = ticket(session, CHEN)
    before, after = scan(code_of(held)), scan(code_of(held), minutes=60)
    evening(clock.now() + timedelta(hours=3))
    ended = before.scanned_at + timedelta(minutes=30)
    Ticket.objects.filter(pk=held.pk).update(state="void", ended_at=ended, end_reason="处理决定")
    told = record_check_ins(actor=staff, session=session, rows=[before, after])
    assert [row.verdict for row in told] == ["valid", "void"]


def test_a_phone_whose_clock_is_ahead_gains_nothing_and_one_behind_is_kept_as_it_was(session, staff):
    held = ticket(session, CHEN)
    Ticket.objects.filter(pk=held.pk).update(state="void", ended_at=clock.now() - timedelta(minutes=1))
    ahead = scan(code_of(held), minutes=600)
    (told,) = record_check_ins(actor=staff, session=session, rows=[ahead])
    assert (told.verdict, told.scanned_at) == ("void", ahead.scanned_at)


@pytest.mark.parametrize("minutes", [-24 * 60, -50 * 365 * 24 * 60], ids=["yesterday", "1976"])
def test_a_phone_whose_clock_lags_by_days_makes_no_ended_ticket_good(session, staff, minutes):
    """It was not at this door before the day: what it saw is judged as the ticket stands now, and kept as it was sent."""
    held = ticket(session, CHEN)
    ended = clock.now() - timedelta(hours=1)
    Ticket.objects.filter(pk=held.pk).update(state="void", ended_at=ended, end_reason="处理决定")
    behind = scan(code_of(held), minutes=minutes)
    (told,) = record_check_ins(actor=staff, session=session, rows=[behind])
    assert (told.verdict, told.scanned_at) == ("void", behind.scanned_at)
    assert not Attendance.objects.exists()


def test_two_phones_that_let_the_same_seat_in_are_a_clash_and_both_stay(session, staff):
    shown = code(session, CHEN)
    for device, minutes in ((PHONE, 0), (OTHER_PHONE, 9)):
        row = scan(shown, device=device, minutes=minutes)
        record_check_ins(actor=staff, session=session, rows=[row])
    (clash,) = clashes_of(session)
    assert (clash.kind, clash.seat) == ("twice", seat_named(session, CHEN))
    assert "8:30 手机 3F2A（周敏）；8:39 手机 91BC（周敏）" in clash.sentence
    assert (CheckIn.objects.count(), Attendance.objects.count()) == (2, 1)


def test_what_a_person_noted_stands_and_the_clash_is_shown(session, staff, evening):
    late = scan(code(session, CHEN))
    seat = seat_named(session, CHEN)
    evening(session.starts_at + timedelta(minutes=40))
    note_attendance(actor=staff, seat=seat, state="absent")
    record_check_ins(actor=staff, session=session, rows=[late])
    assert Attendance.objects.get().state == "absent"
    (clash,) = clashes_of(session)
    assert (clash.kind, clash.who) == ("noted_otherwise", f"{seat.room.name} 1 号 {CHEN}")
    note_attendance(actor=staff, seat=seat, state="present", reason="监考员核实在场")
    assert clashes_of(session) == []


def test_a_phone_that_comes_back_after_the_end_is_still_heard(session, staff, evening):
    forgotten = scan(code(session, LIN))
    seat = seat_named(session, LIN)
    evening(session.ends_at)
    note_attendance(actor=staff, seat=seat, state="absent")
    note_rest_present(actor=staff, session=session)
    close_session(actor=staff, session=session)
    record_check_ins(actor=staff, session=session, rows=[forgotten])
    assert kinds(session) == ["noted_otherwise"]
    assert Attendance.objects.filter(seat=seat).count() == 1


def test_a_session_called_off_or_yet_to_come_keeps_the_check_in_and_notes_nobody(session, staff, evening):
    row = scan(number=ticket(session, CHEN).number)
    evening(session.starts_at - timedelta(days=1))
    (told,) = record_check_ins(actor=staff, session=session, rows=[row])
    assert told.verdict == "valid"
    evening(session.starts_at)
    Session.objects.filter(pk=session.pk).update(state="called_off")
    record_check_ins(actor=staff, session=session, rows=[scan(number=ticket(session, LIN).number)])
    assert (CheckIn.objects.count(), Attendance.objects.count()) == (2, 0)

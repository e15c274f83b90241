"""Attendance is unknown until noted; a session ends when nobody is; afterwards only with a reason, until the score."""

from datetime import timedelta

import pytest

from exams.arrangement.models import Session
from exams.results.attendance import close_session, note_attendance, note_many, note_rest_present
from exams.results.models import Attendance, SessionClosing
from exams.results.queries import attendance_by_seat, seats_of_session, unresolved
from portal import clock
from portal.audit.models import AuditEntry
from portal.rules.findings import Refused
from tests.results.world import EXAM_DAY, candidates, hold_session, published, seat_of

NAMES = ("陈志远", "林晓梅", "赵文博")


@pytest.fixture
def session(evening) -> Session:
    return hold_session(candidates(*NAMES))


def by_name(session: Session) -> dict[str, str]:
    seats = seats_of_session(session)
    known = attendance_by_seat(seats)
    return {seat.person.name: known[seat.pk].state for seat in seats if seat.pk in known}


def refused(code: str):
    return pytest.raises(Refused, check=lambda refusal: refusal.findings[0].code == code)


def test_nobody_is_known_before_somebody_says_so(session, team):
    first, second, third = seats_of_session(session)
    assert [seat.pk for seat in unresolved(session)] == [first.pk, second.pk, third.pk]
    note_many(
        actor=team.maker,
        session=session,
        rows={first.pk: ("present", ""), second.pk: ("absent", ""), third.pk: ("other", "证件过期，未入场")},
    )
    assert unresolved(session) == []
    assert by_name(session) == dict(zip(NAMES, ("present", "absent", "other"), strict=True))


def test_noting_again_adds_a_row_and_the_latest_counts(session, team):
    seat = seats_of_session(session)[0]
    note_attendance(actor=team.maker, seat=seat, state="present")
    note_attendance(actor=team.maker, seat=seat, state="present")
    row = note_attendance(actor=team.second, seat=seat, state="absent", reason="到场后没有入座")
    assert (row.state, row.noted_by) == ("absent", team.second)
    assert Attendance.objects.filter(seat=seat).count() == 2
    assert AuditEntry.objects.filter(action="results.note_attendance").count() == 2


@pytest.mark.parametrize(
    ("state", "reason", "code"),
    [
        ("other", " ", "no_reason"),
        ("sleeping", "", "unknown_state"),
        ("other", "长" * 201, "too_long"),
    ],
)
def test_what_is_no_mark_is_refused_and_nothing_of_the_form_is_written(session, team, state, reason, code):
    first, second, _ = seats_of_session(session)
    with refused(code) as refusal:
        note_many(
            actor=team.maker, session=session, rows={first.pk: ("present", ""), second.pk: (state, reason)}
        )
    assert refusal.value.findings[0].field == str(second.pk)
    assert not Attendance.objects.exists()


def test_a_seat_given_back_is_refused(session, team):
    seat = seats_of_session(session)[0]
    seat.released_at = clock.now()
    seat.save()
    with refused("not_in_session"):
        note_attendance(actor=team.maker, seat=seat, state="present")


def test_absence_is_known_once_the_session_has_begun(session, team, evening):
    seat = seats_of_session(session)[0]
    evening(session.starts_at - timedelta(minutes=20))
    note_attendance(actor=team.maker, seat=seat, state="present")
    with refused("not_begun"):
        note_attendance(actor=team.maker, seat=seat, state="absent")
    evening(EXAM_DAY - timedelta(days=1))
    with refused("not_yet"):
        note_attendance(actor=team.maker, seat=seat, state="present", reason="彩排")


def test_the_rest_came_leaves_what_is_known(session, team):
    first = seats_of_session(session)[0]
    note_attendance(actor=team.maker, seat=first, state="absent")
    elsewhere = first.room_id + 1
    assert note_rest_present(actor=team.second, session=session, room=elsewhere) == 0
    assert note_rest_present(actor=team.second, session=session, room=first.room_id) == 2
    assert by_name(session) == dict(zip(NAMES, ("absent", "present", "present"), strict=True))


def test_a_session_ends_only_when_it_is_over_and_everybody_resolved(session, team, evening):
    with refused("unresolved") as refusal:
        close_session(actor=team.maker, session=session)
    assert all(name in refusal.value.findings[0].sentence for name in NAMES)
    note_rest_present(actor=team.maker, session=session)
    evening(session.ends_at - timedelta(minutes=1))
    with refused("not_over"):
        close_session(actor=team.maker, session=session)
    evening(session.ends_at)
    close_session(actor=team.maker, session=session)
    with refused("closed"):
        close_session(actor=team.second, session=session)
    assert SessionClosing.objects.get().closed_by == team.maker
    assert AuditEntry.objects.get(action="results.close_session").detail["present"] == 3


def test_a_called_off_session_is_neither_noted_nor_closed(session, team):
    seat = seats_of_session(session)[0]
    Session.objects.update(state="called_off")
    for attempt in (
        lambda: note_attendance(actor=team.maker, seat=seat, state="present"),
        lambda: close_session(actor=team.maker, session=session),
    ):
        with refused("not_held"):
            attempt()


def test_after_the_end_a_note_needs_a_reason(session, team):
    note_rest_present(actor=team.maker, session=session)
    close_session(actor=team.maker, session=session)
    seat = seats_of_session(session)[0]
    with refused("no_reason"):
        note_attendance(actor=team.maker, seat=seat, state="absent")
    note_attendance(actor=team.maker, seat=seat, state="absent", reason="签到表没有签名")
    assert by_name(session)[NAMES[0]] == "absent"


def test_once_the_score_is_published_attendance_stands(session, team):
    scores = published(session, team, 陈志远=80, 林晓梅=50)
    assert scores[NAMES[2]].points is None
    seat = seat_of(scores[NAMES[2]].application, session)
    with refused("published"):
        note_attendance(actor=team.maker, seat=seat, state="present", reason="签到表上有签名")

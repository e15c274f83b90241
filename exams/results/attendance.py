"""Who came: unknown until somebody says so, and the end of a session, which leaves nobody unknown.

A note is a row that stays; noting again adds another, which replaces it. Once a session is closed a note needs a
reason; whether a paper counts that a checked sheet has is changed once the sheet was sent back; and once the seat's
score is published attendance is no longer where things are put right: a correction of the score is.
"""

from collections.abc import Iterable, Mapping
from uuid import UUID, uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.own import refuse_own
from exams.arrangement.models import Seat, Session
from exams.results.models import Attendance, ScoreEntry, SessionClosing
from exams.results.queries import attendance_by_seat, seats_of_session, standing_scores, unresolved
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused, refuse_if_any

Mark = tuple[str, str]
"""An `Attendance.State` and its reason, which may be empty where the person simply came or did not."""

REASON_LENGTH = 200


def note_attendance(*, actor: Account, seat: Seat, state: str, reason: str = "") -> Attendance:
    """Say whether the seat's person came. Raises `Refused`; the same again writes nothing."""
    note_many(actor=actor, session=seat.session, rows={seat.pk: (state, reason)})
    return attendance_by_seat([seat])[seat.pk]


@transaction.atomic
def note_many(*, actor: Account, session: Session, rows: Mapping[UUID, Mark]) -> list[Attendance]:
    """Note these seats, by key; nothing is written unless every one can be. Returns the rows written.

    Raises `Refused`; a finding's field is the seat's key.
    """
    session = lock_session(session)
    _refuse_before_its_day(session)
    seats = {seat.pk: seat for seat in seats_of_session(session)}
    known = attendance_by_seat(seats.values())
    fresh = {key: mark for key, mark in rows.items() if not _says_the_same(known.get(key), mark)}
    refuse_own(actor, [seats[key].person_id for key in fresh if key in seats], "own_attendance")
    scored = set(standing_scores().filter(seat__in=list(fresh)).values_list("seat_id", flat=True))
    checked = _changes_a_checked_sheet(known, fresh)
    closed = is_closed(session)
    refuse_if_any(
        finding
        for key, mark in fresh.items()
        for finding in _mark_findings(
            session, seats.get(key), mark, closed=closed, scored=key in scored, checked=key in checked
        )
    )
    return [_write(actor, seats[key], *mark) for key, mark in fresh.items()]


@transaction.atomic
def note_rest_present(*, actor: Account, session: Session, room: int | None = None) -> int:
    """Everybody of whom nothing is known yet came: all of the session, or of one room. Returns how many.

    Read under the lock, so that what a colleague noted meanwhile stands. Raises `Refused`.
    """
    session = lock_session(session)
    _refuse_before_its_day(session)
    seats = [seat for seat in unresolved(session) if room is None or seat.room_id == room]
    refuse_own(actor, [seat.person_id for seat in seats], "own_attendance")
    for seat in seats:
        _write(actor, seat, Attendance.State.PRESENT, "")
    return len(seats)


@transaction.atomic
def note_arrivals(*, actor: Account, seats: Iterable[Seat]) -> list[Attendance]:
    """What a valid check-in says, where nobody has said anything yet. The caller holds the session.

    Whoever scanned their own ticket is left for somebody else to note.
    """
    seats = [seat for seat in seats if seat.person.account_id != actor.pk]
    known = attendance_by_seat(seats)
    return [_write(actor, seat, Attendance.State.PRESENT, "") for seat in seats if seat.pk not in known]


@transaction.atomic
def close_session(*, actor: Account, session: Session) -> SessionClosing:
    """The session is over and every seat resolved; scores may be entered from now on. Raises `Refused`."""
    session = lock_session(session)
    refuse_if_any(closing_findings(session))
    closing = SessionClosing.objects.create(session=session, closed_by=actor, closed_at=clock.now())
    states = [row.state for row in attendance_by_seat(seats_of_session(session)).values()]
    trail.record(
        "results.close_session",
        actor=actor,
        subject=session,
        detail={state: states.count(state) for state in Attendance.State.values},
    )
    return closing


def closing_findings(session: Session) -> list[Finding]:
    """What still stands between the session and its end; nothing where it may be closed."""
    if is_closed(session):
        return [Finding("", "closed", "本场已经结束登记。")]
    if session.state != Session.State.PUBLISHED:
        return [Finding("", "not_held", "本场没有举行，无需结束登记。")]
    if clock.now() < session.ends_at:
        return [Finding("", "not_over", "考试还没有结束，结束后才能办理。")]
    if left := unresolved(session):
        names = "、".join(seat.person.name for seat in left[:10])
        more = f"等 {len(left)} 人" if len(left) > 10 else ""
        return [Finding("", "unresolved", f"还没有登记到考情况：{names}{more}。", len(left))]
    return []


def is_closed(session: Session) -> bool:
    """Asked of the table, not of an object that may have been read before."""
    return SessionClosing.objects.filter(session=session).exists()


def lock_session(session: Session) -> Session:
    """The session afresh and held: attendance of one session is written by one at a time."""
    return Session.objects.select_for_update().get(pk=session.pk)


def _refuse_before_its_day(session: Session) -> None:
    if session.state != Session.State.PUBLISHED:
        raise Refused(Finding("", "not_held", "本场没有举行，不能登记到考情况。"))
    if clock.today() < clock.local_day(session.starts_at):
        raise Refused(Finding("", "not_yet", "还没有到考试当天，不能登记到考情况。"))


def _says_the_same(row: Attendance | None, mark: Mark) -> bool:
    return row is not None and (row.state, row.reason or "") == (mark[0], mark[1].strip())


def _changes_a_checked_sheet(known: Mapping[UUID, Attendance], marks: Mapping[UUID, Mark]) -> set[UUID]:
    """Seats whose paper would come or go behind the checker's back: it stands in a checked sheet not published yet."""
    there = Attendance.State.PRESENT
    turned = [
        key
        for key, (state, _) in marks.items()
        if key in known and (known[key].state == there) != (state == there)
    ]
    read = ScoreEntry.objects.filter(seat__in=turned, sheet__checked_at__isnull=False)
    open_still = read.filter(sheet__published_at=None, sheet__retracted_at=None)
    return set(open_still.values_list("seat_id", flat=True))


def _mark_findings(
    session: Session, seat: Seat | None, mark: Mark, *, closed: bool, scored: bool, checked: bool
) -> list[Finding]:
    state, reason = mark[0], mark[1].strip()
    if seat is None:
        return [Finding("", "not_in_session", "名单中有人已不在本场，请刷新页面后再登记。")]
    field, name = str(seat.pk), seat.person.name
    if state not in Attendance.State.values:
        return [Finding("", "unknown_state", f"{name}：请选择到考、缺考或其他。", field=field)]
    if scored:
        sentence = f"{name}：成绩已经公布，不能再改考勤。登记有误的，请办理成绩更正。"
        return [Finding("N2026-3", "published", sentence, field=field)]
    if checked:
        sentence = f"{name}：成绩单已经核对。请先退回录入，再改到考情况。"
        return [Finding("N2026-3", "sheet_checked", sentence, field=field)]
    if state == Attendance.State.ABSENT and clock.now() < session.starts_at:
        return [Finding("", "not_begun", f"{name}：考试还没有开始，不能登记缺考。", field=field)]
    if len(reason) > REASON_LENGTH:
        return [Finding("", "too_long", f"{name}：说明请不超过 {REASON_LENGTH} 个字。", field=field)]
    if not reason and state == Attendance.State.OTHER:
        return [Finding("", "no_reason", f"{name}：选择“其他”的，请写明情况。", field=field)]
    if not reason and closed:
        return [Finding("", "no_reason", f"{name}：本场已经结束登记，改动须写明理由。", field=field)]
    return []


def _write(actor: Account, seat: Seat, state: str, reason: str) -> Attendance:
    row = Attendance.objects.create(
        id=uuid4(),
        seat=seat,
        state=state,
        reason=reason.strip() or None,
        noted_by=actor,
        noted_at=clock.now(),
    )
    trail.record(
        "results.note_attendance",
        actor=actor,
        subject=row,
        person_id=seat.person_id,
        detail={"session": str(seat.session_id), "state": state},
        personal={"reason": row.reason} if row.reason else None,
    )
    return row

"""Sessions from draft to the day itself: drafted, published, moved, called off. Those affected, and only they, are told.

Tickets are not touched from here: they notice by themselves that what they say is no longer so.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from exams.arrangement.candidates import read_candidate
from exams.arrangement.models import Room, Seat, Session, Site
from exams.arrangement.notices import (
    ask_for_tickets,
    session_text,
    tell_called_off,
    tell_changed,
    tell_displaced,
)
from exams.arrangement.queries import live_seats
from exams.arrangement.seating import release_seats
from exams.catalogue.models import Offering, Subject
from exams.catalogue.queries import scheme_on
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused, refuse_if_any

CALLED_OFF = "场次取消"
MOVED = "场次变更后不再适合"
EXCUSED = "缺考事由成立"
"""Why a seat was given back whose person will be given another one."""


def draft_session(
    *,
    actor: Account,
    offering: Offering,
    subject: str,
    site: Site,
    rooms: Collection[Room],
    starts_at: datetime,
    ends_at: datetime,
    note: str = "",
) -> Session:
    """Plan a session; nobody is told until it is published."""
    refuse_if_any(_shape_findings(offering, subject, site, rooms, starts_at, ends_at))
    with transaction.atomic():
        _lock_rooms(rooms)
        refuse_if_any(_room_clashes(rooms, starts_at, ends_at))
        session = Session.objects.create(
            id=uuid4(),
            offering=offering,
            subject=subject,
            site=site,
            starts_at=starts_at,
            ends_at=ends_at,
            note=note.strip(),
        )
        session.rooms.set(rooms)
        trail.record("arrangement.session_drafted", actor=actor, subject=session, detail=_told(session))
    return session


def publish_session(*, actor: Account, session: Session) -> Session:
    """Announce a drafted session, so that the queue can be seated in it."""
    with transaction.atomic():
        session = _lock_session(session)
        if session.state != Session.State.DRAFT:
            raise Refused(
                Finding("", "not_a_draft", f"场次目前是“{session.get_state_display()}”，不能公布。")
            )
        if session.starts_at <= clock.now():
            raise Refused(Finding("N2026-2.3", "in_the_past", "场次的开始时间已过，不能公布。"))
        session.state, session.published_at = Session.State.PUBLISHED, clock.now()
        session.save(update_fields=["state", "published_at"])
        trail.record("arrangement.session_published", actor=actor, subject=session, detail=_told(session))
    return session


def discard_session(*, actor: Account, session: Session) -> None:
    """Throw a draft away; what was published can only be called off."""
    with transaction.atomic():
        session = _lock_session(session)
        if session.state != Session.State.DRAFT:
            raise Refused(Finding("", "not_a_draft", "已公布的场次不能删除，只能取消，以便通知考生。"))
        trail.record("arrangement.session_discarded", actor=actor, subject=session, detail=_told(session))
        session.delete()


def move_session(
    *,
    actor: Account,
    session: Session,
    site: Site,
    rooms: Collection[Room],
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> list[Seat]:
    """Give a session another time or place. Returns the seats that had to be given back.

    Who still fits stays in; a drawn seat stands while its room does, else seats are drawn anew. Who no longer fits
    (another exam at that time, beyond the last day) goes back to the queue at the original rank. A published
    session tells all of them; with another time or site each of them may leave with the whole fee
    (exams.arrangement.offers).
    """
    if not reason.strip():
        raise Refused(Finding("", "reason_missing", "请写明变更的理由。", field="reason"))
    refuse_if_any(_shape_findings(session.offering, session.subject, site, rooms, starts_at, ends_at))
    with transaction.atomic():
        _lock_rooms(rooms)
        session = _lock_session(session)
        if session.state == Session.State.CALLED_OFF or session.starts_at <= clock.now():
            raise Refused(Finding("", "too_late", "场次已取消或已开始，不能再变更。"))
        refuse_if_any(_room_clashes(rooms, starts_at, ends_at, apart_from=session))
        seats = list(
            live_seats()
            .select_for_update(of=("self",))
            .filter(session=session)
            .select_related("application__person__account")
            .order_by("pk")
        )
        if len(seats) > sum(room.seats for room in rooms):
            sentence = f"本场已安排 {len(seats)} 人，新的考场座位不够。"
            raise Refused(Finding("", "too_few_seats", sentence, field="rooms"))
        before = session_text(session)
        rescheduled = (session.starts_at, session.site_id) != (starts_at, site.pk)
        if session.state == Session.State.PUBLISHED and rescheduled:
            session.rescheduled_at = clock.now()
        session.site, session.starts_at, session.ends_at = site, starts_at, ends_at
        session.save(update_fields=["site", "starts_at", "ends_at", "rescheduled_at"])
        session.rooms.set(rooms)
        session.draws.filter(ended_at=None, drawn_at=None).update(ended_at=clock.now())
        leaving = _refit(session, seats, rooms)
        if session.state == Session.State.PUBLISHED:
            where = f"{before} 改为 {session_text(session)}，{site.name}（{site.address}）。原因：{reason.strip()}"
            key = f"{session.pk}:{int(clock.now().timestamp() * 1000)}"
            staying = [seat for seat in seats if seat not in leaving]
            tell_changed(staying, change=where, key=key, rescheduled=rescheduled)
            tell_displaced(leaving, change=where, key=key)
        release_seats(leaving, actor=actor, reason=MOVED)
        trail.record(
            "arrangement.session_moved",
            actor=actor,
            subject=session,
            detail={
                **_told(session),
                "reason": reason.strip(),
                "released": [str(seat.pk) for seat in leaving],
            },
        )
        ask_for_tickets()
    return leaving


def call_off_session(*, actor: Account, session: Session, reason: str) -> int:
    """Cancel a published session (typhoon): its people go back to the queue at their rank and are told.

    Returns how many. Their other subjects stay as they are; until they are seated anew they may leave with the whole
    fee (exams.arrangement.offers), which the message says.
    """
    if not reason.strip():
        raise Refused(Finding("", "reason_missing", "请写明取消的理由。", field="reason"))
    with transaction.atomic():
        session = _lock_session(session)
        if session.state != Session.State.PUBLISHED or session.ends_at <= clock.now():
            raise Refused(Finding("", "not_to_call_off", "只有已公布、尚未结束的场次可以取消。"))
        session.state = Session.State.CALLED_OFF
        session.note = reason.strip()[:200]
        session.save(update_fields=["state", "note"])
        session.draws.filter(ended_at=None, drawn_at=None).update(ended_at=clock.now())
        seats = list(
            live_seats()
            .select_for_update(of=("self",))
            .filter(session=session)
            .select_related("application__person__account")
            .order_by("pk")
        )
        tell_called_off(seats, session=session, reason=reason.strip())
        count = release_seats(seats, actor=actor, reason=CALLED_OFF)
        trail.record(
            "arrangement.session_called_off",
            actor=actor,
            subject=session,
            detail={"reason": reason.strip(), "people": count},
        )
        ask_for_tickets()
    return count


def resize_room(*, actor: Account, room: Room, seats: int) -> Room:
    """Change how many seats a room has; never below what a coming session has given out or fixed for its draw."""
    if seats < 1:
        raise Refused(Finding("", "no_seats", "座位数至少为 1。", field="seats"))
    with transaction.atomic():
        room = Room.objects.select_for_update().get(pk=room.pk)
        for session in room.sessions.filter(starts_at__gt=clock.now()).exclude(
            state=Session.State.CALLED_OFF
        ):
            session = _lock_session(session)
            taken = live_seats().filter(session=session)
            promised = [
                number
                for draw in session.draws.filter(ended_at=None, drawn_at=None)
                for name, number in draw.places
                if name == room.name
            ]
            given = [seat.number or 0 for seat in taken.filter(room=room)]
            highest = max([0, *given, *promised])
            others = sum(other.seats for other in session.rooms.all() if other.pk != room.pk)
            if seats < highest or taken.count() > others + seats:
                sentence = f"{session_text(session)}已按原座位数安排考生或固定抽签名单，不能减到 {seats} 个。"
                raise Refused(Finding("", "sold", sentence, field="seats"))
        before, room.seats = room.seats, seats
        room.save(update_fields=["seats"])
        trail.record(
            "arrangement.room_resized", actor=actor, subject=room, detail={"from": before, "to": seats}
        )
    return room


def _refit(session: Session, seats: list[Seat], rooms: Collection[Room]) -> list[Seat]:
    """Bring live seats to the session's new time and rooms; returns those who cannot stay."""
    kept_rooms = {room.pk for room in rooms}
    leaving = []
    for seat in seats:
        candidate = read_candidate(seat.application)
        # Their own seat here is not an overlap with itself.
        candidate.spans.remove((seat.starts_at, seat.ends_at))
        if candidate.findings(session) or (candidate.needs and seat.room_id not in kept_rooms):
            leaving.append(seat)
            continue
        seat.starts_at, seat.ends_at = session.starts_at, session.ends_at
        if seat.room_id not in kept_rooms:
            seat.room, seat.number = None, None
        seat.save(update_fields=["starts_at", "ends_at", "room", "number"])
    return leaving


def _shape_findings(
    offering: Offering,
    subject: str,
    site: Site,
    rooms: Collection[Room],
    starts_at: datetime,
    ends_at: datetime,
) -> list[Finding]:
    found = []
    scheme = scheme_on(offering, clock.local_day(starts_at))
    subjects = [row.subject for row in scheme.subjects.all()] if scheme else []
    if subject not in subjects:
        sentence = f"当日的考核方案没有“{Subject(subject).label}”这个科目。"
        found.append(Finding("N2026-2.4", "foreign_subject", sentence, field="subject"))
    if not rooms:
        found.append(Finding("", "no_room", "请至少选择一个考场。", field="rooms"))
    if any(room.site_id != site.pk for room in rooms):
        found.append(Finding("", "other_site", "所选考场不在这个考点。", field="rooms"))
    if ends_at <= starts_at:
        found.append(Finding("", "ends_first", "结束时间须晚于开始时间。", field="ends_at"))
    if clock.local_day(starts_at) != clock.local_day(ends_at):
        found.append(Finding("", "over_midnight", "开始与结束须在同一天。", field="ends_at"))
    if starts_at <= clock.now():
        found.append(Finding("", "in_the_past", "开始时间须在现在之后。", field="starts_at"))
    return found


def _room_clashes(
    rooms: Collection[Room], starts_at: datetime, ends_at: datetime, apart_from: Session | None = None
) -> list[Finding]:
    others = (
        Session.objects.exclude(state=Session.State.CALLED_OFF)
        .filter(rooms__in=rooms, starts_at__lt=ends_at, ends_at__gt=starts_at)
        .exclude(pk=apart_from.pk if apart_from else None)
        .distinct()
    )
    return [
        Finding("", "room_taken", f"所选考场在这段时间已用于另一场：{session_text(other)}。", field="rooms")
        for other in others
    ]


def _lock_rooms(rooms: Collection[Room]) -> None:
    keys = [room.pk for room in rooms]
    list(Room.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))


def _lock_session(session: Session) -> Session:
    return Session.objects.select_for_update().get(pk=session.pk)


def _told(session: Session) -> dict[str, str]:
    return {
        "offering": str(session.offering_id),
        "subject": session.subject,
        "site": str(session.site_id),
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
    }

"""Check-ins at the door: what a phone saw is kept, what it was worth is worked out here, and clashes stay to be seen.

A phone may have been without a network for hours. So every check-in has a key made on the phone (sent twice, it is
written once), the answer the phone gave by the list it had, and the server's verdict from the signed code, the ticket
as it stood at that moment and the session. Nothing is merged: two check-ins of one seat are two rows (docs/adr/0070).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max

from applicants.accounts.models import Account
from exams.arrangement.models import Seat, Session
from exams.arrangement.queries import live_seats
from exams.results.attendance import is_closed, lock_session, note_arrivals
from exams.results.models import CheckIn
from exams.tickets import payload
from exams.tickets.due import still_stands
from exams.tickets.models import Ticket
from portal import clock
from portal.audit import trail

Verdict = CheckIn.Verdict
_ENDED = {Ticket.State.SUPERSEDED: Verdict.SUPERSEDED, Ticket.State.VOID: Verdict.VOID}


@dataclass(frozen=True)
class Scan:
    """One check-in as a phone sends it: the signed `code`, or the ticket `number` where it was typed.

    `seen` is the `CheckIn.Verdict` the phone showed, `scanned_at` aware and by the phone's clock.
    """

    id: UUID
    code: str
    number: str
    seen: str
    device: str
    scanned_at: datetime


@dataclass(frozen=True)
class _Judged:
    verdict: str
    number: str = ""
    version: int | None = None
    seat: Seat | None = None


def record_check_ins(*, actor: Account, session: Session, rows: Sequence[Scan]) -> list[CheckIn]:
    """Keep what phones saw at this session's door; each row's check-in in the order given, the known ones as they are.

    Nothing is refused, whatever became of the session meanwhile: a check-in that happened is kept. A valid one
    notes its person present where nobody has noted anything.
    """
    # Judged before anything is held: a ticket found out of date is ended on the way, under locks of its own.
    judged = [(row, _judge(session, row)) for row in rows]
    with transaction.atomic():
        session = lock_session(session)
        known = CheckIn.objects.in_bulk([row.id for row in rows])
        found, arrived = [], {}
        for row, said in judged:
            check_in = known.get(row.id)
            if check_in is None:
                check_in = known[row.id] = _keep(actor, session, row, said)
                if said.verdict == Verdict.VALID and said.seat is not None:
                    arrived[said.seat.pk] = said.seat
            found.append(check_in)
        if session.state == Session.State.PUBLISHED and not is_closed(session) and _is_its_day(session):
            note_arrivals(actor=actor, seats=arrived.values())
    return found


def arrivals_of(session: Session) -> dict[UUID, list[datetime]]:
    """By seat, when its ticket was checked in and found valid, the earliest first."""
    valid = CheckIn.objects.filter(session=session, verdict=Verdict.VALID, seat__isnull=False)
    found: dict[UUID, list[datetime]] = {}
    for seat, at in valid.order_by("scanned_at").values_list("seat_id", "scanned_at"):
        found.setdefault(seat, []).append(at)
    return found


def phones_of(session: Session) -> list[dict[str, Any]]:
    """The phones that sent something of this session: `device`, how many `rows`, the `last` time; the latest first.

    What a phone still keeps nobody knows but the phone.
    """
    rows = CheckIn.objects.filter(session=session).values("device")
    return list(rows.annotate(rows=Count("pk"), last=Max("received_at")).order_by("-last", "device"))


def _is_its_day(session: Session) -> bool:
    return clock.today() >= clock.local_day(session.starts_at)


def _judge(session: Session, row: Scan) -> _Judged:
    if row.code:
        try:
            scanned = payload.verify(row.code, payload.public_keys())
        except payload.NotATicket:
            return _Judged(Verdict.NOT_GENUINE)
        number, version = scanned.number, scanned.version
    else:
        newest = Ticket.objects.filter(number=row.number).aggregate(newest=Max("version"))["newest"]
        number, version = row.number, newest
    ticket = Ticket.objects.filter(number=number, version=version).first()
    if ticket is None:
        return _Judged(Verdict.UNKNOWN, number[:20], version)
    verdict = _as_it_stood(ticket, _believed(session, row.scanned_at))
    seat = (
        live_seats()
        .filter(session=session, application=ticket.application_id)
        .select_related("person", "room")
        .first()
    )
    if verdict == Verdict.VALID and seat is None:
        verdict = Verdict.OTHER_SESSION
    return _Judged(verdict, number, version, seat)


def _believed(session: Session, scanned_at: datetime) -> datetime:
    """When it was, as far as a phone's clock can be right: on the session's day or later, and not after this moment."""
    now = clock.now()
    return scanned_at if clock.start_of(clock.local_day(session.starts_at)) <= scanned_at < now else now


def _as_it_stood(ticket: Ticket, at: datetime) -> str:
    """What the ticket was worth then: one ended only afterwards was still good."""
    if ticket.ended_at is None:
        if still_stands(ticket, clock.now()):
            return Verdict.VALID
        ticket.refresh_from_db()  # just found out of date: since when, nobody can tell
        return _ENDED[Ticket.State(ticket.state)]
    return Verdict.VALID if at < ticket.ended_at else _ENDED[Ticket.State(ticket.state)]


def _keep(actor: Account, session: Session, row: Scan, said: _Judged) -> CheckIn:
    check_in, fresh = CheckIn.objects.get_or_create(
        id=row.id,
        defaults={
            "session": session,
            "seat": said.seat,
            "ticket_number": said.number,
            "ticket_version": said.version,
            "verdict": said.verdict,
            "seen": row.seen,
            "typed": not row.code,
            "device": row.device,
            "scanned_at": row.scanned_at,
            "received_at": clock.now(),
            "by": actor,
        },
    )
    if fresh:
        trail.record(
            "results.check_in",
            actor=actor,
            subject=check_in,
            person_id=said.seat.person_id if said.seat else None,
            detail={"session": str(session.pk), "verdict": said.verdict, "seen": row.seen},
        )
    return check_in

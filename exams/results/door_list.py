"""The door list of a session: who sits where, by which ticket, whether they came. Papers, pages and phones read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from applicants.accounts.models import Account
from applicants.records.models import DocumentClaim
from exams.arrangement.models import Room, Seat, Session
from exams.results.models import Attendance
from exams.results.queries import attendance_by_seat, seats_of_session
from exams.tickets.ending import LIVE
from exams.tickets.groups import seat_order
from exams.tickets.models import Ticket
from portal.audit import trail
from portal.crypto import Unreadable


@dataclass(frozen=True)
class DoorRow:
    """One seat. `document` is the whole number, empty where none was verified or it cannot be read."""

    seat: Seat
    ticket: Ticket | None
    document: str
    attendance: Attendance | None

    @property
    def name(self) -> str:
        return self.seat.person.name

    @property
    def ticket_number(self) -> str:
        return self.ticket.number if self.ticket else ""


def read_door_list(session: Session) -> list[DoorRow]:
    """The session's live seats by room and number, those not drawn yet last, in a fixed number of queries."""
    seats = seats_of_session(session)
    known = attendance_by_seat(seats)
    tickets = live_tickets(seat.application_id for seat in seats)
    documents = _documents([seat.person_id for seat in seats])
    rows = [
        DoorRow(seat, tickets.get(seat.application_id), documents.get(seat.person_id, ""), known.get(seat.pk))
        for seat in seats
    ]
    return sorted(rows, key=_order)


def by_room(rows: Iterable[DoorRow]) -> list[tuple[Room | None, list[DoorRow]]]:
    """The rows of `read_door_list` room by room; None holds who has no number yet."""
    return [(room, list(held)) for room, held in groupby(rows, key=lambda row: row.seat.room)]


def live_tickets(applications: Iterable[UUID]) -> dict[UUID, Ticket]:
    """The ticket that stands, by application; without its face."""
    found = Ticket.objects.filter(application__in=list(applications), state__in=LIVE)
    return {ticket.application_id: ticket for ticket in found.defer("face")}


def log_looks(kind: str, *, actor: Account, rows: Iterable[DoorRow]) -> None:
    """Everybody on the list was looked at."""
    people = [(row.seat, row.seat.person_id, row.seat.person.birth_date) for row in rows]
    trail.record_accesses(kind, actor=actor, looked_at=people)


def _documents(people: list[UUID]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for claim in DocumentClaim.objects.filter(person__in=people, state=DocumentClaim.State.VERIFIED):
        try:
            found[claim.person_id] = str(claim.number)
        except Unreadable:  # one damaged row must not keep a room waiting
            continue
    return found


def _order(row: DoorRow) -> tuple[Any, ...]:
    seat, room = row.seat, row.seat.room
    place = seat_order(seat.starts_at, "", seat.subject, room.name if room else "", seat.number or 0)
    return (room is None, *place, seat.application.number)

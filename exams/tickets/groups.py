"""An institution's tickets: where each person of a filing stands, what may be taken, and what changed since it was."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from exams.arrangement.models import Seat
from exams.arrangement.queries import live_seats
from exams.catalogue.models import Subject
from exams.filing.groups.models import GroupFiling
from exams.filing.models import Application, Status
from exams.tickets.due import standing
from exams.tickets.models import Ticket
from exams.tickets.queries import Standing, is_open, standings
from exams.tickets.sources import with_sources
from portal import clock
from portal.rules.findings import Finding
from portal.rules.workdays import Counted

PLACES = {
    "open": "已可下载",
    "making": "正在制作",
    "dated": "尚未开放",
    "gated": "条件未满足",
    "over": "考试已结束",
}
"""Where somebody's ticket can be, with its word on the screen."""

Version = tuple[str, int]
"""A ticket's number and version: what a sheet of paper says of itself."""


@dataclass(frozen=True)
class Line:
    """One person of a filing and the way to their ticket, as they see it themselves; `place` is a code of PLACES."""

    standing: Standing
    place: str


@dataclass(frozen=True)
class Recall:
    """A ticket the institution took home that is no longer valid; `place` is where the person stands now, "" if out."""

    ticket: Ticket
    place: str


def applications_of(filing: GroupFiling) -> QuerySet[Application]:
    """What came with the filing and is approved. What its people filed for themselves is never among it."""
    return Application.objects.filter(roster_entry__filing=filing, status=Status.APPROVED)


def lines_of(filing: GroupFiling) -> list[Line]:
    """Everybody of the filing who is approved, by first session, room and seat; who has no seat yet, at the end."""
    now = clock.now()
    rows = standings(with_sources(applications_of(filing)).order_by("number"))
    return sorted((Line(row, _place(row, now)) for row in rows), key=_line_order)


def counts_of(lines: Iterable[Line]) -> dict[str, int]:
    """{place: people}, in the order of PLACES, without empty ones."""
    counted = Counter(line.place for line in lines)
    return {place: counted[place] for place in PLACES if place in counted}


def openings_of(lines: Iterable[Line]) -> list[tuple[Counted, int]]:
    """From which day on, how many tickets more, the earliest day first."""
    days = [line.standing.opening for line in lines if line.place == "dated"]
    counted = Counter(day for day in days if day is not None)
    return sorted(counted.items(), key=lambda row: (row[0].day, row[0].provisional))


def gates_of(lines: Iterable[Line]) -> list[tuple[Finding, int]]:
    """Each condition somebody has not met yet, with how many; the most frequent first."""
    found = [gate for line in lines if line.place == "gated" for gate in line.standing.gates]
    by_sentence = {gate.sentence: gate for gate in found}
    counted = Counter(gate.sentence for gate in found)
    return [(by_sentence[sentence], people) for sentence, people in counted.most_common()]


def tickets_in(lines: Iterable[Line]) -> list[Ticket]:
    """The tickets that may be had, for counting them: whether each still stands is asked when it is taken."""
    return [
        line.standing.ticket for line in lines if line.place == "open" and line.standing.ticket is not None
    ]


def open_tickets(now: datetime) -> QuerySet[Ticket]:
    """Tickets that may be had, to sessions not yet over: for these alone somebody still needs the paper."""
    coming = live_seats().filter(application=OuterRef("application"), ends_at__gt=now)
    reached = ~Q(opened_at=None) | Q(opens_on__lte=clock.local_day(now))
    return Ticket.objects.filter(reached, Exists(coming), state=Ticket.State.READY)


def takeable(filing: GroupFiling) -> list[Ticket]:
    """The filing's tickets that may be had and say what is so, by first session, room and seat.

    A person has one ticket for all subjects; it lies where they sit first.
    """
    now = clock.now()
    found = open_tickets(now).filter(application__roster_entry__filing=filing)
    tickets = standing(list(found.select_related("file", "photo", "application__person")), now)
    return sorted(tickets, key=_ticket_order)


def taken_versions(filing: GroupFiling) -> set[Version]:
    """What the institution took home of this filing, in any form."""
    packs = filing.ticket_packs.values_list("tickets", flat=True)
    return {(number, version) for tickets in packs for number, version in tickets}


def changed(tickets: Sequence[Ticket], taken: set[Version]) -> list[Ticket]:
    """Those of the tickets that were not taken home in their present version."""
    return [ticket for ticket in tickets if (ticket.number, ticket.version) not in taken]


def recalls_of(filing: GroupFiling, taken: set[Version], lines: Iterable[Line]) -> list[Recall]:
    """Tickets taken home of which there is no valid one in the institution's hands: the paper has to come back.

    A number leaves the list once its new version was taken, or its sessions are over.
    """
    latest: dict[str, int] = {}
    for number, version in taken:
        latest[number] = max(version, latest.get(number, 0))
    now = clock.now()
    ended = Ticket.objects.filter(
        application__roster_entry__filing=filing, state__in=[Ticket.State.SUPERSEDED, Ticket.State.VOID]
    ).order_by("ended_at")
    places = {line.standing.application.pk: line.place for line in lines}
    return [
        Recall(ticket, places.get(ticket.application_id, ""))
        for ticket in ended
        if latest.get(ticket.number) == ticket.version and _ends(ticket) > now
    ]


def seat_order(starts_at: datetime, site: str, subject: str, room: str, seat: int) -> tuple[Any, ...]:
    """By session, room and seat; the tenth room comes after the second."""
    subjects = list(Subject.values)
    return starts_at, site, subjects.index(subject), _naturally(room), seat


def first_sitting(ticket: Ticket) -> dict[str, Any]:
    """The sitting with which the ticket's person begins, as on its face."""
    return min(ticket.face["sittings"], key=lambda sitting: sitting["starts_at"])


def _ends(ticket: Ticket) -> datetime:
    return max(datetime.fromisoformat(sitting["ends_at"]) for sitting in ticket.face["sittings"])


def _place(row: Standing, now: datetime) -> str:
    if row.seats and all(seat.ends_at <= now for seat in row.seats):
        return "over"
    if row.ticket is not None and is_open(row.ticket, now):
        return "open"
    if row.gates or row.opening is None:
        return "gated"
    return "dated" if row.opening.day > clock.local_day(now) else "making"


def _line_order(line: Line) -> tuple[Any, ...]:
    seats: list[Seat] = line.standing.seats
    if not seats:
        return (1,)
    first = seats[0]
    room = first.room.name if first.room else ""
    number = first.number or 0
    return (0, *seat_order(first.starts_at, first.session.site.name, first.subject, room, number))


def _ticket_order(ticket: Ticket) -> tuple[Any, ...]:
    first = first_sitting(ticket)
    starts_at = datetime.fromisoformat(first["starts_at"])
    return seat_order(starts_at, first["site"], first["subject"], first["room"], first["seat"])


def _naturally(text: str) -> list[Any]:
    """Text and numbers in turns, so that equal places of two lists compare."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", text)]

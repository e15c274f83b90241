"""Where every ticket stands: for its owner, for the door, and for staff who must know that none is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from applicants.accounts.models import Account
from exams.arrangement.models import Seat
from exams.arrangement.queries import live_seats
from exams.catalogue.models import Subject
from exams.filing.access import own_applications
from exams.filing.models import Application, Status
from exams.tickets.due import still_stands
from exams.tickets.ending import LIVE
from exams.tickets.models import Ticket
from exams.tickets.sources import Source, read_sources, with_sources
from portal import clock, workdays
from portal.rules.findings import Finding
from portal.rules.workdays import Counted


@dataclass(frozen=True)
class Standing:
    """One application's way to its ticket: `gates` not met, or from when it opens, or the ticket to download."""

    application: Application
    seats: list[Seat]
    ended: frozenset[str]
    gates: list[Finding]
    opening: Counted | None
    ticket: Ticket | None
    open_now: bool

    @property
    def awaiting(self) -> list[str]:
        """Names of the subjects that lost their seat (called off, or moved out of reach) while others have theirs.

        One that a decision cancelled, or that was given up, gets no other seat: nobody waits for it.
        """
        seated = {seat.subject for seat in self.seats}
        left = [code for code in self.application.subjects if code not in seated | self.ended]
        return [Subject(code).label for code in left if seated]

    @property
    def over(self) -> bool:
        """Every subject was sat, or could have been: nothing is left to bring the ticket to."""
        ended = bool(self.seats) and all(seat.ends_at <= clock.now() for seat in self.seats)
        return ended and not self.awaiting

    @property
    def making(self) -> bool:
        """The day has come but the file is not there yet: seconds, unless it is held."""
        return self.ticket is None or self.ticket.state != Ticket.State.READY


def is_open(ticket: Ticket, now: datetime) -> bool:
    """Whether the ticket may be downloaded: ready, and its day has come (an opened one stays open)."""
    reached = ticket.opened_at is not None or now >= clock.start_of(ticket.opens_on)
    return ticket.state == Ticket.State.READY and reached


def my_standings(account: Account) -> list[Standing]:
    """The account's own approved applications, the newest first."""
    own = with_sources(own_applications(account)).filter(status=Status.APPROVED)
    return standings(own.order_by("-created_at"))


def standings(applications: Iterable[Application]) -> list[Standing]:
    """Where each application stands, in the order given, in a fixed number of queries."""
    sources = read_sources(list(applications))
    tickets = {
        ticket.application_id: ticket
        for ticket in Ticket.objects.filter(
            application__in=[source.application.pk for source in sources], state__in=LIVE
        ).select_related("file")
    }
    is_working_day, now = workdays.current(), clock.now()
    return [_standing(source, tickets.get(source.application.pk), is_working_day, now) for source in sources]


def _standing(source: Source, ticket: Ticket | None, is_working_day, now: datetime) -> Standing:
    opening = source.opening(is_working_day) if source.seats else None
    if ticket is not None and ticket.opened_at is not None:
        opening = Counted(ticket.opens_on, False)
    return Standing(
        application=source.application,
        seats=source.seats,
        ended=source.ended,
        gates=source.gates,
        opening=opening,
        ticket=ticket,
        open_now=ticket is not None and is_open(ticket, now),
    )


@dataclass(frozen=True)
class Completeness:
    """Of those seated in sessions to come: how many tickets are ready, and why each other one is not."""

    seated: int
    ready: int
    explained: list[tuple[Application, str]]
    unexplained: list[Application]

    @property
    def holds(self) -> bool:
        """seated = ready + explained"""
        return not self.unexplained


def completeness(on: date) -> Completeness:
    """The report for tickets that should be had on the day (R4).

    As for the sweep, nobody is due a ticket to what is over, were it only an hour ago, nor to what is concluded.
    """
    start = max(clock.start_of(on), clock.now())
    keys = live_seats().filter(ends_at__gt=start).values_list("application_id", flat=True).distinct()
    waiting = Application.objects.filter(pk__in=keys, concluded_at=None)
    rows = standings(with_sources(waiting).order_by("number"))
    ready, explained, unexplained = 0, [], []
    for row in rows:
        if row.ticket is not None and row.ticket.state == Ticket.State.READY:
            ready += 1
        elif row.gates:
            explained.append((row.application, row.gates[0].sentence))
        elif row.ticket is not None and row.ticket.state == Ticket.State.HELD:
            explained.append((row.application, row.ticket.hold_reason))
        elif row.opening is not None and row.opening.day > on:
            explained.append((row.application, f"{row.opening.day:%Y-%m-%d} 起开放，尚未到期"))
        else:
            unexplained.append(row.application)
    return Completeness(len(rows), ready, explained, unexplained)


def door_state(number: str, version: int) -> str:
    """What the door must know of a genuine code: valid, superseded, void or unknown."""
    ticket = Ticket.objects.filter(number=number, version=version).first()
    if ticket is None:
        return "unknown"
    if ticket.state in LIVE and not still_stands(ticket, clock.now()):
        ticket.refresh_from_db()
    newer = (
        Ticket.objects.filter(Q(number=number), version__gt=version).exclude(state=Ticket.State.VOID).exists()
    )
    if ticket.state == Ticket.State.SUPERSEDED or newer:
        return "superseded"
    return "void" if ticket.state == Ticket.State.VOID else "valid"

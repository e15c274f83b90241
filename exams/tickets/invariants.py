"""What must always hold of tickets; each check yields the keys of the records that break it."""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from django.db.models import Count, Q

from exams.filing.models import Application
from exams.tickets.ending import LIVE
from exams.tickets.models import Ticket
from exams.tickets.queries import completeness
from exams.tickets.sources import Source, face_of, facts_digest, read_sources, with_sources
from portal import clock, workdays
from portal.crypto import Unreadable
from portal.files import store
from portal.registry import Invariant


def doubled_tickets() -> Iterator[UUID]:
    """Live tickets of an application that has more than one."""
    live = Ticket.objects.filter(state__in=LIVE)
    for row in live.values("application").annotate(count=Count("pk")).filter(count__gt=1):
        yield from live.filter(application=row["application"]).values_list("pk", flat=True)


def reused_numbers() -> Iterator[UUID]:
    """Tickets whose number another application's ticket bears too."""
    for row in Ticket.objects.values("number").annotate(owners=Count("application", distinct=True)):
        if row["owners"] > 1:
            yield from Ticket.objects.filter(number=row["number"]).values_list("pk", flat=True)


def tickets_without_right() -> Iterator[UUID]:
    """Live tickets to sessions to come without approval, full payment, seats, or in a barred time."""
    yield from (ticket.pk for ticket, source in _coming() if source.gates)


def stale_tickets() -> Iterator[UUID]:
    """Live tickets that say what is no longer so, or were opened on another day than the rules give."""
    is_working_day = workdays.current()
    for ticket, source in _coming():
        if source.gates or source.photo is None:
            continue
        face = face_of(
            source,
            number=ticket.number,
            version=ticket.version,
            opens_on=ticket.opens_on,
            issued_at=ticket.due_at,
        )
        moved = ticket.opened_at is None and source.opening(is_working_day).day != ticket.opens_on
        if moved or facts_digest(face, source.photo) != ticket.face_digest:
            yield ticket.pk


def broken_files() -> Iterator[UUID]:
    """Ready tickets whose file is missing, does not open, or is not the one that was stored."""
    for ticket in Ticket.objects.filter(state=Ticket.State.READY).select_related("file").iterator():
        try:
            stored = store.read(ticket.file) if ticket.file else b""
        except (OSError, Unreadable):
            stored = b""
        if ticket.file is None or hashlib.sha256(stored).hexdigest() != ticket.file.sha256:
            yield ticket.pk


def unfinished_rows() -> Iterator[UUID]:
    """Tickets that ended without saying when and why, or are held without a reason."""
    ended = Q(state__in=[Ticket.State.SUPERSEDED, Ticket.State.VOID]) & (Q(ended_at=None) | Q(end_reason=""))
    held = Q(state=Ticket.State.HELD, hold_reason="")
    yield from Ticket.objects.filter(ended | held).values_list("pk", flat=True)


def missing_tickets() -> Iterator[UUID]:
    """Applications past their opening day with neither a ready ticket nor a reason (R4)."""
    yield from (application.pk for application in completeness(clock.today()).unexplained)


def _coming() -> Iterator[tuple[Ticket, Source]]:
    tickets = {ticket.application_id: ticket for ticket in Ticket.objects.filter(state__in=LIVE)}
    applications = with_sources(Application.objects.filter(pk__in=tickets))
    for source in read_sources(list(applications)):
        if not source.seats or not source.is_over(clock.now()):
            yield tickets[source.application.pk], source


INVARIANTS = (
    Invariant("doubled_ticket", "一份申报有两张有效准考证", doubled_tickets),
    Invariant("reused_ticket_number", "准考证号重复使用", reused_numbers),
    Invariant("ticket_without_right", "准考证没有审核、缴费、座位，或在禁考期内", tickets_without_right),
    Invariant("stale_ticket", "准考证与现状不符，或开放日不对", stale_tickets),
    Invariant("broken_ticket_file", "准考证文件缺失或被改动", broken_files),
    Invariant("unfinished_ticket", "准考证的结束或受阻没有记录原因", unfinished_rows),
    Invariant("missing_ticket", "到期而没有准考证，也没有原因", missing_tickets),
)

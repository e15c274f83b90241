"""The end of a ticket: superseded by a newer one, or void. The row and its file stay as history."""

from django.db import transaction

from applicants.accounts.models import Account
from exams.filing.models import Application
from exams.tickets.models import Ticket
from portal import clock
from portal.audit import trail

LIVE = (Ticket.State.MAKING, Ticket.State.READY, Ticket.State.HELD)


def end_if_live(ticket: Ticket, state: str, reason: str) -> int:
    """End the ticket unless somebody else did; 1 where it was us."""
    with transaction.atomic():
        fresh = Ticket.objects.select_for_update().get(pk=ticket.pk)
        if fresh.state not in LIVE:
            return 0
        _end(fresh, state, reason)
    return 1


def void_tickets(application: Application, *, reason: str) -> int:
    """End the application's live ticket because it lost its admission. Call it inside a transaction."""
    live = list(Ticket.objects.select_for_update().filter(application=application, state__in=LIVE))
    for ticket in live:
        _end(ticket, Ticket.State.VOID, reason)
    return len(live)


def retry_held(*, actor: Account, ticket: Ticket) -> Ticket:
    """Put a held ticket back in line, after staff mended what held it."""
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
        if ticket.state == Ticket.State.HELD:
            _end(ticket, Ticket.State.SUPERSEDED, "受阻后重新制作")
            trail.record("tickets.retried", actor=actor, subject=ticket)
    return ticket


def _end(ticket: Ticket, state: str, reason: str) -> None:
    ticket.state, ticket.ended_at, ticket.end_reason = state, clock.now(), reason[:100]
    ticket.leased_until = None
    ticket.save(update_fields=["state", "ended_at", "end_reason", "leased_until"])
    trail.record(
        "tickets.ticket_ended",
        actor=None,
        subject=ticket,
        detail={"number": ticket.number, "version": ticket.version, "state": state},
    )

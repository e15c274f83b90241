"""Making tickets: rows are claimed with a lease, printed, stored and marked, one by one.

This may run late, twice, side by side or be killed anywhere. The face is frozen when the row is made, so that
printing is a pure function of the row; a mark only counts while the lease that was claimed still stands. A row that
keeps killing its worker, or cannot be printed, is set aside with its reason and never blocks the others.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from exams.tickets.documents import render_ticket
from exams.tickets.face import TicketFace
from exams.tickets.models import Ticket
from portal import clock, leases
from portal.audit import trail
from portal.files import store
from portal.pdf.trying import print_or_say_why

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
CHUNK = 20


def make_chunk(now: datetime) -> tuple[int, int, bool] | None:
    """Claim up to CHUNK tickets, print and store them; None when nothing waits.

    Returns how many were made, how many held, and whether the disk takes more: where it does not, that is no
    ticket's fault, and those not stored go back in line as if never tried.
    """
    claimed = _claim(now)
    if not claimed:
        return None
    made = held = 0
    for place, ticket in enumerate(claimed):
        outcome = _print(ticket)
        try:
            if isinstance(outcome, str):
                _hold(ticket, outcome)
                held += 1
            else:
                _finish(ticket, outcome)
                made += 1
        except leases.LeaseLost:
            logger.info("ticket %s is no longer ours", ticket.pk)
        except OSError:
            logger.exception("tickets cannot be stored")
            for left in claimed[place:]:
                leases.give_back(left, attempts=left.attempts - 1)
            return made, held, False
    return made, held, True


def _claim(now: datetime) -> list[Ticket]:
    """Who was claimed before and not finished may be what killed the worker: it goes alone, and last."""
    waiting = _in_making().select_related("photo").order_by("attempts", "due_at", "pk")
    untried = waiting.filter(attempts=0)
    return leases.claim_many(untried, LEASE, most=CHUNK, now=now) or leases.claim_many(
        waiting, LEASE, most=1, now=now
    )


def _print(ticket: Ticket) -> bytes | str:
    def render() -> bytes:
        assert ticket.photo is not None
        return render_ticket(TicketFace.from_record(ticket.face, photo=store.read(ticket.photo)))

    return print_or_say_why(render, attempts=ticket.attempts, what=f"ticket {ticket.pk}")


def _finish(ticket: Ticket, document: bytes) -> None:
    """Store the file and mark the ticket ready. Raises LeaseLost, OSError."""
    file = store.write(
        document,
        kind="ticket",
        media_type="application/pdf",
        display_name=f"准考证 {ticket.number}.pdf",
    )
    try:
        with transaction.atomic():
            ours = leases.still_ours(_in_making().select_related("application"), ticket)
            # The file's row comes with the mark: killed in between, neither is there.
            file.save(force_insert=True)
            ours.file, ours.state, ours.made_at = file, Ticket.State.READY, clock.now()
            ours.leased_until = None
            ours.save(update_fields=["file", "state", "made_at", "leased_until"])
            trail.record(
                "tickets.ticket_made",
                actor=None,
                subject=ours,
                person_id=ours.application.person_id,
                detail={"number": ours.number, "version": ours.version, "sha256": file.sha256},
            )
    except leases.LeaseLost:
        store.remove_bytes(file)
        raise


@transaction.atomic
def _hold(ticket: Ticket, reason: str) -> None:
    """Set the ticket aside with its reason, for staff to see. Raises LeaseLost."""
    ours = leases.still_ours(_in_making(), ticket)
    ours.state, ours.hold_reason, ours.leased_until = Ticket.State.HELD, reason[:200], None
    ours.save(update_fields=["state", "hold_reason", "leased_until"])
    trail.record("tickets.ticket_held", actor=None, subject=ours, detail={"attempts": ours.attempts})


def _in_making() -> QuerySet[Ticket]:
    return Ticket.objects.filter(state=Ticket.State.MAKING)

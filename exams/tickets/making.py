"""Making tickets: rows are claimed with a lease, printed, stored and marked, one by one.

This may run late, twice, side by side or be killed anywhere. The face is frozen when the row is made, so that
printing is a pure function of the row; a mark only counts while the lease that was claimed still stands. A row that
keeps killing its worker, or cannot be printed, is set aside with its reason and never blocks the others.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from exams.tickets.documents import render_ticket
from exams.tickets.face import TicketFace
from exams.tickets.models import Ticket
from portal import clock, pdf
from portal.audit import trail
from portal.files import store

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
CHUNK = 20
ATTEMPTS = 3


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
        if isinstance(outcome, str):
            held += _hold(ticket, outcome)
            continue
        try:
            made += _finish(ticket, outcome)
        except OSError:
            logger.exception("tickets cannot be stored")
            _give_back(claimed[place:])
            return made, held, False
    return made, held, True


def _claim(now: datetime) -> list[Ticket]:
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    with transaction.atomic():
        waiting = Ticket.objects.filter(free, state=Ticket.State.MAKING)
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, of=("self",))
        tickets = list(waiting.select_related("photo").order_by("attempts", "due_at", "pk")[:CHUNK])
        # Who was claimed before and not finished may be what killed the worker: it goes alone.
        tickets = [ticket for ticket in tickets if ticket.attempts == 0] or tickets[:1]
        for ticket in tickets:
            ticket.leased_until = now + LEASE
            ticket.attempts += 1
            ticket.save(update_fields=["leased_until", "attempts"])
    return tickets


def _print(ticket: Ticket) -> bytes | str:
    """The ticket's PDF, or the reason why there is none: one bad row must neither stop nor delay the others."""
    if ticket.attempts > ATTEMPTS:
        return "制作多次中断，已停止重试"
    try:
        assert ticket.photo is not None
        return render_ticket(TicketFace.from_record(ticket.face, photo=store.read(ticket.photo)))
    except pdf.MissingGlyph as fault:
        return f"{fault}。请核对姓名用字，或联系管理员补充字体。"
    except Exception as error:
        logger.exception("ticket %s cannot be printed", ticket.pk)
        return f"制作失败：{type(error).__name__}"


def _finish(ticket: Ticket, document: bytes) -> int:
    """Store the file and mark the ticket ready, if our lease still stands; 1 where it does."""
    file = store.write(
        document,
        kind="ticket",
        media_type="application/pdf",
        display_name=f"准考证 {ticket.number}.pdf",
    )
    with transaction.atomic():
        ours = _still_ours(ticket)
        if ours:
            # The file's row comes with the mark: killed in between, neither is there.
            file.save(force_insert=True)
            ours.file, ours.state, ours.made_at, ours.leased_until = (
                file,
                Ticket.State.READY,
                clock.now(),
                None,
            )
            ours.save(update_fields=["file", "state", "made_at", "leased_until"])
            trail.record(
                "tickets.ticket_made",
                actor=None,
                subject=ours,
                person_id=ours.application.person_id,
                detail={"number": ours.number, "version": ours.version, "sha256": file.sha256},
            )
            return 1
    store.remove_bytes(file)
    return 0


def _give_back(tickets: Sequence[Ticket]) -> None:
    """Undo the claim, as if these had never been tried."""
    for ticket in tickets:
        Ticket.objects.filter(
            pk=ticket.pk, state=Ticket.State.MAKING, leased_until=ticket.leased_until
        ).update(leased_until=None, attempts=ticket.attempts - 1)


def _hold(ticket: Ticket, reason: str) -> int:
    """Set the ticket aside with its reason, for staff to see; 1 where our lease still stands."""
    with transaction.atomic():
        ours = _still_ours(ticket)
        if ours is None:
            return 0
        ours.state, ours.hold_reason, ours.leased_until = Ticket.State.HELD, reason[:200], None
        ours.save(update_fields=["state", "hold_reason", "leased_until"])
        trail.record("tickets.ticket_held", actor=None, subject=ours, detail={"attempts": ours.attempts})
    return 1


def _still_ours(ticket: Ticket) -> Ticket | None:
    return (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("application")
        .filter(pk=ticket.pk, state=Ticket.State.MAKING, leased_until=ticket.leased_until)
        .first()
    )

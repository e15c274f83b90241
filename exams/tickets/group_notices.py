"""What an institution is told of its people's tickets: a filing and a day at a time, never person by person."""

from datetime import datetime

from django.db import IntegrityError, transaction

from exams.filing.groups.models import GroupFiling
from exams.filing.groups.queries import filing_of
from exams.filing.telling import tell_institution
from exams.tickets.models import Ticket
from portal import clock

OPEN, CHANGED = "filing_tickets_open", "filing_tickets_changed"


def tell_of_opening(ticket: Ticket, told: set[tuple[str, str]]) -> None:
    """Say that a filing's tickets may be had; of one that replaces an opened one, that there are changes.

    `told` keeps what was said while many are opened, so that it is not asked of the outbox for each. Call it in the
    transaction that opens the ticket.
    """
    filing = filing_of(ticket.application)
    if filing is None:
        return
    assert ticket.opened_at is not None, "told when it opens"
    event = CHANGED if _replaces_an_opened_one(ticket) else OPEN
    if (event, filing.number) not in told:
        _tell(filing, event, ticket.opened_at)
        told.add((event, filing.number))


def tell_of_ending(ticket: Ticket) -> None:
    """Say that a ticket which could be printed is no longer valid. Call it in the transaction that ends it."""
    filing = filing_of(ticket.application)
    if filing is not None:
        assert ticket.ended_at is not None, "told when it ended"
        _tell(filing, CHANGED, ticket.ended_at)


def _replaces_an_opened_one(ticket: Ticket) -> bool:
    earlier = Ticket.objects.filter(application=ticket.application_id, version__lt=ticket.version)
    return ticket.version > 1 and earlier.exclude(opened_at=None).exists()


def _tell(filing: GroupFiling, event: str, at: datetime) -> None:
    """Once a filing and day. Where another process says the same at this moment, that is enough."""
    try:
        with transaction.atomic():
            key = f"{filing.number}:{clock.local_day(at)}"
            tell_institution(filing.institution, event, key=key, number=filing.number)
    except IntegrityError:
        return

"""Which ticket an account may have: its own, or 404 as if there were none."""

from uuid import UUID

from django.http import Http404

from applicants.accounts.models import Account
from exams.tickets.models import Ticket


def own_ticket(account: Account, key: UUID) -> Ticket:
    """One of the account's own tickets, whatever its state, or Http404."""
    ticket = (
        Ticket.objects.filter(pk=key, application__person__account=account)
        .select_related("file", "photo", "application__person")
        .first()
    )
    if ticket is None:
        raise Http404
    return ticket

"""Which ticket an account may have, and which pack a member: their own, or 404 as if there were none."""

from uuid import UUID

from django.http import Http404

from applicants.accounts.models import Account
from applicants.institutions.models import Institution
from exams.tickets.models import Ticket, TicketPack


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


def own_pack(institution: Institution, key: UUID) -> TicketPack:
    """What the institution once took home, or Http404."""
    packs = TicketPack.objects.filter(pk=key, filing__institution=institution)
    pack = packs.select_related("filing__institution").first()
    if pack is None:
        raise Http404
    return pack

"""What seats and tickets keep on a person: for their own export. They stay with the application they belong to."""

from collections.abc import Iterable
from typing import Any

from applicants.accounts.export import plain, rows_values
from applicants.records.models import Person
from exams.arrangement.models import Seat, SubjectGivenUp
from exams.tickets.models import Ticket, TicketPack
from portal.registry import Holding


def _export(person: Person) -> Iterable[tuple[str, Any]]:
    yield "座位", rows_values(Seat.objects.filter(person=person).order_by("placed_at"))
    yield "放弃的科目", rows_values(SubjectGivenUp.objects.filter(application__person=person))
    tickets = Ticket.objects.filter(application__person=person).order_by("due_at")
    yield "准考证", rows_values(tickets)
    yield "机构下载准考证", _taken(person, {(ticket.number, ticket.version) for ticket in tickets})


def _taken(person: Person, versions: set[tuple[str, int]]) -> list[dict[str, Any]]:
    """When which institution took a ticket of this person home among others."""
    packs = TicketPack.objects.filter(filing__entries__person=person).select_related("institution").distinct()
    return [
        {"机构": pack.institution.name, "下载时间": plain(pack.taken_at), "形式": pack.get_form_display()}
        for pack in packs.order_by("taken_at")
        if any((number, version) in versions for number, version in pack.tickets)
    ]


HOLDING = Holding("tickets", _export, lambda person: [], lambda person: [], lambda person: None)

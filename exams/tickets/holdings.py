"""What seats and tickets keep on a person: for their own export. They stay with the application they belong to."""

from collections.abc import Iterable
from typing import Any

from applicants.accounts.export import rows_values
from applicants.records.models import Person
from exams.arrangement.models import Seat
from exams.tickets.models import Ticket
from portal.registry import Holding


def _export(person: Person) -> Iterable[tuple[str, Any]]:
    yield "座位", rows_values(Seat.objects.filter(person=person).order_by("placed_at"))
    yield "准考证", rows_values(Ticket.objects.filter(application__person=person).order_by("due_at"))


HOLDING = Holding("tickets", _export, lambda person: [], lambda person: [], lambda person: None)

"""What institutions are told of their people's tickets: a filing and a day at a time, never person by person.

It looks at what opened and ended lately rather than being part of either: whoever ends a ticket at the counter, or
hundreds at once, shall not wait for another's message about the same filing while holding locks.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from exams.filing.groups.models import GroupFiling
from exams.filing.telling import tell_institution
from exams.tickets.models import Ticket
from portal import clock

OPEN, CHANGED = "filing_tickets_open", "filing_tickets_changed"
LOOK_BACK = timedelta(days=1)
"""What happened longer ago than this while no sweep came is told by the page alone."""


def tell_institutions(now: datetime) -> None:
    """Say that a filing's tickets may be had, and that some which could be had were replaced or ended."""
    happened = _opened(now - LOOK_BACK) | _ended(now - LOOK_BACK)
    filings = GroupFiling.objects.select_related("institution").in_bulk({filing for filing, _, _ in happened})
    for filing, day, event in sorted(happened, key=str):
        _tell(filings[filing], day, event)


def _opened(since: datetime) -> set[tuple[UUID, date, str]]:
    earlier = Ticket.objects.filter(application=OuterRef("application"), version__lt=OuterRef("version"))
    rows = Ticket.objects.filter(opened_at__gte=since, application__roster_entry__isnull=False)
    found = rows.annotate(replaces=Exists(earlier.exclude(opened_at=None))).values_list(
        "application__roster_entry__filing", "opened_at", "replaces"
    )
    return {(filing, clock.local_day(at), CHANGED if replaces else OPEN) for filing, at, replaces in found}


def _ended(since: datetime) -> set[tuple[UUID, date, str]]:
    rows = Ticket.objects.filter(ended_at__gte=since, application__roster_entry__isnull=False)
    found = rows.exclude(opened_at=None).values_list("application__roster_entry__filing", "ended_at")
    return {(filing, clock.local_day(at), CHANGED) for filing, at in found}


def _tell(filing: GroupFiling, day: date, event: str) -> None:
    try:
        with transaction.atomic():
            tell_institution(filing.institution, event, key=f"{filing.number}:{day}", number=filing.number)
    except IntegrityError:
        return  # another sweep says the same at this moment: once is enough

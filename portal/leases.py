"""A row that waits for a worker is claimed for a while: `leased_until` says until when it is somebody's.

A worker claims, does its work, and writes it down only while the row still shows the lease it was given. A killed one
gives nothing back: its lease runs out, and the next takes the row up. A slow one that comes late finds another's lease
and writes nothing. Who decides about such a row meanwhile empties `leased_until`, which ends the lease.

Every step is one conditional UPDATE: of workers who want the same row at the same moment one gets it. Where a model
counts `attempts`, a claim is one.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from portal import clock

Row = TypeVar("Row", bound=Any)


class LeaseLost(Exception):
    """The row is another worker's now, or somebody decided about it meanwhile. Nothing was written."""


def free(now: datetime | None = None) -> Q:
    """Nobody's at this moment: never claimed, given back, or of a worker whose time ran out."""
    return Q(leased_until=None) | Q(leased_until__lte=now or clock.now())


def claim(rows: QuerySet[Row], span: timedelta, *, now: datetime | None = None) -> Row | None:
    """The first free one of these rows, in their order, ours for `span`; None where none is free."""
    return next(iter(claim_many(rows, span, most=1, now=now)), None)


def claim_many(rows: QuerySet[Row], span: timedelta, *, most: int, now: datetime | None = None) -> list[Row]:
    """Up to `most` at once: fewer where another claims at the same moment, none only where none is free.

    `rows` must be chosen by columns of their own table: the UPDATE looks at those again, and at no other's.
    """
    now = now or clock.now()
    waiting = rows.filter(free(now))
    while found := list(waiting[:most]):
        if ours := [row for row in found if _pass_on(rows, row, now + span, **_one_more_attempt(row))]:
            return ours
    return []


def still_ours(rows: QuerySet[Row], row: Row) -> Row:
    """The row afresh and locked, for the transaction that writes down what was done. Raises LeaseLost, also where it
    is no longer one of `rows`."""
    fresh = rows.select_for_update(of=("self",)).filter(pk=row.pk, leased_until=row.leased_until).first()
    if fresh is None:
        raise LeaseLost
    return fresh


def renew(row: Any, span: timedelta) -> bool:
    """Keep the row for `span` from now; False where it was lost already."""
    return _pass_on(type(row).objects, row, clock.now() + span)


def give_back(row: Any, *, until: datetime | None = None, **changes: Any) -> bool:
    """End our lease, with these changes of the row; nobody claims it before `until`. False where it was lost already:
    then nothing changes."""
    return _pass_on(type(row).objects, row, until, **changes)


def _one_more_attempt(row: Any) -> dict[str, int]:
    return {"attempts": row.attempts + 1} if hasattr(row, "attempts") else {}


def _pass_on(rows: Any, row: Any, until: datetime | None, **changes: Any) -> bool:
    """Change a row that is as we know it, in the database and in our hand; False where it is not."""
    changes["leased_until"] = until
    if not rows.filter(pk=row.pk, leased_until=row.leased_until).update(**changes):
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True

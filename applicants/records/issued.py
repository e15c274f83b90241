"""Entries of a record that the association issued itself: their own proof while they are valid (docs/adr/0089).

Certificates stand to the right of this app and fill `sources` in `AppConfig.ready()`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Issued:
    """What stands behind an entry at the moment of the look.

    `number` and `state` (in Chinese) are those of the certificate that counts now: of the last replacement, where it was
    replaced. `own_url` and `staff_url` lead its holder and staff to the PDF; empty while there is none to show.
    """

    entry: UUID
    number: str
    valid: bool
    state: str
    own_url: str
    staff_url: str


Source = Callable[[Collection[UUID]], Iterable[Issued]]

sources: list[Source] = []
"""Each answers for those of the entries, by key, that it issued; also for what was void or replaced since."""


def issued_for(entries: Collection[UUID]) -> dict[UUID, Issued]:
    """Those of the entries that were issued here, by key; one query a source however many there are."""
    if not entries:
        return {}
    return {one.entry: one for source in sources for one in source(entries)}

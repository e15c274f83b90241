"""Before a notice or a dated value is published: whose open cases it would change, and which of its rows does it.

The notice is loaded in a transaction that is rolled back; every case is read before and after, as on the same day, so
that only the notice makes a difference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from exams.catalogue.loading import Change, load_notice
from exams.catalogue.models import FeeSchedule, Offering, PolicyValue, Scheme
from exams.replay.outcomes import Aspect, Outcome, outcomes
from portal import clock
from portal.rules.notice import Notice


@dataclass(frozen=True)
class Difference:
    """One thing in one case that would come out otherwise; `because` are the notice's changes that decide it.

    `before` or `after` is None where the thing is open on one side only.
    """

    kind: str
    number: str
    label: str
    before: str | None
    after: str | None
    because: tuple[str, ...]


@dataclass(frozen=True)
class Replay:
    """`cases`: how many open cases were read; `changed`: in how many of them something differs."""

    on: date
    changes: tuple[Change, ...]
    cases: int
    differences: tuple[Difference, ...]

    @property
    def changed(self) -> int:
        return len({(one.kind, one.number) for one in self.differences})


class _RollBack(Exception):
    """Carries nothing: it only takes the notice back."""


def replay(notice: Notice, on: date) -> Replay:
    """Read every open case without and with the notice, as on the day. Nothing is kept."""
    changes: list[Change] = []
    before = after = {}
    try:
        with transaction.atomic(), clock.rehearse(clock.start_of(on)):
            before = {(one.kind, one.number): one for one in outcomes(on)}
            changes = load_notice(notice)
            after = {(one.kind, one.number): one for one in outcomes(on)}
            raise _RollBack
    except _RollBack:
        pass
    return Replay(
        on, tuple(changes), len(before.keys() | after.keys()), tuple(_differences(before, after, changes))
    )


def day_to_replay(notice: Notice) -> date:
    """The first day, today at the earliest, on which every new dated row of the notice is in force."""
    known = {
        *FeeSchedule.objects.values_list("effective_from", flat=True),
        *Scheme.objects.values_list("effective_from", flat=True),
        *PolicyValue.objects.values_list("effective_from", flat=True),
    }
    dated = {
        *(row.effective_from for row in notice.fees),
        *(row.effective_from for row in notice.schemes),
        *(row.effective_from for row in notice.policies.values()),
    }
    return max({clock.today(), *(dated - known)})


def _differences(
    before: Mapping[tuple[str, str], Outcome],
    after: Mapping[tuple[str, str], Outcome],
    changes: list[Change],
) -> Iterator[Difference]:
    for key in [*before, *(key for key in after if key not in before)]:
        left, right = _aspects(before.get(key)), _aspects(after.get(key))
        for label in [*left, *(label for label in right if label not in left)]:
            was, would_be = left.get(label), right.get(label)
            if was is None or would_be is None or was.text != would_be.text:
                kind, number = key
                yield Difference(
                    kind,
                    number,
                    label,
                    was.text if was else None,
                    would_be.text if would_be else None,
                    _because(was or would_be, changes),
                )


def _aspects(outcome: Outcome | None) -> dict[str, Aspect]:
    return {aspect.label: aspect for aspect in outcome.aspects} if outcome else {}


def _because(aspect: Aspect | None, changes: list[Change]) -> tuple[str, ...]:
    """The notice's changes in the tables that decide, without those of other offerings."""
    if aspect is None:
        return ()
    tables = {str(model._meta.verbose_name) for model in aspect.decided_by}
    others = [str(one) for one in Offering.objects.select_related("occupation") if one != aspect.offering]
    return tuple(
        str(change)
        for change in changes
        if change.table in tables
        and not (aspect.offering and any(change.row.startswith(other) for other in others))
    )

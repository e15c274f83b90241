"""The ports through which a later app adds to what an earlier one shows or does.

Apps fill them in `AppConfig.ready()`; each list keeps the written order. There are no signals.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Queue:
    """One queue on the counter's first page: how many wait, how old the oldest is, and where to go.

    Where there is a `source`, `count` and `oldest_working_days` take what it gives: queues that name the same one
    are worked out from one read.
    """

    code: str
    title: str  # Chinese, e.g. 待审核
    order: int
    count: Callable[..., int]
    oldest_working_days: Callable[..., int | None]
    url: Callable[[], str]
    permission: str
    help_text: str = ""
    attention: bool = False  # something is wrong, rather than waiting in the ordinary way
    source: Callable[[], Any] | None = None


@dataclass(frozen=True)
class Invariant:
    """One check of `check_invariants`: yields the keys of the records that break it."""

    code: str
    title: str
    offenders: Callable[[], Iterable[Any]]


class Effect(Protocol):
    """One consequence of a misconduct decision: previewed, applied in its transaction, and reversible.

    `decision` is an exams.conduct Decision; in a preview it is not saved yet. `preview` tells in Chinese sentences what
    `apply` would do now; none: nothing. `apply` gives back, as JSON, what its reversal needs (None: nothing was done).
    `reverse` is given that, and tells in sentences what could not be put back as it was.
    """

    code: str
    title: str

    def preview(self, decision: Any) -> list[str]: ...

    def apply(self, decision: Any) -> dict[str, Any] | None: ...

    def reverse(self, decision: Any, undo: dict[str, Any]) -> list[str]: ...


@dataclass(frozen=True)
class Holding:
    """What one app keeps on a person (an applicants.Person): for their own export, and for deleting their account.

    `export` gives (Chinese title, JSON values) pairs. While `obstacles` gives a sentence, the account cannot be deleted.
    `kept` names, in sentences, what the law makes us keep after a deletion and how long. `erase` runs in the
    deletion's transaction and deletes what need not be kept. `withheld`: keys of records, as the trail names
    its subjects, of which the person has not been told yet.
    """

    code: str
    export: Callable[[Any], Iterable[tuple[str, Any]]]
    obstacles: Callable[[Any], list[str]]
    kept: Callable[[Any], list[str]]
    erase: Callable[[Any], None]
    withheld: Callable[[Any], Collection[str]] = lambda person: ()


holdings: list[Holding] = []
counter_queues: list[Queue] = []
invariants: list[Invariant] = []
decision_effects: list[Effect] = []

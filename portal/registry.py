"""The two ports through which a later app adds to what an earlier one shows or does.

Apps fill them in `AppConfig.ready()`; each list keeps the written order. There are no signals.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Queue:
    """One queue on the counter's first page: how many wait, how old the oldest is, and where to go."""

    code: str
    title: str  # Chinese, e.g. 待审核
    order: int
    count: Callable[[], int]
    oldest_working_days: Callable[[], int | None]
    url: Callable[[], str]
    permission: str
    help_text: str = ""


@dataclass(frozen=True)
class Invariant:
    """One check of `check_invariants`: yields the keys of the records that break it."""

    code: str
    title: str
    offenders: Callable[[], Iterable[Any]]


class Effect(Protocol):
    """One consequence of a misconduct decision, previewed, applied in its transaction, and reversible."""

    code: str

    def preview(self, decision: Any) -> list[str]: ...

    def apply(self, decision: Any) -> None: ...

    def reverse(self, decision: Any) -> None: ...


counter_queues: list[Queue] = []
invariants: list[Invariant] = []
decision_effects: list[Effect] = []

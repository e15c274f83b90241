"""Figures that hold from a day on, each with its source. Old values stay, so old cases recompute."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

T = TypeVar("T")

SINCE_EVER = date.min
"""Start of a figure for which no earlier one is known to the association."""


@dataclass(frozen=True)
class Dated(Generic[T]):
    """`value` holds from `effective_from` (inclusive) until a later one of its series begins."""

    effective_from: date
    value: T
    citation: str


def value_for(series: Iterable[Dated[T]], *, at: date) -> Dated[T]:
    """The value in force on the day `at`. Raises LookupError where none is: nothing is guessed."""
    in_force = [entry for entry in series if entry.effective_from <= at]
    if not in_force:
        raise LookupError(f"no value is in force on {at}")
    return max(in_force, key=lambda entry: entry.effective_from)

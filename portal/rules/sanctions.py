"""What follows from misconduct (N2026-7, A3): the clause decides, not the person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.rules.dated import SINCE_EVER, Dated, value_for
from portal.rules.dates import corresponding_day
from portal.rules.findings import Finding, Refused
from portal.rules.reading import bad_input

ITEMS = {"A3-2": 4, "A3-3": 5, "A3-4": 7}
"""Sections of Annex 3 that list acts, and how many."""

ACTS = ("A3-1", *(f"{section}.{item}" for section, count in ITEMS.items() for item in range(1, count + 1)))
"""Every clause a decision can rest on."""

AFTER_WARNING = ("A3-2.1", "A3-2.2", "A3-2.3")
"""Acts punished only after a warning that was given, ignored and recorded."""

SEVERITIES = ("minor", "serious")
BAR_YEARS = (Dated(SINCE_EVER, {"minor": 2, "serious": 5}, "A3-4"),)
"""Years of the bar by severity."""


@dataclass(frozen=True)
class Bar:
    """Barred from every occupation and grade from `first_day` to `last_day`, both included."""

    first_day: date
    last_day: date


@dataclass(frozen=True)
class Effects:
    """What a decision does. `scores`: "subject" (that subject of that sitting) or "all" (of that sitting).

    `refer`: to the authorities; `refund_forbidden`: fees (and false materials) are not given back. That
    sitting is that application: passes of earlier applications stand, a certificate resting on a cancelled
    score falls.
    """

    scores: str
    bar: Bar | None = None
    refer: bool = False
    refund_forbidden: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "scores": self.scores,
            "barred_from": self.bar.first_day.isoformat() if self.bar else None,
            "barred_until": self.bar.last_day.isoformat() if self.bar else None,
            "refer": self.refer,
            "refund_forbidden": self.refund_forbidden,
        }


def effects(clause: str, *, severity: str | None, act_on: date, effective_on: date) -> Effects:
    """The effects of a decision by the clause of the act, done on `act_on`, in force from `effective_on`.

    `severity` is "minor" or "serious" for the acts of A3-4 and None for all others. Raises `Refused` for an
    unknown clause, a severity that does not belong, or a decision in force before the act.
    """
    if clause not in ACTS:
        raise bad_input("clause", "没有这一项违纪违规行为，请核对附件3 的条款号。", found=clause)
    if clause.startswith("A3-4"):
        if severity not in SEVERITIES:
            raise bad_input("severity", "附件3 四所列行为须写明情节：minor（轻微）或 serious（严重）。")
    elif severity is not None:
        raise bad_input("severity", "只有附件3 四所列行为区分情节轻重，其余条款此项须为空。")
    if effective_on < act_on:
        raise bad_input("effective_on", "处理决定的生效日期早于行为发生日期，请核对。")
    if clause == "A3-1":
        return Effects("all", refund_forbidden=True)
    if clause.startswith("A3-2"):
        return Effects("subject")
    if clause.startswith("A3-3"):
        return Effects("all", bar=_rest_of_year(act_on, effective_on))
    years = value_for(BAR_YEARS, at=effective_on).value[severity or ""]
    try:
        bar = Bar(effective_on, corresponding_day(effective_on, years))
    except OverflowError:
        raise Refused(Finding("", "calendar_ends", "日期超出日历可以推算的范围。")) from None
    return Effects("all", bar=bar, refer=severity == "serious")


def barred_until(bars: Iterable[Bar], on: date) -> date | None:
    """The last day of the bar in force on the day, or None. Overlapping bars run together: the latest end."""
    in_force = [bar.last_day for bar in bars if bar.first_day <= on <= bar.last_day]
    return max(in_force, default=None)


def needs_warning(clause: str) -> bool:
    """Must the record show a warning that was ignored?"""
    return clause in AFTER_WARNING


def _rest_of_year(act_on: date, effective_on: date) -> Bar | None:
    """A3-3: the rest of the year of the act from the day the decision takes effect; None: nothing is left."""
    last_day = date(act_on.year, 12, 31)
    return Bar(effective_on, last_day) if effective_on <= last_day else None

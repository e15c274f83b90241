"""What an application costs (N2026-2.4). Money is integer fen."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.rules.findings import Finding, Refused

SUBJECTS = ("theory", "practical", "review")


@dataclass(frozen=True)
class FeeSchedule:
    """Prices of one occupation and grade from a day on: (subject, fen) in the order of the subjects."""

    occupation: str
    grade: int
    effective_from: date
    prices: tuple[tuple[str, int], ...]
    citation: str


@dataclass(frozen=True)
class Price:
    """What one application costs: `kind` is "regular" or "retake", `citation` the schedule's."""

    kind: str
    lines: tuple[tuple[str, int], ...]
    citation: str

    @property
    def total_fen(self) -> int:
        return sum(fen for _, fen in self.lines)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "lines": [{"subject": subject, "fen": fen} for subject, fen in self.lines],
            "total_fen": self.total_fen,
        }


def schedule_for(schedules: Iterable[FeeSchedule], *, occupation: str, grade: int, on: date) -> FeeSchedule:
    """The schedule in force on the day. Raises `Refused` where there is none."""
    in_force = [
        one
        for one in schedules
        if one.occupation == occupation and one.grade == grade and one.effective_from <= on
    ]
    if not in_force:
        sentence = f"{on.year}年{on.month}月{on.day}日没有适用于这个职业和等级的收费标准。"
        raise Refused(Finding("N2026-2.4", "no_fee_schedule", sentence, found=on.isoformat(), field="on"))
    return max(in_force, key=lambda one: one.effective_from)


def price(schedule: FeeSchedule, valid_passes: Collection[str]) -> Price:
    """Regular: every subject at once. Retake: only the subjects not yet passed. No pass counts: regular
    again.

    `valid_passes` are the subjects whose pass counts on the day. Raises `Refused` where everything is passed
    already or a pass is of a subject that this grade does not have.
    """
    for subject in valid_passes:
        if subject not in dict(schedule.prices):
            sentence = "所列合格科目不是这个等级的评价科目，请核对。"
            raise Refused(
                Finding("N2026-2.4", "foreign_subject", sentence, found=subject, field="valid_passes")
            )
    lines = tuple((subject, fen) for subject, fen in schedule.prices if subject not in valid_passes)
    if not lines:
        sentence = "所有科目均已合格且在有效期内，无需再申报或缴费。"
        raise Refused(Finding("N2026-2.4", "all_passed", sentence, field="valid_passes"))
    return Price("retake" if valid_passes else "regular", lines, schedule.citation)

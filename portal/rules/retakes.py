"""Who may retake what, and when a fresh application gives the retake up (N2026-4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from portal.rules.findings import Finding
from portal.rules.validity import Period


@dataclass(frozen=True)
class Pass:
    """A passed subject of one occupation and grade.

    `cancelled`: the score was cancelled for misconduct; `given_up`: by a fresh application that was approved;
    `credited_to`: the subject it stands for under the published retake plan after a change of scheme.
    """

    subject: str
    period: Period
    cancelled: bool = False
    given_up: bool = False
    credited_to: str | None = None

    def counts(self, on: date) -> bool:
        """Does it count on the day a retaken subject is sat?"""
        return not self.cancelled and not self.given_up and self.period.covers(on)


def counting_subjects(passes: Iterable[Pass], on: date) -> frozenset[str]:
    """Subjects of the present scheme whose pass counts on the day."""
    return frozenset(one.credited_to or one.subject for one in passes if one.counts(on))


def subjects_to_sit(subjects: Sequence[str], passes: Iterable[Pass], on: date) -> tuple[str, ...]:
    """What is left to sit: everything where no pass counts any more (then it is a regular application)."""
    passed = counting_subjects(passes, on)
    return tuple(subject for subject in subjects if subject not in passed)


def certificate_due(subjects: Sequence[str], passes: Iterable[Pass], on: date) -> bool:
    """Every subject of the scheme is passed, and every pass counts on the day the last of them was sat."""
    return not subjects_to_sit(subjects, passes, on)


def retake_findings(
    *,
    subjects: Sequence[str],
    passes: Sequence[Pass],
    on: date,
    scheme_changed: bool = False,
    plan_published: bool = False,
    failed_in_competition: bool = False,
) -> tuple[Finding, ...]:
    """Why no retake may be filed on the day; none where it may.

    `scheme_changed`: the scheme is another one than that of the passes; then the published plan says which
    new subject each pass is credited to, and until it is published the retake waits.
    """
    found: list[Finding] = []
    if failed_in_competition:
        found.append(
            Finding(
                "N2026-4.4",
                "failed_in_competition",
                "在本市职业技能竞赛中成绩不合格的，不能补考，请按正考申报。",
            )
        )
    if scheme_changed and not plan_published:
        found.append(
            Finding(
                "N2026-4.3",
                "waits_for_plan",
                "考核模式已有变化，补考方案尚未公布。方案公布后即可按方案申报补考。",
            )
        )
    elif not counting_subjects(passes, on):
        found.append(
            Finding("N2026-2.4", "no_valid_pass", "没有在有效期内的合格科目，须按正考申报全部科目。")
        )
    elif not subjects_to_sit(subjects, passes, on):
        found.append(Finding("N2026-4.1", "all_passed", "全部科目均已合格，无需补考。"))
    return tuple(found)


def passes_given_up(passes: Iterable[Pass], on: date) -> tuple[Pass, ...]:
    """The passes a fresh regular application of the same occupation and grade would give up (N2026-4.2).

    They are named and confirmed before submission, and lost for good when the application is approved;
    return, rejection or withdrawal before approval loses nothing (docs/adr/0011).
    """
    return tuple(one for one in passes if one.counts(on))

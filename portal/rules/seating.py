"""Who may be seated in a session, and in which order (N2026-2.3, A2: 统一申报、依序安排)."""

from __future__ import annotations

from datetime import date, datetime

from portal.rules.findings import Finding
from portal.rules.validity import Period


def queue_key(completed_at: datetime, number: str) -> tuple[datetime, str]:
    """Sort key: seats go in the order in which applications became complete (approved and fully paid).

    Ties go by application number. Being skipped, moved or called off never changes it.
    """
    return completed_at, number


def session_findings(*, session_on: date, completed_on: date, assess_by: date) -> tuple[Finding, ...]:
    """Why an application cannot sit that day; none where it can. Staff may override with a reason.

    A session takes what is complete the day before it or earlier, and lies by the application's `assess_by`.
    """
    found = []
    if completed_on >= session_on:
        found.append(
            Finding(
                "N2026-2.3",
                "complete_too_late",
                "申报在考核前一日之后才审核通过并缴清费用，不能编入本场。",
                completed_on.isoformat(),
                session_on.isoformat(),
            )
        )
    if session_on > assess_by:
        found.append(
            Finding(
                "A2",
                "after_assess_by",
                "本场考核晚于这份申报的评价截止日期。",
                session_on.isoformat(),
                assess_by.isoformat(),
            )
        )
    return tuple(found)


def retake_findings(*, session_on: date, kept_passes: tuple[Period, ...]) -> tuple[Finding, ...]:
    """A retake is sat while every pass it stands on still counts, even when its score is published later."""
    if not kept_passes:
        sentence = "补考所依据的合格成绩已不再有效，不能按补考安排座位。"
        return (Finding("N2026-4.1", "no_valid_pass", sentence, session_on.isoformat()),)
    late = [period for period in kept_passes if session_on > period.last_day]
    if not late:
        return ()
    last_day = min(period.last_day for period in late)
    sentence = (
        f"已合格科目的成绩有效期至 {last_day.year}年{last_day.month}月{last_day.day}日，本场考核在此之后。"
    )
    return (Finding("N2026-4.1", "pass_expired", sentence, session_on.isoformat(), last_day.isoformat()),)

"""How dates and money read on every page and in every document.

Filters never fail on a missing value: None and "" give "", so that a template need not guard each of them.
"""

from datetime import date, datetime, time

from django import template

from portal.clock import SHANGHAI
from portal.rules import wording

register = template.Library()


def _local(value: date | datetime) -> date | datetime:
    return value.astimezone(SHANGHAI) if isinstance(value, datetime) and value.tzinfo else value


@register.filter
def day(value: date | datetime | None) -> str:
    """2026年10月12日（周一）; a moment is read in Shanghai."""
    return wording.day_text(_local(value), weekday=True) if value else ""


@register.filter
def day_plain(value: date | datetime | None) -> str:
    """2026年10月12日, for dates far away, where the weekday tells nothing (birth, certificates)."""
    return wording.day_text(_local(value)) if value else ""


@register.filter
def day_short(value: date | datetime | None) -> str:
    """10月12日（周一）, where the year stands beside it."""
    return day(value).partition("年")[2]


@register.filter
def day_range(first: date, last: date) -> str:
    """2月1日 – 2月28日, within one year."""
    return f"{first.month}月{first.day}日 – {last.month}月{last.day}日"


@register.filter
def hour(value: time | datetime | None) -> str:
    """9:30"""
    if value is None or value == "":
        return ""
    local = _local(value) if isinstance(value, datetime) else value
    return f"{local.hour}:{local.minute:02d}"


@register.filter
def moment(value: datetime | None) -> str:
    """2026年10月12日（周一）9:30"""
    return f"{day(value)}{hour(value)}" if value else ""


@register.filter
def yuan(fen: int | None) -> str:
    """Integer fen as 480 元, or 480.50 元 where there are fen."""
    if fen is None or fen == "":
        return ""
    return wording.money_text(fen) if fen >= 0 else f"\N{MINUS SIGN}{wording.money_text(-fen)}"


@register.filter
def working_days(count: int | None) -> str:
    """The age of a case: 今天, or 3 个工作日."""
    if count is None or count == "":
        return ""
    return f"{count} 个工作日" if count else "今天"


@register.filter
def grade_name(grade: int | None) -> str:
    """四级/中级工"""
    return wording.GRADE_FULL_NAMES[int(grade)] if grade else ""


@register.filter
def subject_name(subject: str | None) -> str:
    """理论知识, 操作技能 or 综合评审."""
    return wording.SUBJECT_NAMES[subject] if subject else ""


@register.filter
def clause(identifier: str | None) -> str:
    """A clause as people cite it: N2026-2.4 → 通知二（四）, TR2023-3.5 → 附件1 三级第5项."""
    return wording.cite(identifier) if identifier else ""

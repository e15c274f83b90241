"""How dates, money, spans and masked numbers read on every page and in every document.

Filters never fail on a missing value: None and "" give "", so that a template need not guard each of them.
"""

import re
from datetime import date, datetime, time

from django import template

from portal.clock import SHANGHAI

register = template.Library()

WEEKDAYS = "一二三四五六日"
NUMERALS = ("零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
GRADE_NAMES = {5: "五级/初级工", 4: "四级/中级工", 3: "三级/高级工", 2: "二级/技师", 1: "一级/高级技师"}
SUBJECT_NAMES = {"theory": "理论知识", "practical": "操作技能", "review": "综合评审"}


def _local(value: date | datetime) -> date | datetime:
    return value.astimezone(SHANGHAI) if isinstance(value, datetime) and value.tzinfo else value


@register.filter
def day(value: date | datetime | None) -> str:
    """2026年10月12日（周一）; a moment is read in Shanghai."""
    if not value:
        return ""
    local = _local(value)
    return f"{local.year}年{local.month}月{local.day}日（周{WEEKDAYS[local.weekday()]}）"


@register.filter
def day_plain(value: date | datetime | None) -> str:
    """2026年10月12日, for dates far away, where the weekday tells nothing (birth, certificates)."""
    if not value:
        return ""
    local = _local(value)
    return f"{local.year}年{local.month}月{local.day}日"


@register.filter
def day_short(value: date | datetime | None) -> str:
    """10月12日（周一）, where the year stands beside it."""
    if not value:
        return ""
    local = _local(value)
    return f"{local.month}月{local.day}日（周{WEEKDAYS[local.weekday()]}）"


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
    whole, rest = divmod(abs(int(fen)), 100)
    sign = "\N{MINUS SIGN}" if int(fen) < 0 else ""
    return f"{sign}{whole:,}.{rest:02d} 元" if rest else f"{sign}{whole:,} 元"


@register.filter
def span(value: dict | tuple | None) -> str:
    """A length given as {years, months, days} or (years, months, days): 3 个月 12 天."""
    if not value:
        return ""
    parts = (value["years"], value["months"], value["days"]) if isinstance(value, dict) else value
    words = [f"{count} {unit}" for count, unit in zip(parts, ("年", "个月", "天"), strict=True) if count]
    return " ".join(words) or "0 天"


@register.filter
def working_days(count: int | None) -> str:
    """The age of a case: 今天, or 3 个工作日."""
    if count is None or count == "":
        return ""
    return f"{count} 个工作日" if count else "今天"


@register.filter
def grade_name(grade: int | None) -> str:
    """四级/中级工"""
    return GRADE_NAMES[int(grade)] if grade else ""


@register.filter
def subject_name(subject: str | None) -> str:
    """理论知识, 操作技能 or 综合评审."""
    return SUBJECT_NAMES[subject] if subject else ""


@register.filter
def mask_document(number: str | None) -> str:
    """First 4 and last 4; a number too short to hide anything that way shows its last 2 only."""
    if not number:
        return ""
    if len(number) < 12:
        return "*" * (len(number) - 2) + number[-2:]
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}"


@register.filter
def mask_phone(number: str | None) -> str:
    """First 3 and last 3."""
    if not number:
        return ""
    return f"{number[:3]}{'*' * (len(number) - 6)}{number[-3:]}" if len(number) > 6 else "*" * len(number)


@register.filter
def mask_name(name: str | None) -> str:
    """The last character of a name stays: **明."""
    return "*" * (len(name) - 1) + name[-1:] if name else ""


def _numeral(number: int) -> str:
    return NUMERALS[number] if number <= 10 else f"十{NUMERALS[number - 10]}"


@register.filter
def clause(identifier: str | None) -> str:
    """A clause's name as people cite it: N2026-2.4 → 2026年通知第二条（四）, TR2023-3.5 → 附件1 三级第5项."""
    if not identifier:
        return ""
    if identifier == "A2":
        return "附件2"
    if identifier == "A3-end":
        return "附件3末段"
    match = re.fullmatch(r"(N(\d{4})|TR2023|A3)-(\d+)(?:\.(\d+))?", identifier)
    if not match:
        return identifier
    source, year, first, second = match.group(1), match.group(2), int(match.group(3)), match.group(4)
    if year:
        return f"{year}年通知第{_numeral(first)}条" + (f"（{_numeral(int(second))}）" if second else "")
    if source == "A3":
        return f"附件3 第{_numeral(first)}条" + (f"第{second}项" if second else "")
    grade = f"附件1 {_numeral(6 - first)}级"
    return f"{grade}第{second}项" if second else grade

"""How dates, money and numbers read."""

from datetime import UTC, date, datetime, time

import pytest

from portal.templatetags import portal_format as reads


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2026, 10, 12), "2026年10月12日（周一）"),
        (datetime(2026, 10, 12, 16, 30, tzinfo=UTC), "2026年10月13日（周二）"),
        (None, ""),
        ("", ""),
    ],
)
def test_day(value, shown):
    assert reads.day(value) == shown


def test_moment_is_shanghai_time():
    assert reads.moment(datetime(2026, 10, 12, 1, 5, tzinfo=UTC)) == "2026年10月12日（周一）9:05"


def test_short_and_plain_days_and_hours():
    assert reads.day_short(date(2026, 1, 5)) == "1月5日（周一）"
    assert reads.day_plain(date(1968, 2, 29)) == "1968年2月29日"
    assert reads.day_range(date(2026, 2, 1), date(2026, 2, 28)) == "2月1日 – 2月28日"
    assert reads.hour(time(9, 30)) == "9:30"
    assert reads.hour(time(0, 0)) == "0:00"


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (48000, "480 元"),
        (48050, "480.50 元"),
        (0, "0 元"),
        (123456700, "1,234,567 元"),
        (-5, "\N{MINUS SIGN}0.05 元"),
        (None, ""),
    ],
)
def test_yuan(fen, shown):
    assert reads.yuan(fen) == shown


def test_age_of_a_case():
    assert reads.working_days(0) == "今天"
    assert reads.working_days(3) == "3 个工作日"


@pytest.mark.parametrize(
    ("identifier", "shown"),
    [
        ("N2026-2.4", "通知二（四）"),
        ("TR2023-3.5", "附件1 三级第5项"),
        ("A2", "附件2"),
        ("A3-4.2", "附件3 四第2项"),
    ],
)
def test_clause(identifier, shown):
    assert reads.clause(identifier) == shown

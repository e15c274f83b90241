"""The shipped notices are whole, and a damaged one is refused by file, key and fault."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from portal.rules.notice import SHIPPED, NoticeError, load, shipped
from portal.rules.sanctions import ACTS

TEXT = (SHIPPED / "2026.toml").read_text(encoding="utf-8")


def test_the_figures_of_2026() -> None:
    notice = load(SHIPPED / "2026.toml")
    assert (notice.year, notice.published_on) == (2026, date(2026, 1, 15))
    occupation = notice.occupations[0]
    assert (occupation.code, occupation.minimum_education) == ("4-14-01-04", "senior_high")
    assert occupation.standard_grades == (4, 3, 2)
    assert [offering.grade for offering in notice.offerings] == [4, 3]
    assert {fee.grade: sum(fen for _, fen in fee.prices) for fee in notice.fees} == {4: 48_000, 3: 58_000}
    assert all((part.maximum, part.pass_mark) == (100, 60) for one in notice.schemes for part in one.subjects)
    assert len(notice.windows) == 12
    assert notice.counter.weekdays == (0, 2)
    assert (notice.counter.opens, notice.counter.closes) == (time(9, 30), time(15))
    assert [line.phone for line in notice.lines] == ["021-62777131 转 8008", "400-820-9278"]
    assert {act.clause for act in notice.acts} == set(ACTS)
    assert notice.policies["mend_working_days"].value == 10
    assert notice.policies["statement_working_days"].value == 5
    assert shipped()[0] == notice


DAMAGE = {
    "错字的键": ("minimum_education", "minimum_educaton", "occupations[0].minimum_education"),
    "多出的键": ('document = "', 'colour = "green"\ndocument = "', "notice.colour"),
    "日期颠倒": ("closes = 2026-02-28", "closes = 2026-01-28", "windows[1]"),
    "时间重叠": ("opens = 2026-03-01", "opens = 2026-02-20", "windows"),
    "金额为负": ("theory = 10000", "theory = -1", "fees[0].fen.theory"),
    "金额写成小数": ("theory = 10000", "theory = 100.0", "fees[0].fen.theory"),
    "收费科目与评价科目不一致": ("theory = 10000, ", "", "fees"),
    "职业不存在": (
        'occupation = "4-14-01-04"\ngrade = 4',
        'occupation = "4-14-01-05"\ngrade = 4',
        "occupation",
    ),
    "行为的处理档写错": (
        'clause = "A3-2.4"\ntier = "subject"',
        'clause = "A3-2.4"\ntier = "year"',
        "acts[4].tier",
    ),
    "漏了提醒": ("needs_warning = true", "needs_warning = false", "acts[1].needs_warning"),
    "行为列了两次": ('clause = "A3-4.7"', 'clause = "A3-4.6"', "acts"),
    "不认识的政策": ('name = "bar_last_day"', 'name = "bar_end"', "policies[6].name"),
    "政策取值不会用": ('value = "day_of_publication"', 'value = "day_of_exam"', "policies[3].value"),
    "政策列了两次": ('name = "pay_by_working_days"', 'name = "mend_working_days"', "policies"),
    "接待日写错": ('"monday", ', '"someday", ', "counter.weekdays"),
    "网址和路径都没有": ('url = "http://biaozhun.osta.org.cn/"\n', "", "links[1]"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_notice_is_refused_by_name(name: str, tmp_path: Path) -> None:
    old, new, field = DAMAGE[name]
    assert old in TEXT
    path = tmp_path / "2031.toml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(NoticeError) as caught:
        load(path)
    assert str(caught.value).startswith(f"2031.toml: {field}: ")


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[notice", b""])
def test_what_is_no_notice_at_all_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "2031.toml"
    path.write_bytes(content)
    with pytest.raises(NoticeError, match=r"^2031\.toml: "):
        load(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoticeError):
        load(tmp_path / "2031.toml")

"""The heading row is found however people have shifted, decorated and rearranged it."""

import pytest

from portal.workbook.reading import UnusableSheet, locate_heading, parse_sheet, read_lines
from tests.workbook.samples import xlsx

TITLES = ("姓名", "证件号码", "手机号（11位）", "备注")
DATA = ["王芳", "310101200001011234", "13800000000", None]


def lines(*rows: list[str | None], first: int = 1) -> list[dict]:
    head = {"sheet": "名单", "rows": len(rows), "columns": 4, "notes": []}
    return [head, *({"row": row, "cells": list(cells)} for row, cells in enumerate(rows, first))]


def test_the_plain_case():
    located = locate_heading(lines(list(TITLES), DATA), TITLES)
    assert located.row == 1
    assert located.columns == {title: place for place, title in enumerate(TITLES)}
    assert (located.missing, located.unknown, located.doubled) == ((), (), ())


def test_shuffled_missing_unknown_and_doubled_columns():
    heading = ["手机号（11位）", "籍贯", "姓名", "证件号码", "姓名"]
    located = locate_heading(lines(["2026年第一批名单"], heading, DATA, first=3), TITLES)
    assert located.row == 4
    assert located.columns == {"手机号（11位）": 0, "姓名": 2, "证件号码": 3}
    assert (located.missing, located.unknown, located.doubled) == (("备注",), ("籍贯",), ("姓名",))


@pytest.mark.parametrize(
    "heading",
    [
        *("手机号(11位)", " 手机号 （11位） ", "手机号\n（１１位）", "*手机号（11位）", "手机号（11位）＊"),
        *("手机号", "手机号（必填）", "手机号：", "手\u200b机号", "手机号【常用】"),
    ],
)
def test_spaces_widths_brackets_and_marks_do_not_matter(heading):
    located = locate_heading(lines(["姓名", "证件号码", heading, "备注"]), TITLES)
    assert located.columns["手机号（11位）"] == 2


def test_brackets_matter_where_they_tell_two_titles_apart():
    titles = ("单位（现在）", "单位（以前）", "姓名", "性别")
    located = locate_heading(lines(["单位", "单位(以前)", "姓名", "性别"]), titles)
    assert located.columns == {"单位（以前）": 1, "姓名": 2, "性别": 3}
    assert located.unknown == ("单位",)


def test_a_row_of_groups_does_not_confuse():
    located = locate_heading(lines(["本人", None, "联系", "姓名"], list(TITLES), DATA), TITLES)
    assert located.row == 2
    assert located.unknown == ()


def test_headings_merged_over_the_row_of_groups():
    def fill(book, sheet):
        sheet.merge_range(0, 0, 0, 3, "名单总表")
        sheet.merge_range(1, 0, 2, 0, "姓名")
        sheet.merge_range(1, 1, 1, 2, "联系")
        sheet.write_row(2, 1, ["证件号码", "手机号（11位）"])
        sheet.merge_range(1, 3, 2, 3, "备注")
        sheet.write_row(3, 0, DATA[:3])

    located = locate_heading(read_lines(parse_sheet(xlsx(fill), "a.xlsx", TITLES)), TITLES)
    assert located.row == 3
    assert located.columns == {"姓名": 0, "证件号码": 1, "手机号（11位）": 2, "备注": 3}
    assert located.missing == ()


def test_people_are_no_heading():
    with pytest.raises(UnusableSheet, match="没有找到标题行"):
        locate_heading(lines(DATA, DATA), TITLES)
    with pytest.raises(UnusableSheet, match="含“证件号码”等列"):
        locate_heading(lines(DATA, DATA), TITLES, required=["证件号码"])


def test_a_heading_far_below_is_not_looked_for():
    with pytest.raises(UnusableSheet):
        locate_heading(lines(*[DATA] * 40, list(TITLES)), TITLES)

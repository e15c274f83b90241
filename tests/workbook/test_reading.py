"""What people's files hold, whatever program wrote them."""

import datetime

import pytest

from portal.workbook.reading import UnusableSheet, parse_sheet, read_lines
from tests.workbook.samples import (
    DAY_STYLE,
    TITLES,
    label,
    number,
    ods,
    ods_table,
    raw_xlsx,
    record,
    text_cell,
    with_parts,
    xls,
    xlsx,
    xlsx_of,
)

ROWS = [TITLES, ("王芳", "310101200001011234", "2000-01-01", "13800000000")]
TEXT = "姓名,证件号码,出生日期,手机号\r\n王芳,310101200001011234,2000-01-01,13800000000\r\n"


def read(data: bytes, filename: str = "名单.xlsx") -> tuple[dict, list[dict]]:
    head, *lines = read_lines(parse_sheet(data, filename, TITLES))
    return head, lines


def cells_of(data: bytes) -> list[list]:
    return [line["cells"] for line in read(data)[1]]


def old_sheet() -> bytes:
    return xls(
        b"".join(
            label(row, column, text) for row, cells in enumerate(ROWS) for column, text in enumerate(cells)
        )
    )


@pytest.mark.parametrize(
    ("data", "filename"),
    [
        (xlsx_of(ROWS), "名单.xlsx"),
        (xlsx_of(ROWS), "名单.xls"),
        (xlsx_of(ROWS), "名单.csv"),
        (old_sheet(), "名单.xls"),
        (old_sheet(), "名单.xlsx"),
        (ods(ods_table(ROWS)), "名单.ods"),
        (TEXT.encode(), "名单.csv"),
        (TEXT.encode("utf-8-sig"), "名单.csv"),
        (TEXT.encode("utf-16"), "名单.txt"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "名单.txt"),
        (TEXT.encode("gb18030"), "名单.csv"),
        (TEXT.replace(",", "\t").encode("gb18030"), "名单.txt"),
        (TEXT.replace(",", ";").encode(), "名单.xlsx"),
    ],
    ids=[
        *("xlsx", "xlsx改名xls", "xlsx改名csv", "xls", "xls改名xlsx", "ods"),
        *("UTF-8", "带BOM", "UTF-16", "UTF-16大端", "GB18030", "制表符", "分号"),
    ],
)
def test_every_format_gives_the_same_rows(data, filename):
    head, lines = read(data, filename)
    assert lines == [{"row": row, "cells": list(cells)} for row, cells in enumerate(ROWS, 1)]
    assert (head["rows"], head["columns"], head["notes"]) == (2, 4, [])


def test_text_that_begins_like_another_kind_of_file():
    assert cells_of("PK姓名,MZ\n甲,乙".encode()) == [["PK姓名", "MZ"], ["甲", "乙"]]


def test_rare_characters_survive_gb18030():
    assert cells_of("姓名,备注\n𬀩㛃䶮,甲".encode("gb18030")) == [["姓名", "备注"], ["𬀩㛃䶮", "甲"]]


def test_rows_and_columns_keep_their_place():
    def fill(book, sheet):
        sheet.write_string(4, 2, "甲")
        sheet.write_string(6, 3, " ")
        sheet.write_string(7, 3, "乙")

    lines = read(xlsx(fill))[1]
    assert lines == [
        {"row": 5, "cells": [None, None, "甲", None]},
        {"row": 8, "cells": [None, None, None, "乙"]},
    ]


@pytest.mark.parametrize("epoch_1904", [False, True], ids=["1900", "1904"])
def test_days_are_right_in_both_epochs(epoch_1904):
    def fill(book, sheet):
        shown = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
        sheet.write_datetime(0, 0, datetime.datetime(2000, 2, 29), shown)
        sheet.write_datetime(0, 1, datetime.datetime(2000, 2, 29, 8, 30, 1), shown)
        sheet.write_string(0, 2, "2000年2月29日")
        sheet.write_datetime(0, 3, datetime.time(8, 30), book.add_format({"num_format": "h:mm"}))

    assert cells_of(xlsx(fill, date_1904=epoch_1904)) == [
        [
            {"kind": "date", "value": "2000-02-29"},
            {"kind": "date", "value": "2000-02-29T08:30:01"},
            "2000年2月29日",
            "08:30:00",
        ]
    ]


@pytest.mark.parametrize(
    ("flag", "day"), [(b"\0\0", "2020-05-01"), (b"\1\0", "2024-05-02")], ids=["1900", "1904"]
)
def test_days_of_old_sheets_are_right_in_both_epochs(flag, day):
    data = xls(label(0, 0, "甲") + number(0, 1, 43952, DAY_STYLE), globals_=record(0x0022, flag))
    assert cells_of(data) == [["甲", {"kind": "date", "value": day}]]


def test_days_of_ods():
    row = '<table:table-row><table:table-cell office:value-type="date" office:date-value="2000-02-29"/></table:table-row>'
    assert cells_of(ods(f'<table:table table:name="名单">{row}</table:table>')) == [
        [{"kind": "date", "value": "2000-02-29"}]
    ]


def test_a_number_says_that_it_was_one():
    def fill(book, sheet):
        for column, value in enumerate((310101200001011234, 13800000000, 0.1 + 0.2, -7, 1e30)):
            sheet.write_number(0, column, value)
        sheet.write_boolean(0, 5, True)

    values = [(cell["kind"], cell["value"]) for cell in cells_of(xlsx(fill))[0]]
    assert values == [
        ("number", "310101200001011000"),
        ("number", "13800000000"),
        ("number", "0.3"),
        ("number", "-7"),
        ("number", "1e+30"),
        ("bool", "TRUE"),
    ]


def test_text_that_a_spreadsheet_spoilt_or_protected():
    assert cells_of('甲,3.10101E+17\n乙,="0012"'.encode()) == [
        ["甲", {"kind": "number", "value": "3.10101E+17"}],
        ["乙", "0012"],
    ]


def test_formulas_and_errors_are_marked():
    row = (
        '<c r="A1"><f>1+1</f><v>2</v></c>'
        '<c r="B1" t="str"><f>A2</f><v>甲</v></c>'
        '<c r="C1" t="str"><f>""</f><v></v></c>'
        '<c r="D1"><f>A9</f></c>'
        '<c r="E1" t="e"><v>#N/A</v></c>'
        '<c r="F1" t="e"><f>1/0</f><v>#DIV/0!</v></c>' + text_cell("G1", "=1+1")
    )
    assert cells_of(raw_xlsx(f'<row r="1">{row}</row>')) == [
        [
            {"kind": "formula", "value": "2"},
            {"kind": "formula", "value": "甲"},
            None,
            {"kind": "formula", "value": ""},
            {"kind": "error", "value": "#错误值"},
            {"kind": "formula", "value": ""},
            "=1+1",
        ]
    ]


def test_formulas_of_cells_that_do_not_say_where_they_are():
    row = "<row><c><v>1</v></c><c><f>A1</f><v>1</v></c></row>"
    kinds = [[cell["kind"] for cell in cells] for cells in cells_of(raw_xlsx(row * 2))]
    assert kinds == [["number", "formula"]] * 2


def test_formulas_of_ods_are_marked():
    cell = '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>'
    repeated = cell.replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="2"')
    data = ods(
        f'<table:table table:name="名单"><table:table-row>{cell}{repeated}</table:table-row></table:table>'
    )
    assert cells_of(data) == [[{"kind": "formula", "value": "2"}] * 3]


def test_merged_cells_are_read_once_and_told():
    def fill(book, sheet):
        sheet.merge_range(0, 0, 0, 3, "名单总表")
        for column, title in enumerate(TITLES):
            sheet.write_string(1, column, title)
        sheet.merge_range(2, 1, 4, 1, "某学校")
        sheet.write_string(4, 0, "丙")

    head, lines = read(xlsx(fill))
    assert [line["cells"][:2] for line in lines[2:]] == [[None, "某学校"], ["丙", None]]
    assert [
        note for note in head["notes"] if "合并" in note and "B3:B5" in note and "A1" not in note
    ] == head["notes"]


def test_hidden_rows_and_columns_are_read_and_told():
    def fill(book, sheet):
        for row in range(12):
            sheet.write_row(row, 0, ["甲", "乙"])
        for row in range(2, 10):
            sheet.set_row(row, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})

    head, lines = read(xlsx(fill))
    assert len(lines) == 12
    assert head["notes"] == [
        "第 3、4、5、6、7 等 8 行是隐藏的（或被筛选掉了），也一并读取了。",
        "B 列是隐藏的，也一并读取了。",
    ]


def test_hidden_rows_of_ods_are_told():
    table = ods_table([["甲"], ["乙"]]).replace(
        "<table:table-row>", '<table:table-row table:visibility="collapse">'
    )
    assert "第 1、2 行是隐藏的" in read(ods(table))[0]["notes"][0]


def test_the_sheet_that_fits_is_read():
    def fill(book, sheet):
        sheet.write_string(0, 0, "封面")
        book.add_worksheet("空的")
        hidden = book.add_worksheet("旧名单")
        right = book.add_worksheet("二月名单")
        for column, title in enumerate(TITLES):
            hidden.write_string(0, column, title)
            right.write_string(2, column, title)
        hidden.hide()
        book.add_worksheet("三月名单").write_row(0, 0, TITLES)
        book.add_worksheet("也是空的")
        book.add_worksheet("填写说明").write_string(0, 0, "请看这里")

    head, lines = read(xlsx(fill))
    assert head["sheet"] == "二月名单"
    assert lines[0]["row"] == 3
    assert head["notes"] == ["文件中有多个工作表，读取的是“二月名单”；没有读取“名单”、“三月名单”。"]


def test_without_titles_the_first_sheet_with_content_is_read():
    def fill(book, sheet):
        for name in ("乙", "丙", "丁"):
            book.add_worksheet(name).write_string(0, 0, "甲")

    head = next(read_lines(parse_sheet(xlsx(fill), "a.xlsx")))
    assert head["sheet"] == "乙"
    assert "没有读取“丙”、“丁”" in head["notes"][0]


def test_macros_and_links_are_left_and_told():
    data = with_parts(
        xlsx_of(ROWS),
        {
            "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 macro",
            "xl/externalLinks/externalLink1.xml": "<externalLink/>",
        },
    )
    head, lines = read(data)
    assert len(lines) == 2
    assert ["宏" in note for note in head["notes"]] == [True, False]
    assert "其他工作簿" in head["notes"][1]


def test_a_workbook_whose_parts_lie_elsewhere():
    data = xlsx_of(ROWS)
    moved = with_parts(data, {"_rels/.rels": None})
    with pytest.raises(UnusableSheet):
        parse_sheet(moved, "a.xlsx")
    assert len(cells_of(data)) == 2


def test_blank_cells_with_a_format_do_not_count():
    far = '<c r="XFD1" s="0"/></row><row r="1048576" s="0"><c r="A1048576" s="0"/>'
    assert cells_of(raw_xlsx(f'<row r="1">{text_cell("A1", "甲")}{far}</row>')) == [["甲"]]


def test_repeated_blanks_of_ods_do_not_count():
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    rows = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>甲</text:p></table:table-cell>'
        f'{blank}</table:table-row><table:table-row table:number-rows-repeated="1048575">{blank}</table:table-row>'
    )
    assert cells_of(ods(f'<table:table table:name="名单">{rows}</table:table>')) == [["甲"]]

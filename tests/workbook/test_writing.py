"""What is written is what is read back, as text, and what a spreadsheet program is told to show."""

import io
import re
import tracemalloc
import zipfile
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.workbook import writing
from portal.workbook.reading import locate_heading, parse_sheet, read_lines
from portal.workbook.writing import Heading, Shown, write_sheet

HEADINGS = (
    Heading("姓名", 14, note="与证件一致。", group="本人", required=True),
    Heading("证件号码", 24, group="本人", required=True),
    Heading("性别", 8, choices=("男", "女"), group="本人"),
    Heading("学校", 30, choices=tuple(f"上海市第{number}职业学校" for number in range(90)), group="学历"),
    Heading("职称", 12, choices=("初级,助理", "中级"), group="学历"),
)
TITLES = [heading.title for heading in HEADINGS]


def written(rows, **options) -> bytes:
    return write_sheet(HEADINGS, rows, title="名单模板", sheet="名单", **options)


def read_back(data: bytes) -> list[list]:
    """The rows below the heading."""
    parsed = parse_sheet(data, "a.xlsx", TITLES)
    below = locate_heading(read_lines(parsed), TITLES).row
    return [line["cells"] for line in read_lines(parsed) if line.get("row", 0) > below]


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name).decode()


def test_a_template_is_found_again():
    located = locate_heading(read_lines(parse_sheet(written([]), "a.xlsx", TITLES)), TITLES)
    assert located.row == 2
    assert located.columns == {title: place for place, title in enumerate(TITLES)}
    assert (located.missing, located.unknown, located.doubled) == ((), (), ())


def test_without_groups_the_heading_is_the_first_row():
    headings = [Heading(title, 12) for title in ("甲", "乙", "丙")]
    data = write_sheet(headings, [["1", "2", "3"]], title="表", sheet="表")
    assert locate_heading(read_lines(parse_sheet(data, "a.xlsx")), ["甲", "乙", "丙"]).row == 1


@pytest.mark.parametrize(
    "text",
    [
        *(
            "=1+1",
            '=HYPERLINK("http://a.b","c")',
            "+86",
            "-1",
            "@a",
            "\tq",
            "'a",
            '"q"',
            "http://a.b",
            "mailto:a@b",
        ),
        *("0012", "1e5", "310101200001011234", "TRUE", "2000-01-01", "#N/A", "{{7*7}}", "𬀩㛃䶮", "阿" * 50),
        *("_x0041_", "<r>甲</r>", "<r><t>甲</t></r>", "&amp;<b>", "  前后  ", "一\n二", "字" * 32_767),
    ],
)
def test_text_comes_back_as_it_was(text):
    assert read_back(written([["王芳", text]])) == [["王芳", text, None, None, None]]


def test_what_no_cell_can_carry_is_left_out():
    rows = read_back(written([["王\0芳\x1b", "a\r\nb\rc", "\ud800\uffff", "𬀩" * 20_000]]))
    assert rows == [["王芳", "a\nb\nc", None, "𬀩" * 16_383, None]]


writable = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=50
).filter(lambda text: not text.isspace())


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(writable, min_size=5, max_size=5), min_size=1, max_size=20))
def test_any_text_comes_back_as_it_was(rows):
    assert read_back(written(rows)) == rows


def test_a_problem_colours_its_cell_and_stands_in_a_note():
    data = written(
        [["王芳", Shown("31010120000101123", "证件号码应为 18 位。"), Shown("女")], ["李强", "1", "男"]]
    )
    assert read_back(data)[0][:3] == ["王芳", "31010120000101123", "女"]
    rows = part(data, "xl/worksheets/sheet1.xml")
    styles = dict(re.findall(r'<c r="([A-C][34])" s="(\d+)"', rows))
    assert styles["B3"] != styles["A3"] == styles["C3"] == styles["B4"]
    comments = part(data, "xl/comments1.xml")
    assert 'ref="B3"' in comments
    assert "证件号码应为 18 位。" in comments


def test_text_columns_are_text_to_the_bottom():
    data = written([])
    styles = part(data, "xl/styles.xml")
    formats = [int(number) for number in re.findall(r'<xf numFmtId="(\d+)"', styles.split("<cellXfs")[1])]
    columns = re.findall(r'<col [^>]*style="(\d+)"', part(data, "xl/worksheets/sheet1.xml"))
    assert columns
    assert {formats[int(style)] for style in columns} == {49}


def test_drop_downs_reach_the_blank_rows_and_long_lists_lie_on_a_hidden_sheet():
    data = written([["王芳"]], blank_rows_formatted=500, instructions=["每人一行。"])
    sheet = part(data, "xl/worksheets/sheet1.xml")
    rules = dict(re.findall(r'<dataValidation [^>]*sqref="([^"]+)"[^>]*><formula1>([^<]*)</formula1>', sheet))
    assert rules == {
        "C3:C503": '"男,女"',
        "D3:D503": "'选项'!$D$1:$D$90",
        "E3:E503": "'选项'!$E$1:$E$2",
    }
    assert 'name="选项" sheetId="3" state="hidden"' in part(data, "xl/workbook.xml")


def test_the_heading_stays_in_sight_and_carries_its_notes():
    data = written([])
    sheet = part(data, "xl/worksheets/sheet1.xml")
    assert re.search(r'<pane xSplit="1" ySplit="2" topLeftCell="B3"', sheet)
    assert "与证件一致。" in part(data, "xl/comments1.xml")
    assert '<mergeCell ref="A1:C1"/>' in sheet


def test_the_instructions_explain_each_column_and_are_never_read_as_rows():
    data = written([], instructions=["每人一行。"], example_rows=[["王芳", "310101200001011234", "女"]])
    strings = part(data, "xl/sharedStrings.xml")
    for text in (
        "名单模板",
        "1．每人一行。",
        "本人：证件号码",
        "从下拉列表中选择：男、女。",
        "310101200001011234",
    ):
        assert f">{text}<" in strings
    assert 'name="填写说明"' in part(data, "xl/workbook.xml")
    assert read_back(data) == []


def test_more_cells_than_headings_are_a_mistake_of_ours():
    with pytest.raises(ValueError, match="row 3 has 6 cells under 5 headings"):
        written([["1"] * 6])


def test_nothing_is_written_to_disk(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert read_back(written([["王芳", "1"]] * 50))


def test_rows_with_notes_stand_once_and_in_order():
    data = written([["", Shown("", "证件号码不能空缺。")], [], ["王芳", Shown("1", "位数不够。")]])
    sheet = part(data, "xl/worksheets/sheet1.xml")
    assert re.findall(r'<row r="(\d+)"', sheet) == ["1", "2", "3", "4", "5"]
    assert '<dimension ref="A1:E5"/>' in sheet
    assert re.search(r'<c r="B3" s="\d+"/>', sheet)


def test_several_lines_are_shown_as_several():
    data = written([["一\n二", "一"]])
    styles = dict(re.findall(r'<c r="([AB]3)" s="(\d+)"', part(data, "xl/worksheets/sheet1.xml")))
    formats = re.findall(r"<xf .*?(?:</xf>|/>)", part(data, "xl/styles.xml").split("<cellXfs")[1])
    assert ["wrapText" in formats[int(styles[cell])] for cell in ("A3", "B3")] == [True, False]


def test_every_part_is_well_formed():
    data = written([["<&>\"'", Shown("]]>", "<&>\"'")]], instructions=["<&>"], example_rows=[["<&>"]])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))


def test_beyond_so_many_notes_only_the_colour_remains(monkeypatch):
    monkeypatch.setattr(writing, "MAX_NOTES", 2)
    data = written([["王芳", Shown(str(number), "位数不够。")] for number in range(5)])
    assert part(data, "xl/comments1.xml").count("位数不够。") == 2
    assert len(set(re.findall(r'<c r="B[3-7]" s="(\d+)"', part(data, "xl/worksheets/sheet1.xml")))) == 1


def test_fifty_thousand_cells_need_little_memory():
    """The library alone would keep 460 bytes a cell."""
    tracemalloc.start()
    data = written(["王芳", f"310101{number:012}", "女", "学校", "中级"] for number in range(20_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(data) + 4 * 1024 * 1024 < 10_000 * 5 * 460

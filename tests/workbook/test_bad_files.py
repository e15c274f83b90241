"""Files that cannot be taken: each is refused in a sentence that says what to do."""

import io
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.files import intake
from portal.workbook import limits, reading
from portal.workbook.reading import UnusableSheet, parse_sheet, read_lines
from tests.files.samples import encoded, pdf_bytes, portrait, simple_pdf
from tests.workbook.samples import (
    DECLARATION,
    MAIN,
    TITLES,
    compound,
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
    zipped,
)

PROJECT = Path(intake.__file__).parents[2]
GOOD = xlsx_of([TITLES, ("王芳", "310101200001011234", "2000-01-01", "13800000000")])
DOCTYPE = DECLARATION + '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'


def declared(data: bytes, name: str, size: int) -> bytes:
    """The ZIP whose directory promises `size` bytes for one part."""
    changed = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert name in archive.namelist()
        at = archive.start_dir
    while changed[at : at + 4] == b"PK\1\2":
        length, extra, comment = struct.unpack_from("<HHH", changed, at + 28)
        if changed[at + 46 : at + 46 + length] == name.encode():
            struct.pack_into("<I", changed, at + 24, size)
        at += 46 + length + extra + comment
    return bytes(changed)


def far_cell(reference: str) -> bytes:
    row = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return raw_xlsx(
        f'<row r="1">{text_cell("A1", "甲")}</row><row r="{row}">{text_cell(reference, "乙")}</row>'
    )


def ods_cells(attributes: str, row: str = "") -> bytes:
    cell = f'<table:table-cell office:value-type="string" {attributes}><text:p>甲</text:p></table:table-cell>'
    return ods(
        f'<table:table table:name="名单"><table:table-row {row}>{cell}</table:table-row></table:table>'
    )


def with_absurd_day() -> bytes:
    def fill(book, sheet):
        sheet.write_string(0, 0, "甲")
        sheet.write_number(1, 0, 1e12, book.add_format({"num_format": "[h]:mm"}))

    return xlsx(fill)


def unordered_bomb() -> bytes:
    """Cells whose rows count upwards without saying so, in few bytes."""
    return raw_xlsx("<row><c><v>1</v></c></row>" * 300_000)


REFUSED = {
    "空文件": (b"", "是空的"),
    "空工作簿": (xlsx(lambda book, sheet: None), "没有内容"),
    "空白文本": (b"\n ,\n", "没有内容"),
    "截断": (GOOD[: len(GOOD) // 2], "已损坏"),
    "截断的旧格式": (xls(label(0, 0, "甲"))[:2000], "已损坏"),
    "部件损坏": (with_parts(GOOD, {"xl/worksheets/sheet1.xml": "<worksheet><sheetData><row"}), "已损坏"),
    "缺少部件": (with_parts(GOOD, {"xl/worksheets/sheet1.xml": None}), "已损坏"),
    "缺少共享文本": (with_parts(GOOD, {"xl/sharedStrings.xml": None}), "已损坏"),
    "加密的xlsx": (compound({"EncryptionInfo": b"x", "EncryptedPackage": b"y"}), "加了密码"),
    "加密的xls": (xls(label(0, 0, "甲"), globals_=record(0x002F, b"\1\0" + bytes(52))), "加了密码"),
    "加密的ods": (
        ods("", manifest="<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"),
        "加了密码",
    ),
    "网页": ("<html><table><tr><td>姓名</td></tr></table></html>".encode(), "网页"),
    "带BOM的网页": ("\ufeff\n<!DOCTYPE html><table>".encode(), "网页"),
    "XML表格": (b'<?xml version="1.0"?><Workbook/>', "网页"),
    "PDF": (pdf_bytes(simple_pdf()), "这是 PDF"),
    "照片": (encoded(portrait(200, 280)), "这是图片"),
    "Word文档": (zipped({"word/document.xml": "<a/>"}), "Word"),
    "旧Word文档": (compound({"WordDocument": b"x"}), "Word"),
    "二进制工作簿": (zipped({"xl/workbook.bin": b"x"}), "xlsb"),
    "空压缩包": (zipped({}), "这是压缩包"),
    "照片压缩包": (zipped({"王芳.jpg": b"x"}), "这是压缩包"),
    "很旧的格式": (b"\x09\x08\x08\x00\x00\x05\x10\x00" + bytes(100), "旧格式"),
    "乱码": (b"\xff\xff\x81\x20abc\x80\xff", "编码"),
    "二进制": (b"a,b\n\0\1\2", "编码"),
    "引号没有成对": (('姓名,备注\n王芳,"甲\n' + "李强,乙\n" * 10_000).encode(), "引号没有成对"),
    "最远的单元格": (far_cell("XFD1048576"), "XFD1048576 有内容"),
    "太多列": (far_cell("GS2"), "GS2 有内容"),
    "太多行": (far_cell("A110001"), "A110001 有内容"),
    "自数的行": (unordered_bomb(), "A110001 有内容"),
    "太多行的文本": (b"1\n" * 110_001, "A110001 有内容"),
    "太多列的文本": (b"1," * 250, "有内容"),
    "旧格式的远处": (xls(label(0, 0, "甲") + number(65535, 255, 1)), "IV65536 有内容"),
    "重复的单元格": (ods_cells('table:number-columns-repeated="16384"'), "XFD1 有内容"),
    "重复的行": (ods_cells("", 'table:number-rows-repeated="1048576"'), "A1048576 有内容"),
    "一万个工作表": (raw_xlsx("", sheets=[f"表{number}" for number in range(10_000)]), "展开后过大"),
    "一千个工作表": (raw_xlsx("", sheets=[f"表{number}" for number in range(1_000)]), "工作表超过 100 个"),
    "ods的一万个工作表": (
        ods(ods_table([["甲"]]) + '<table:table table:name="x"/>' * 10_000),
        "工作表超过 100 个",
    ),
    "高压缩比": (raw_xlsx(" " * 50_000_000), "展开后过大"),
    "自称很大": (declared(GOOD, "xl/worksheets/sheet1.xml", 4_000_000_000), "展开后过大"),
    "自称太小": (declared(GOOD, "xl/worksheets/sheet1.xml", 100), "已损坏"),
    "表里的实体": (
        with_parts(GOOD, {"xl/worksheets/sheet1.xml": DOCTYPE + f'<worksheet xmlns="{MAIN}"/>'}),
        "DTD",
    ),
    "文本里的实体": (
        with_parts(GOOD, {"xl/sharedStrings.xml": DOCTYPE + "<sst><si><t>&c;</t></si></sst>"}),
        "DTD",
    ),
    "ods里的实体": (with_parts(ods(""), {"content.xml": DOCTYPE + "<a>&c;</a>"}), "DTD"),
    "荒唐的时间": (with_absurd_day(), "第 2 行有无法显示的日期"),
    "太多公式": (
        raw_xlsx(("<row>" + "<c><f>1</f></c>" * 50 + "</row>") * 10_001),
        "公式太多",
    ),
}


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED)
def test_refused_in_a_sentence(data, sentence):
    with pytest.raises(UnusableSheet, match=sentence) as refusal:
        parse_sheet(data, "名单.xlsx", TITLES)
    assert refusal.value.sentence.endswith("。")


def test_too_many_bytes_are_refused_before_anything_is_opened(monkeypatch):
    monkeypatch.setattr(intake, "CHILD", "/there/is/no/child")
    with pytest.raises(UnusableSheet, match="超过上限 64 MB"):
        parse_sheet(bytes(limits.MAX_BYTES + 1), "a.xlsx")


UNSCANNED = f"""
import io, sys
sys.path.insert(0, {str(PROJECT)!r})
from python_calamine import load_workbook
from portal.files.confinement import confine
from portal.workbook.limits import CHILD_LIMITS
confine(**CHILD_LIMITS)
load_workbook(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0)
"""


def test_a_bomb_that_passed_the_scan_would_meet_the_wall_of_memory():
    bomb = far_cell("XFD1048576")
    assert len(bomb) < 5_000
    with pytest.raises(subprocess.CalledProcessError) as death:
        intake.run_confined([sys.executable, "-I", "-c", UNSCANNED], bomb, seconds=60)
    assert intake.OUT_OF_MEMORY in death.value.stderr


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import time; time.sleep(60)", "展开后过大"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "展开后过大"),
        ("import sys; sys.exit('memory allocation of 99 bytes failed')", "展开后过大"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "已损坏"),
    ],
    ids=["睡着不醒", "用尽处理器时间", "用尽内存", "崩溃"],
)
def test_a_child_that_dies_is_reported_in_a_sentence(tmp_path, monkeypatch, program, sentence):
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(intake, "CHILD", child)
    monkeypatch.setattr(limits, "CHILD_SECONDS", 1)
    with pytest.raises(UnusableSheet, match=sentence):
        parse_sheet(GOOD, "a.xlsx")


def test_a_good_file_is_not_refused():
    assert len(list(read_lines(parse_sheet(GOOD, "a.xlsx", TITLES)))) == 3


SEEDS = [
    GOOD,
    xls(label(0, 0, "甲") + number(1, 1, 2)),
    ods(ods_table([TITLES, ("王芳",)])),
    "姓名,备注\n王芳,甲\n".encode("gb18030"),
]

openings = st.sampled_from(
    [b"", b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"<", b"\x09\x08"]
)


@st.composite
def mutated(draw):
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(len(data) // 2, len(data)))]) if draw(st.booleans()) else bytes(data)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(mutated(), st.builds(bytes.__add__, openings, st.binary(max_size=200))))
def test_any_bytes_are_rows_or_a_sentence(data):
    try:
        parsed = reading.parse_sheet(data, "名单.xlsx", TITLES)
    except UnusableSheet:
        return
    head, *lines = read_lines(parsed)
    assert head["rows"] == len(lines) > 0

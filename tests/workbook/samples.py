"""Sheets as people, programs and attackers make them."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter

TITLES = ("姓名", "证件号码", "出生日期", "手机号")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_parts(data: bytes, parts: Mapping[str, str | bytes | None]) -> bytes:
    """The same ZIP with some parts replaced, added or, by None, left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if name not in parts}
    return zipped(kept | {name: content for name, content in parts.items() if content is not None})


def xlsx(fill, **options) -> bytes:
    """What `fill(book, sheet)` makes, by the library."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    fill(book, book.add_worksheet("名单"))
    book.close()
    return out.getvalue()


def xlsx_of(rows: Sequence[Sequence[str]]) -> bytes:
    def fill(book, sheet):
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                if text:
                    sheet.write_string(row, column, text)

    return xlsx(fill)


def raw_xlsx(
    sheet_data: str, *, sheets: Sequence[str] = ("名单",), before: str = "", after: str = ""
) -> bytes:
    """By hand: every sheet has the rows `sheet_data`, the markup of <sheetData>'s content."""
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(sheets, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number, _ in enumerate(sheets, 1)
    )
    related = f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>'
    body = f'<worksheet xmlns="{MAIN}">{before}<sheetData>{sheet_data}</sheetData>{after}</worksheet>'
    return zipped(
        {
            "[Content_Types].xml": f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types"/>',
            "_rels/.rels": f'{related}<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": DECLARATION + book,
            "xl/_rels/workbook.xml.rels": f"{related}{relations}</Relationships>",
        }
        | {f"xl/worksheets/sheet{number}.xml": DECLARATION + body for number, _ in enumerate(sheets, 1)}
    )


def text_cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def ods(tables: str, *, manifest: str = "") -> bytes:
    """`tables`: the markup of <office:spreadsheet>'s content."""
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'{DECLARATION}<office:document-content xmlns:office="{urn}:office:1.0" xmlns:table="{urn}:table:1.0" '
        f'xmlns:text="{urn}:text:1.0"><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    listed = (
        f'{DECLARATION}<manifest:manifest xmlns:manifest="{urn}:manifest:1.0">{manifest}</manifest:manifest>'
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": listed,
            "content.xml": content,
        }
    )


def ods_table(rows: Sequence[Sequence[str]], name: str = "名单") -> str:
    def cell(text: str) -> str:
        if not text:
            return "<table:table-cell/>"
        return (
            f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'
        )

    body = "".join(f"<table:table-row>{''.join(map(cell, cells))}</table:table-row>" for cells in rows)
    return f"<table:table table:name={quoteattr(name)}>{body}</table:table>"


# ---- .xls: records of BIFF8 within a compound file


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def label(row: int, column: int, text: str) -> bytes:
    units = text.encode("utf-16-le")
    return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(units) // 2, 1) + units)


def number(row: int, column: int, value: float, style: int = 0) -> bytes:
    return record(0x0203, struct.pack("<HHHd", row, column, style, value))


DAY_STYLE = 1


def xls(cells: bytes, *, globals_: bytes = b"", name: str = "名单") -> bytes:
    """One sheet of `cells` records; style DAY_STYLE shows a day. `globals_`: records of the workbook itself."""
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    styles = b"".join(record(0x00E0, struct.pack("<HH16x", 0, form)) for form in (0, 14))
    title = name.encode("utf-16-le")
    tail = struct.pack("<BBBB", 0, 0, len(title) // 2, 1) + title
    before = len(start) + len(globals_) + len(styles) + 4 + 4 + len(tail) + 4
    bound = record(0x0085, struct.pack("<I", before) + tail)
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0)) + cells + record(0x000A, b"")
    return compound({"Workbook": start + globals_ + styles + bound + record(0x000A, b"") + sheet})


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of whole sectors: each stream is padded beyond the size of those kept elsewhere."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    fat = [0xFFFFFFFD, end]
    data, entries = b"", [_entry("Root Entry", 5, end, 0, child=1)]
    for place, (name, content) in enumerate(streams.items(), 1):
        content = content.ljust(-(-max(len(content), 4096) // 512) * 512, b"\0")
        first, count = len(fat), len(content) // 512
        fat += [*range(first + 1, first + count), end]
        following = place + 1 if place < len(streams) else free
        entries.append(_entry(name, 2, first, len(content), right=following))
        data += content
    assert len(fat) <= 128
    assert len(entries) <= 4
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<I", 0) + struct.pack("<I", free) * 108
    table = b"".join(struct.pack("<I", sector) for sector in fat).ljust(512, b"\xff")
    return header + table + b"".join(entries).ljust(512, b"\0") + data


def _entry(
    name: str, kind: int, first: int, size: int, *, child: int = 0xFFFFFFFF, right: int = 0xFFFFFFFF
) -> bytes:
    called = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", 0xFFFFFFFF, right, child)
    return (
        called.ljust(64, b"\0")
        + struct.pack("<HBB", len(called), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", first, size)
    )

"""The rows of a written sheet, compressed as they come and put into the finished workbook.

The library keeps every cell until the end, half a kilobyte each, or else in a file on disk, where people's data must not
lie. Rows are so many and so plain that they are written here; all around them is the library's.
"""

import gzip
import io
import re
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name

from portal.workbook.cells import clean

SHEET = "xl/worksheets/sheet1.xml"
# Excel reads _x0041_ as A unless its first character is escaped in the same way.
LOOKS_ESCAPED = re.compile(r"_(?=x[0-9a-fA-F]{4}_)")
COPIED_AT_ONCE = 1024 * 1024


class RowStream:
    """`width` columns, the first row at index `first`."""

    def __init__(self, width: int, first: int) -> None:
        self.letters = [xl_col_to_name(column) for column in range(width)]
        self.first = self.next = first
        self._kept = io.BytesIO()
        self._packed = gzip.GzipFile(fileobj=self._kept, mode="wb", compresslevel=1, mtime=0)

    def add(self, cells: Sequence[tuple[str, Format] | None]) -> None:
        """The next row: texts and their looks, None for a cell that is not there."""
        number = self.next + 1
        written = "".join(
            _cell(f"{letters}{number}", *cell)
            for letters, cell in zip(self.letters, cells, strict=False)
            if cell is not None
        )
        self._packed.write(f'<row r="{number}">{written}</row>'.encode())
        self.next += 1

    def into(self, workbook: bytes) -> bytes:
        """The same workbook with these rows below the heading of its first sheet."""
        self._packed.close()
        self._kept.seek(0)
        out = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(workbook)) as before,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
        ):
            for part in before.infolist():
                if part.filename != SHEET:
                    after.writestr(part, before.read(part))
                    continue
                head, tail = self._around(before.read(part).decode())
                with after.open(part, "w") as sheet, gzip.GzipFile(fileobj=self._kept) as rows:
                    sheet.write(head.encode())
                    while chunk := rows.read(COPIED_AT_ONCE):
                        sheet.write(chunk)
                    sheet.write(tail.encode())
        return out.getvalue()

    def _around(self, markup: str) -> tuple[str, str]:
        """What stands before and after the rows. The library leaves empty ones where there are notes: they go."""
        heading_ends = markup.index("</row>", markup.index(f'<row r="{self.first}"')) + len("</row>")
        area = f"A1:{self.letters[-1]}{self.next}"
        head = re.sub(r'(?<=<dimension ref=")[^"]*', area, markup[:heading_ends], count=1)
        return head, markup[markup.index("</sheetData>") :]


def _cell(reference: str, text: str, look: Format) -> str:
    style = look._get_xf_index()
    if not (cleaned := clean(text)):
        return f'<c r="{reference}" s="{style}"/>'
    shown = LOOKS_ESCAPED.sub("_x005F_", escape(cleaned))
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'

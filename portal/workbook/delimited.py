"""Text with separators, as spreadsheets and databases save it: which characters, which separator, which cells."""

import codecs
import csv
import io
import itertools
import re
from collections import Counter
from collections.abc import Iterator

from portal.workbook import limits
from portal.workbook.errors import SAVE_AGAIN, UnusableSheet
from portal.workbook.markup import refuse_beyond

SEPARATORS = (",", "\t", ";")
SAMPLE_CHARACTERS = 64 * 1024
SAMPLE_ROWS = 50
# Excel's own limit for a cell. A longer one is a quotation mark without its second half.
MAX_CELL = 32_767

AS_TEXT = re.compile(r'="([^"]*)"')
SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?E[+-]?\d{1,3}", re.IGNORECASE)

NO_TEXT = f"认不出文件的格式或文字编码。{SAVE_AGAIN}"


def read_delimited(data: bytes) -> Iterator[list[str | dict | None]]:
    """The rows, blank ones included. Raises UnusableSheet.

    ="0012", by which programs keep Excel from dropping zeros, is the text 0012. What Excel saved as 3.10101E+17 is
    given as the number it was.
    """
    encoding = _encoding_of(data)
    separator = _separator_of(_text(data, encoding).read(SAMPLE_CHARACTERS))
    csv.field_size_limit(MAX_CELL)
    rows = csv.reader(_text(data, encoding), delimiter=separator)
    for index in itertools.count():
        try:
            row = next(rows, None)
        except csv.Error:
            raise UnusableSheet(
                f"第 {index + 1} 行附近的引号没有成对，后面的内容连成了一片。请检查该处的英文双引号，改正后再上传。"
            ) from None
        except UnicodeDecodeError:
            raise UnusableSheet(NO_TEXT) from None
        if row is None:
            return
        cells = [_cell(text) for text in row]
        if any(cells):
            filled = max(column for column, cell in enumerate(cells) if cell)
            refuse_beyond(index, filled)
        yield cells[: limits.MAX_COLUMNS]


def _text(data: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")


def _encoding_of(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in data:
        raise UnusableSheet(NO_TEXT)
    for encoding in ("utf-8-sig", "gb18030"):
        text = _text(data, encoding)
        try:
            while text.read(SAMPLE_CHARACTERS):
                pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise UnusableSheet(NO_TEXT)


def _separator_of(sample: str) -> str:
    """The separator that gives the first rows the most columns, and the same number of them."""

    def columns(separator: str) -> int:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
        widths: Counter[int] = Counter()
        try:
            widths.update(len(row) for row in itertools.islice(reader, SAMPLE_ROWS))
        except csv.Error:
            return 0
        return max(((width - 1) * count for width, count in widths.items()), default=0)

    return max(SEPARATORS, key=columns)


def _cell(text: str) -> str | dict | None:
    if not text or text.isspace():
        return None
    if text[0] == "=" and (kept := AS_TEXT.fullmatch(text)):
        return kept[1] or None
    if text[-1].isdigit() and SCIENTIFIC.fullmatch(text):
        return {"kind": "number", "value": text}
    return text

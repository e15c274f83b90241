"""Uploaded sheets, read: the only door. Bytes go to a confined child, rows come back as compressed lines."""

import gzip
import io
import json
from collections.abc import Iterator, Sequence

from portal.files.intake import UnusableFile, display_name, in_child
from portal.workbook import limits
from portal.workbook.errors import UnusableSheet
from portal.workbook.heading import LocatedHeading, locate_heading
from portal.workbook.kinds import BROKEN, SWOLLEN
from portal.workbook.limits import MAX_BYTES, MAX_COLUMNS, MAX_ROWS, MEBIBYTE

__all__ = [
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "LocatedHeading",
    "UnusableSheet",
    "locate_heading",
    "parse_sheet",
    "read_lines",
]


def parse_sheet(data: bytes, filename: str, titles: Sequence[str] = ()) -> bytes:
    """The sheet as gzip'd JSON lines for `read_lines`, to be kept (sealed: it holds people's data) and read again.

    First line: {"sheet": name, "rows": lines that follow, "columns": most cells in a row, "notes": [Chinese sentences]}.
    Then a line for each sheet row that is not wholly blank: {"row": sheet row from 1, "cells": [...]}. A cell is a
    string as typed, null where there is nothing but space, or {"kind": ..., "value": text} where the sheet's type
    is not text: number (at most 15 digits are left of what was typed), date (ISO, with T and time where there is one),
    bool (TRUE or FALSE), error, formula (its last result, perhaps ""). Times of day are strings.

    Of several sheets the visible one that bears most of `titles` is read, else the first with content. .xlsx, .xls, .ods
    and text with separators are told apart by their content, never by `filename`. In .xls formulas and errors are not
    recognised: they are what they last showed. Raises UnusableSheet, whatever the bytes.
    """
    if not data:
        raise UnusableSheet(f"文件“{display_name(filename)}”是空的（0 字节），可能没有传完。请重新选择。")
    if len(data) > MAX_BYTES:
        raise UnusableSheet(
            f"文件大小为 {len(data) / MEBIBYTE:.1f} MB，超过上限 {MAX_BYTES // MEBIBYTE} MB。"
            "请删去文件中的图片和多余的工作表，或把名单分成几个文件上传。"
        )
    try:
        _, (parsed,) = in_child(
            "sheet",
            data,
            *titles,
            seconds=limits.CHILD_SECONDS,
            too_much_work=SWOLLEN,
            unreadable=BROKEN,
        )
    except UnusableFile as refusal:
        raise UnusableSheet(refusal.sentence) from None
    return parsed


def read_lines(parsed: bytes) -> Iterator[dict]:
    """The lines of `parse_sheet`, the head first, one at a time; every "cells" is as long as the head's "columns"."""
    with gzip.GzipFile(fileobj=io.BytesIO(parsed)) as lines:
        head = json.loads(next(lines))
        yield head
        for text in lines:
            line = json.loads(text)
            cells = line["cells"]
            cells.extend([None] * (head["columns"] - len(cells)))
            yield line

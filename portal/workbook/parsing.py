"""What the confined child does with an uploaded sheet: bytes in, compressed lines out. See docs/adr/0060.

Nothing here is called by the process that serves pages; `portal.workbook.reading` starts the child.
"""

import codecs
import datetime
import gzip
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from python_calamine import CalamineError, CalamineSheet, SheetTypeEnum, SheetVisibleEnum
from python_calamine import load_workbook as open_workbook

from portal.workbook import markup
from portal.workbook.delimited import read_delimited
from portal.workbook.errors import UnusableSheet
from portal.workbook.heading import INSTRUCTIONS, LINES_SEARCHED, LocatedHeading, find_heading
from portal.workbook.kinds import BROKEN, DELIMITED, ODS, XLSX, kind_of, open_archive
from portal.workbook.markup import ERROR, TEXT_FORMULA, SheetFacts
from portal.workbook.notes import notes_on_file, notes_on_sheet

# Python loads an encoding when it first meets it; by then this process can open no file any more. The second line is
# what the names in a ZIP and the declarations of XML may be in.
for _encoding in (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"),
    *("cp437", "ascii", "iso-8859-1", "gb2312", "gbk"),
):
    codecs.lookup(_encoding)

Cells = list[str | dict | None]

NOTHING = "表中没有内容。请按模板填写后再上传。"
ERROR_SHOWN = "#错误值"


def parse(data: bytes, titles: Sequence[str] = ()) -> tuple[dict, list[bytes]]:
    """No facts and one blob: the answer of `reading.parse_sheet`. Raises UnusableSheet."""
    kind = kind_of(data)
    if kind == DELIMITED:
        body = _Lines()
        body.extend(read_delimited(data), SheetFacts())
        if not body.rows:
            raise UnusableSheet(NOTHING)
        return {}, [body.with_head(sheet="", notes=[])]
    chosen = _choose_sheet(data, kind, titles)
    body = _Lines()
    body.extend(_rows_of(chosen.sheet), chosen.facts)
    notes = notes_on_file(data, kind) + notes_on_sheet(
        chosen.sheet.name, chosen.others, chosen.facts, chosen.located.row if chosen.located else 1
    )
    return {}, [body.with_head(sheet=chosen.sheet.name, notes=notes)]


class _Lines:
    """Rows on their way out, compressed as they come: a whole sheet is never held as text."""

    def __init__(self) -> None:
        self.out = io.BytesIO()
        self.rows = self.columns = 0

    def extend(self, rows: Iterator[Cells], facts: SheetFacts) -> None:
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        with gzip.GzipFile(fileobj=self.out, mode="wb", compresslevel=1, mtime=0) as packed:
            for line in _lines(rows, facts):
                self.rows += 1
                self.columns = max(self.columns, len(line["cells"]))
                packed.write(encode(line).encode() + b"\n")

    def with_head(self, *, sheet: str, notes: list[str]) -> bytes:
        """The counts are known last and stand first: a member of its own before the rows."""
        head = {"sheet": sheet, "rows": self.rows, "columns": self.columns, "notes": notes}
        return (
            gzip.compress(json.dumps(head, ensure_ascii=False).encode() + b"\n", mtime=0)
            + self.out.getvalue()
        )


def _lines(rows: Iterator[Cells], facts: SheetFacts) -> Iterator[dict]:
    """The rows that are not wholly blank, without the empty cells at their ends."""
    for index, row in enumerate(rows):
        cells = [
            (cell if cell and not cell.isspace() else None) if type(cell) is str else cell for cell in row
        ]
        for column, what in facts.special.get(index, {}).items():
            cells.extend([None] * (column + 1 - len(cells)))
            cells[column] = _special(cells[column], what)
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            yield {"row": index + 1, "cells": cells}


def _special(shown: str | dict | None, what: str) -> str | dict | None:
    value = shown["value"] if isinstance(shown, dict) else shown or ""
    if what == ERROR:
        return {"kind": "error", "value": ERROR_SHOWN}
    if what == TEXT_FORMULA and not value:
        return None
    return {"kind": "formula", "value": value}


@dataclass(frozen=True)
class _Chosen:
    """`others`: names of further visible sheets with content."""

    sheet: CalamineSheet
    facts: SheetFacts
    located: LocatedHeading | None
    others: tuple[str, ...] = ()


class _Workbook:
    """A workbook of one of the three kinds, opened after its markup was read. Raises UnusableSheet."""

    def __init__(self, data: bytes, kind: str) -> None:
        self.archive = open_archive(data) if kind in (XLSX, ODS) else None
        self.parts: dict[str, str] | None = None
        self.facts: dict[str, SheetFacts] = {}
        if self.archive:
            markup.refuse_doctypes(self.archive)
            if kind == XLSX:
                self.parts = markup.xlsx_sheet_parts(self.archive)
            else:
                self.facts = markup.scan_ods(self.archive)
        self.book = open_workbook(io.BytesIO(data))
        markup.refuse_too_many_sheets(len(self.book.sheet_names))

    def visible(self) -> list[str]:
        return [
            about.name
            for about in self.book.sheets_metadata
            if about.visible == SheetVisibleEnum.Visible
            and about.typ == SheetTypeEnum.WorkSheet
            and about.name != INSTRUCTIONS
        ]

    def read(self, name: str) -> tuple[CalamineSheet, SheetFacts]:
        if self.archive is None or self.parts is None:
            return self.book.get_sheet_by_name(name), self.facts.get(name, SheetFacts())
        facts = markup.scan_xlsx_sheet(self.archive, self._part(name))
        return self.book.get_sheet_by_name(name), facts

    def has_content(self, name: str) -> bool:
        """Without reading all of it, where that is possible."""
        if self.archive is None or self.parts is None:
            return self.book.get_sheet_by_name(name).end is not None
        return markup.has_values(self.archive, self._part(name))

    def _part(self, name: str) -> str:
        if self.parts is None or name not in self.parts:
            raise UnusableSheet(BROKEN)
        return self.parts[name]


def _choose_sheet(data: bytes, kind: str, titles: Sequence[str]) -> _Chosen:
    """The visible sheet that bears most of the titles; without titles, or where none fits, the first with content."""
    best: _Chosen | None = None
    filled: list[str] = []
    try:
        workbook = _Workbook(data, kind)
        for name in workbook.visible():
            if best and (not titles or (best.located and not best.located.missing)):
                if workbook.has_content(name):
                    filled.append(name)
                continue
            sheet, facts = workbook.read(name)
            head = list(islice(_lines(_rows_of(sheet), facts), LINES_SEARCHED))
            if not head:
                continue
            filled.append(name)
            located = find_heading(head, titles) if titles else None
            if best is None or _fit(located) > _fit(best.located):
                best = _Chosen(sheet, facts, located)
    except (CalamineError, OSError, ValueError) as problem:
        if isinstance(problem, UnusableSheet):
            raise
        raise UnusableSheet(BROKEN) from None
    if best is None:
        raise UnusableSheet(NOTHING)
    return replace(best, others=tuple(name for name in filled if name != best.sheet.name))


def _fit(located: LocatedHeading | None) -> int:
    return len(located.columns) if located else 0


def _rows_of(sheet: CalamineSheet) -> Iterator[Cells]:
    """From the first row and column of the sheet, blank ones included."""
    if sheet.end is None or sheet.start is None:
        return
    markup.refuse_beyond(*sheet.end)
    before: Cells = [None] * sheet.start[1]
    rows = sheet.iter_rows()
    for index in range(sheet.end[0] + 1):
        try:
            row = next(rows)
        except OverflowError:
            raise UnusableSheet(
                f"第 {index + 1} 行有无法显示的日期或时间（在 Excel 中显示为 ######）。请改正或删去后再上传。"
            ) from None
        yield before + [value if type(value) is str else _typed(value) for value in row]


def _typed(value: object) -> str | dict | None:
    """A value that is no text, with its kind; its value always as text."""
    if isinstance(value, bool):
        return {"kind": "bool", "value": "TRUE" if value else "FALSE"}
    if isinstance(value, int | float):
        return {"kind": "number", "value": _number_shown(value)}
    if isinstance(value, datetime.datetime):
        return {"kind": "date", "value": value.isoformat(timespec="seconds")}
    if isinstance(value, datetime.date):
        return {"kind": "date", "value": value.isoformat()}
    # A time or a span of hours is no day: as it is shown.
    return str(value)


def _number_shown(value: float) -> str:
    """At most fifteen digits, as Excel keeps them, the rest zeros; never in powers of ten below 10^21."""
    digits = f"{value:.15g}"
    return format(Decimal(digits), "f") if "e+" in digits and abs(value) < 1e21 else digits

"""What the markup of .xlsx and .ods says beyond the values: formulas, errors, what is hidden, how far it reaches.

The values are calamine's, which keeps a whole rectangle of cells in memory and gives a formula's last result as if it
had been typed. So every sheet is read through here first, as a stream, and refused where it reaches too far.
"""

import contextlib
import posixpath
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from portal.workbook import limits
from portal.workbook.errors import SAVE_AGAIN, UnusableSheet
from portal.workbook.kinds import BROKEN, LOCKED

CHUNK = 256 * 1024
# A formula whose result is text may well have come to nothing; any other shows something or was never worked out.
FORMULA, TEXT_FORMULA, ERROR = "formula", "text formula", "error"

# More are not told of one by one.
MAX_MERGED = 10_000

Handler = Callable[[str, dict[str, str]], None]
Area = tuple[int, int, int, int]


@dataclass
class SheetFacts:
    """Rows and columns count from 0. `special`: row → column → FORMULA, TEXT_FORMULA or ERROR.
    `merged`: areas as first row, first column, last row, last column.
    """

    special: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    specials: int = 0
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Area] = field(default_factory=list)

    def mark(self, row: int, column: int, what: str) -> None:
        self.specials += 1
        if self.specials > limits.MAX_SPECIAL_CELLS:
            raise UnusableSheet(
                "表中公式太多，无法处理。请全选、复制，再用“选择性粘贴—数值”粘贴到新下载的模板中后上传。"
            )
        self.special[row][column] = what


def refuse_beyond(row: int, column: int) -> None:
    """Raises UnusableSheet for a cell with content that lies outside of what a sheet may have."""
    if row >= limits.MAX_ROWS or column >= limits.MAX_COLUMNS:
        raise UnusableSheet(
            f"单元格 {column_letters(column)}{row + 1} 有内容，超出了可处理的范围"
            f"（最多 {limits.MAX_ROWS:,} 行、{limits.MAX_COLUMNS} 列）。"
            "如是误填，请删除多余的行列；如人数确实太多，请分成几个文件上传。"
        )


def column_letters(column: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class _LocalNames(dict):
    """Names without their prefix; a document has few, a cell is met millions of times."""

    def __missing__(self, name: str) -> str:
        self[name] = local = name.rpartition(":")[2]
        return local


def read_markup(archive: zipfile.ZipFile, part: str, start: Handler) -> None:
    """Call `start` with the local name and attributes of each element of a part, in order. Raises UnusableSheet."""
    try:
        with archive.open(part) as stream:
            _feed(iter(lambda: stream.read(CHUNK), b""), start)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        raise UnusableSheet(BROKEN) from None
    except (expat.ExpatError, LookupError, ValueError) as problem:
        if isinstance(problem, UnusableSheet):
            raise
        raise UnusableSheet(BROKEN) from None


def _feed(chunks: Iterator[bytes], start: Handler) -> None:
    local = _LocalNames()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = lambda name, attributes: start(local[name], attributes)
    for chunk in chunks:
        parser.Parse(chunk)
    parser.Parse(b"", True)


def _refuse_doctype(*_: object) -> None:
    raise UnusableSheet(f"文件里有表格软件不会写出的内容（DTD），为安全起见没有打开。{SAVE_AGAIN}")


class _Enough(Exception):
    """What was looked for has been met."""


def refuse_doctypes(archive: zipfile.ZipFile) -> None:
    """Raises UnusableSheet if a part of markup declares a document type, the means of entity expansion.

    It would have to stand before the first element, so no part is read further.
    """

    def stop(name: str, attributes: dict[str, str]) -> None:
        raise _Enough

    for part in archive.namelist():
        if part.lower().endswith((".xml", ".rels", ".vml", ".rdf")):
            with contextlib.suppress(_Enough):
                read_markup(archive, part, stop)


# ---- .xlsx


def xlsx_sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → the part it lies in, by the relations that calamine follows, too. Raises UnusableSheet."""
    parts = {name.replace("\\", "/").lower(): name for name in archive.namelist()}
    book = next(
        (part for part, kind in _relations(archive, parts, "").values() if kind == "officeDocument"), ""
    )
    if book not in parts:
        raise UnusableSheet(BROKEN)
    relations = _relations(archive, parts, book)
    found: dict[str, str] = {}
    sheets = 0

    def sheet(name: str, attributes: dict[str, str]) -> None:
        nonlocal sheets
        if name != "sheet":
            return
        sheets += 1
        refuse_too_many_sheets(sheets)
        key = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
        part, _ = relations.get(key, ("", ""))
        if part in parts:
            found[attributes.get("name", "")] = parts[part]

    read_markup(archive, parts[book], sheet)
    return found


def _relations(archive: zipfile.ZipFile, parts: dict[str, str], of: str) -> dict[str, tuple[str, str]]:
    """Id → the part (as a key of `parts`) and the last word of the type, for the part `of` or the whole package."""
    folder, base = posixpath.split(of)
    found: dict[str, tuple[str, str]] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = (target.lstrip("/").lower(), kind)

    part = posixpath.join(folder, "_rels", f"{base}.rels")
    if part in parts:
        read_markup(archive, parts[part], relation)
    return found


def refuse_too_many_sheets(count: int) -> None:
    if count > limits.MAX_SHEETS:
        raise UnusableSheet(
            f"工作簿里的工作表超过 {limits.MAX_SHEETS} 个。请只保留要上传的工作表，另存后再上传。"
        )


def has_values(archive: zipfile.ZipFile, part: str) -> bool:
    def stop(name: str, attributes: dict[str, str]) -> None:
        if name in ("v", "is"):
            raise _Enough

    try:
        read_markup(archive, part, stop)
    except _Enough:
        return True
    return False


REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")


def scan_xlsx_sheet(archive: zipfile.ZipFile, part: str) -> SheetFacts:
    """Read one sheet's markup. Raises UnusableSheet."""
    facts = SheetFacts()
    columns: dict[str, int] = {}
    row, column, row_text, cell_type = -1, -1, "", ""

    def place(reference: str) -> None:
        nonlocal row, column
        letters = reference.rstrip("0123456789")
        if letters not in columns:
            columns[letters] = _column_number(letters)
        column = columns[letters]
        # Within a row of the same number nothing need be converted.
        if reference[len(letters) :] != row_text:
            row = _cell_of(reference)[0]

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, row_text, cell_type
        if name == "c":
            cell_type = attributes.get("t", "")
            if reference := attributes.get("r"):
                place(reference)
            else:
                column += 1
        elif name in ("v", "is"):
            if row >= limits.MAX_ROWS or column >= limits.MAX_COLUMNS:
                refuse_beyond(row, column)
            if cell_type == "e" and column not in facts.special.get(row, ()):
                facts.mark(row, column, ERROR)
        elif name == "f":
            refuse_beyond(row, column)
            facts.mark(row, column, TEXT_FORMULA if cell_type == "str" else FORMULA)
        elif name == "row":
            row_text = attributes.get("r", "")
            row, column = int(row_text) - 1 if row_text else row + 1, -1
            if attributes.get("hidden") in ("1", "true") and row < limits.MAX_ROWS:
                facts.hidden_rows.append(row)
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            first, last = int(attributes["min"]) - 1, int(attributes["max"])
            facts.hidden_columns.update(range(max(first, 0), min(last, limits.MAX_COLUMNS)))
        elif name == "mergeCell":
            first_cell, _, last_cell = attributes.get("ref", "").partition(":")
            if last_cell and len(facts.merged) < MAX_MERGED:
                facts.merged.append((*_cell_of(first_cell), *_cell_of(last_cell)))

    read_markup(archive, part, start)
    return facts


def _cell_of(reference: str) -> tuple[int, int]:
    """B3 → row 2, column 1. Raises ValueError."""
    match = REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(reference)
    return int(match[2]) - 1, _column_number(match[1])


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


# ---- .ods


def scan_ods(archive: zipfile.ZipFile) -> dict[str, SheetFacts]:
    """Sheet name → facts, of all sheets: calamine reads them all when it opens the file. Raises UnusableSheet."""
    encrypted = False

    def entry(name: str, attributes: dict[str, str]) -> None:
        nonlocal encrypted
        encrypted = encrypted or name == "encryption-data"

    parts = {name.lower(): name for name in archive.namelist()}
    read_markup(archive, parts["meta-inf/manifest.xml"], entry)
    if encrypted:
        raise UnusableSheet(LOCKED)
    reader = _OdsReader()
    read_markup(archive, parts["content.xml"], reader.start)
    return reader.sheets


class _OdsReader:
    """Follows rows and columns, which .ods counts by repetition instead of naming them."""

    def __init__(self) -> None:
        self.sheets: dict[str, SheetFacts] = {}
        self.facts = SheetFacts()
        self.row = self.column = self.header_column = -1
        self.rows_repeated = self.columns_repeated = 1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("table-cell", "covered-table-cell"):
            self.column += self.columns_repeated
            self.columns_repeated = int(attributes.get("table:number-columns-repeated", 1))
            self._cell(attributes)
        elif name == "p":
            self._refuse_beyond()
        elif name == "table-row":
            self.row += self.rows_repeated
            self.rows_repeated = int(attributes.get("table:number-rows-repeated", 1))
            self.column, self.columns_repeated = 0, 0
            if attributes.get("table:visibility") in ("collapse", "filter") and self.row < limits.MAX_ROWS:
                last = min(self.row + self.rows_repeated, limits.MAX_ROWS)
                self.facts.hidden_rows.extend(range(self.row, last))
        elif name == "table-column":
            first = self.header_column
            self.header_column += int(attributes.get("table:number-columns-repeated", 1))
            if attributes.get("table:visibility") in ("collapse", "filter"):
                self.facts.hidden_columns.update(range(first, min(self.header_column, limits.MAX_COLUMNS)))
        elif name == "table":
            refuse_too_many_sheets(len(self.sheets) + 1)
            self.facts = self.sheets.setdefault(attributes.get("table:name", ""), SheetFacts())
            self.row, self.rows_repeated, self.header_column = 0, 0, 0

    def _cell(self, attributes: dict[str, str]) -> None:
        if "office:value-type" in attributes or "table:formula" in attributes:
            self._refuse_beyond()
        if "table:formula" in attributes:
            what = TEXT_FORMULA if attributes.get("office:value-type") == "string" else FORMULA
            for column in range(self.column, self.column + self.columns_repeated):
                for row in range(self.row, self.row + self.rows_repeated):
                    self.facts.mark(row, column, what)
        rows = int(attributes.get("table:number-rows-spanned", 1))
        columns = int(attributes.get("table:number-columns-spanned", 1))
        if (rows > 1 or columns > 1) and len(self.facts.merged) < MAX_MERGED:
            self.facts.merged.append((self.row, self.column, self.row + rows - 1, self.column + columns - 1))

    def _refuse_beyond(self) -> None:
        refuse_beyond(self.row + self.rows_repeated - 1, self.column + self.columns_repeated - 1)

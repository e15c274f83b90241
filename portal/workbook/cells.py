"""What a written sheet is made of: headings, cells, their looks, and text written as text."""

import re
from dataclasses import dataclass
from xml.sax.saxutils import escape

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

# Excel takes no more in one cell.
MAX_CELL = 32_767
# What no XML and no cell can carry: control characters, halves of pairs, non-characters.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

# Excel's own format of text, shown as “文本”: a number typed into such a cell keeps its digits.
TEXT = 49

FACE = "Microsoft YaHei"
INK, BRAND, TINT, WASH, LINE = "#1B2A2F", "#0B6B5D", "#DCEBE7", "#F4F7F6", "#D5DEDB"
AMBER, RED = "#FFE9C2", "#8A1C12"


@dataclass(frozen=True)
class Heading:
    """A column. `title`: must differ from the others' without the group. `width`: in characters of the digit 0.

    `note`: a Chinese sentence shown at the heading. `choices`: a drop-down. `text`: numbers typed keep their digits.
    """

    title: str
    width: float
    note: str = ""
    choices: tuple[str, ...] = ()
    group: str = ""
    required: bool = False
    text: bool = True


@dataclass(frozen=True)
class Shown:
    """A cell with what is wrong with it: coloured, the problem as a note."""

    value: str
    problem: str = ""


class Looks:
    """The formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        def look(**more: object) -> Format:
            return book.add_format(
                {"font_name": FACE, "font_size": 10, "font_color": INK, "valign": "vcenter", **more}
            )

        head = {"bold": True, "align": "center", "text_wrap": True, "border": 1, "border_color": LINE}
        self.group = look(**head, bg_color=WASH)
        self.required = look(**{**head, "font_color": "#FFFFFF", "border_color": "#FFFFFF"}, bg_color=BRAND)
        self.optional = look(**head, bg_color=TINT)
        self.text = look(num_format=TEXT)
        self.lines = look(num_format=TEXT, text_wrap=True)
        self.plain = look()
        self.problem = look(num_format=TEXT, bg_color=AMBER, font_color=RED, border=1, border_color="#E0A83A")
        self.title = look(font_size=16, bold=True, font_color=BRAND)
        self.sentence = look(font_size=11, text_wrap=True, valign="top")
        self.listed = look(text_wrap=True, valign="top", num_format=TEXT, bottom=1, bottom_color=LINE)


def write_text(table: Worksheet, row: int, column: int, text: str, look: Format | None) -> None:
    """Text, exactly: also where the library would take it for its own markup of rich text."""
    cleaned = clean(text)
    if cleaned.startswith("<r>") and cleaned.endswith("</r>"):
        cleaned = f'<r><t xml:space="preserve">{escape(cleaned)}</t></r>'
    if cleaned:
        table.write_string(row, column, cleaned, look)
    else:
        table.write_blank(row, column, None, look)


def clean(text: str) -> str:
    """The text as a cell can carry it: without control characters, line breaks as one, at most MAX_CELL long."""
    cleaned = UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return cleaned if len(cleaned) <= MAX_CELL // 2 else _cut(cleaned)


def _cut(text: str) -> str:
    """Characters beyond U+FFFF count twice."""
    return text.encode("utf-16-le")[: MAX_CELL * 2].decode("utf-16-le", errors="ignore")

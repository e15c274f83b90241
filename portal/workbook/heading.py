"""Where a sheet's heading row is, and which column bears which title."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from portal.workbook.errors import UnusableSheet

# The template's second sheet, which the reader passes over.
INSTRUCTIONS = "填写说明"

# A title of the whole, a blank line or two, a row of groups: headings lower than this are not looked for.
LINES_SEARCHED = 30
# A heading merged over the group row and its own has its text in the upper of the two.
LINES_ABOVE = 2
# Fewer titles than this in a row may be chance.
TITLES_NEEDED = 3


@dataclass(frozen=True)
class LocatedHeading:
    """`row`: the heading's sheet row, from 1; rows below it are data. `columns`: title → index into "cells".

    `missing`: titles no column bears. `unknown`: headings, as written, that are no title. `doubled`: titles that
    several columns bear, of which the leftmost is taken.
    """

    row: int
    columns: Mapping[str, int]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    doubled: tuple[str, ...]


def locate_heading(
    lines: Iterable[dict], titles: Sequence[str], *, required: Sequence[str] = ()
) -> LocatedHeading:
    """The row that bears most of `titles`, the uppermost of equals, among the first lines of `read_lines`.

    Titles are compared without spaces, line breaks, marks of being required and the width of characters, and, where
    that leaves no doubt, without what a heading says in brackets. Above the heading may stand blank rows, a title of
    the whole and a row of groups, which are decoration: titles must differ without them. A title merged over the
    group row and the heading row is found. Raises UnusableSheet where no row bears three of the titles; it names the
    first of the `required` ones, where there are any.
    """
    found = find_heading(lines, titles)
    if found is None:
        shown = "、".join((required or titles)[:4])
        raise UnusableSheet(
            f"没有找到标题行（含“{shown}”等列）。请使用从系统下载的模板，不要删改标题行，填写后再上传。"
        )
    return found


def find_heading(lines: Iterable[dict], titles: Sequence[str]) -> LocatedHeading | None:
    """As `locate_heading`, None instead of a refusal."""
    known = _Titles(titles)
    best: LocatedHeading | None = None
    above: list[dict] = []
    for line in islice((line for line in lines if "cells" in line), LINES_SEARCHED):
        located = _read_heading(line, [up for up in above if line["row"] - up["row"] <= LINES_ABOVE], known)
        if best is None or len(located.columns) > len(best.columns):
            best = located
        above = [line, *above[: LINES_ABOVE - 1]]
    return best if best and len(best.columns) >= min(TITLES_NEEDED, len(titles)) else None


class _Titles:
    def __init__(self, titles: Sequence[str]) -> None:
        self.all = tuple(titles)
        self.exact = {title_key(title): title for title in titles}
        bare = Counter(_bare(title) for title in titles)
        self.bare = {_bare(title): title for title in titles if bare[_bare(title)] == 1}

    def get(self, cell: str | dict | None) -> str | None:
        text = _text(cell)
        return self.exact.get(title_key(text)) or self.bare.get(_bare(text)) if text else None


def _read_heading(line: dict, above: list[dict], known: _Titles) -> LocatedHeading:
    columns: dict[str, int] = {}
    unknown: list[str] = []
    doubled: list[str] = []
    for index, cell in enumerate(line["cells"]):
        if title := known.get(cell):
            if columns.setdefault(title, index) != index and title not in doubled:
                doubled.append(title)
        elif cell is not None:
            unknown.append(" ".join(_text(cell).split()))
    for upper in above:
        for index, cell in enumerate(upper["cells"]):
            below = line["cells"][index] if index < len(line["cells"]) else None
            if below is None and (title := known.get(cell)):
                columns.setdefault(title, index)
    missing = tuple(title for title in known.all if title not in columns)
    return LocatedHeading(line["row"], columns, missing, tuple(unknown), tuple(doubled))


def _text(cell: str | dict | None) -> str:
    return str(cell["value"]) if isinstance(cell, dict) else cell or ""


def title_key(text: str) -> str:
    """What titles are compared by: full-width forms as half-width, no spaces, no invisible characters, no mark of being
    required."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    shown = "".join(char for char in folded if not char.isspace() and unicodedata.category(char) != "Cf")
    return re.sub(r"\((?:必填|选填|必填项)\)|\*", "", shown).rstrip(":")


def _bare(text: str) -> str:
    return re.sub(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】", "", title_key(text))

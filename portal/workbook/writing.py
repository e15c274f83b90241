"""Sheets for people to fill in or to mend. Every cell is written as text: what begins with = + - @ is no formula."""

import io
from collections.abc import Iterable, Sequence

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from portal.workbook.cells import Heading, Looks, Shown, clean, write_text
from portal.workbook.heading import INSTRUCTIONS
from portal.workbook.instructions import write_instructions
from portal.workbook.rowstream import RowStream

__all__ = ["INSTRUCTIONS", "Heading", "Shown", "write_sheet"]

# Excel takes no longer list of choices within a rule.
MAX_LIST = 255
CHOICES = "选项"
# Every note is a drawn shape: beyond this many a workbook opens slowly. The colour and the caller's column remain.
MAX_NOTES = 2_000


def write_sheet(
    headings: Sequence[Heading],
    rows: Iterable[Sequence[str | Shown]],
    *,
    title: str,
    sheet: str,
    instructions: Sequence[str] = (),
    example_rows: Sequence[Sequence[str]] = (),
    blank_rows_formatted: int = 0,
) -> bytes:
    """An .xlsx whose first sheet is the table: a row of groups if there are any, the headings, then `rows`.

    Drop-downs reach `blank_rows_formatted` rows beyond the last row; text columns are text to the bottom. With
    `instructions` a second sheet explains, under `title`, how to fill in each column, with its choices and the
    `example_rows`: there, an example is never uploaded by mistake. Nothing is written to disk, and however many rows
    there are, memory holds no more than twice the file. Raises ValueError for more cells than headings.
    """
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True})
    book.set_properties({"title": title})
    looks = Looks(book)
    table = book.add_worksheet(sheet)
    heading_row = _write_headings(table, headings, looks)
    stream = RowStream(len(headings), first=heading_row + 1)
    _stream_rows(table, headings, rows, looks, stream)
    if instructions:
        write_instructions(
            book.add_worksheet(INSTRUCTIONS), headings, title, instructions, example_rows, looks
        )
    _write_choices(
        book,
        table,
        headings,
        first=heading_row + 1,
        last=max(stream.next - 1, heading_row + 1) + blank_rows_formatted,
    )
    table.freeze_panes(heading_row + 1, 1)
    table.repeat_rows(0, heading_row)
    table.set_landscape()
    table.set_paper(9)
    table.fit_to_pages(1, 0)
    book.close()
    return stream.into(out.getvalue())


def _write_headings(table: Worksheet, headings: Sequence[Heading], looks: Looks) -> int:
    """The heading row's index, from 0."""
    row = 1 if any(heading.group for heading in headings) else 0
    if row:
        _write_groups(table, headings, looks)
    for column, heading in enumerate(headings):
        table.set_column(column, column, heading.width, looks.text if heading.text else looks.plain)
        write_text(
            table,
            row,
            column,
            f"{heading.title} *" if heading.required else heading.title,
            looks.required if heading.required else looks.optional,
        )
        if heading.note:
            _write_note(table, row, column, heading.note)
    table.set_row(row, 34)
    return row


def _write_groups(table: Worksheet, headings: Sequence[Heading], looks: Looks) -> None:
    table.set_row(0, 22)
    first = 0
    for column, heading in enumerate(headings):
        if column + 1 < len(headings) and headings[column + 1].group == heading.group:
            continue
        if column > first:
            table.merge_range(0, first, 0, column, clean(heading.group), looks.group)
        else:
            write_text(table, 0, column, heading.group, looks.group)
        first = column + 1


def _stream_rows(
    table: Worksheet,
    headings: Sequence[Heading],
    rows: Iterable[Sequence[str | Shown]],
    looks: Looks,
    stream: RowStream,
) -> None:
    usual = [looks.text if heading.text else looks.plain for heading in headings]
    notes = 0
    for cells in rows:
        if len(cells) > len(headings):
            raise ValueError(f"row {stream.next + 1} has {len(cells)} cells under {len(headings)} headings")
        written: list[tuple[str, Format] | None] = []
        for column, cell in enumerate(cells):
            if isinstance(cell, Shown) and cell.problem:
                written.append((cell.value, looks.problem))
                if notes < MAX_NOTES:
                    _write_note(table, stream.next, column, cell.problem)
                    notes += 1
            else:
                text = cell.value if isinstance(cell, Shown) else cell
                look = looks.lines if "\n" in text else usual[column]
                written.append((text, look) if text else None)
        stream.add(written)


def _write_choices(
    book: Workbook, table: Worksheet, headings: Sequence[Heading], *, first: int, last: int
) -> None:
    """Drop-downs. What is too long for a rule, or has a comma in it, is kept on a hidden sheet."""
    kept: Worksheet | None = None
    for column, heading in enumerate(headings):
        if not heading.choices:
            continue
        source: list[str] | str = list(heading.choices)
        if len(",".join(heading.choices)) > MAX_LIST or any("," in choice for choice in heading.choices):
            if kept is None:
                kept = book.add_worksheet(CHOICES)
                kept.hide()
            letters = xl_col_to_name(column)
            for row, choice in enumerate(heading.choices):
                write_text(kept, row, column, choice, None)
            source = f"='{CHOICES}'!${letters}$1:${letters}${len(heading.choices)}"
        table.data_validation(
            first,
            column,
            last,
            column,
            {
                "validate": "list",
                "source": source,
                "error_title": "请从列表中选择",
                "error_message": "请点单元格右侧的箭头，从列表中选择一项。",
            },
        )


def _write_note(table: Worksheet, row: int, column: int, text: str) -> None:
    lines = sum(1 + len(line) // 18 for line in text.splitlines())
    table.write_comment(
        row,
        column,
        clean(text),
        {"x_scale": 2, "y_scale": max(0.4, 0.24 * lines + 0.1), "font_size": 10, "author": ""},
    )

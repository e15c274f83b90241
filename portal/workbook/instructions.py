"""The sheet that explains a template: sentences, then each column with what belongs in it and an example."""

from collections.abc import Sequence

from xlsxwriter.worksheet import Worksheet

from portal.workbook.cells import Heading, Looks, write_text

NAME, NEEDED, HOW, EXAMPLE = range(4)
CHOICES_SHOWN = 12


def write_instructions(
    page: Worksheet,
    headings: Sequence[Heading],
    title: str,
    sentences: Sequence[str],
    examples: Sequence[Sequence[str]],
    looks: Looks,
) -> None:
    """`examples`: rows of the table; each becomes a column here, so that it stands beside what it is an example of."""
    page.hide_gridlines(2)
    page.set_column(NAME, NAME, 24)
    page.set_column(NEEDED, NEEDED, 8)
    page.set_column(HOW, HOW, 60)
    page.set_column(EXAMPLE, EXAMPLE + max(len(examples) - 1, 0), 28)
    write_text(page, 0, 0, title, looks.title)
    page.set_row(0, 34)
    row = 1
    for row, sentence in enumerate(sentences, 1):
        page.merge_range(row, NAME, row, EXAMPLE, "", looks.sentence)
        write_text(page, row, NAME, f"{row}．{sentence}", looks.sentence)
        page.set_row(row, 20 * (1 + len(sentence) // 56))
    row += 2
    names = ["列", "必填", "怎样填写"]
    names += ["示例"] if len(examples) == 1 else [f"示例 {number}" for number in range(1, len(examples) + 1)]
    for column, name in enumerate(names):
        write_text(page, row, column, name, looks.required)
    for place, heading in enumerate(headings):
        row += 1
        called = f"{heading.group}：{heading.title}" if heading.group else heading.title
        write_text(page, row, NAME, called, looks.listed)
        write_text(page, row, NEEDED, "必填" if heading.required else "", looks.listed)
        write_text(page, row, HOW, _how(heading), looks.listed)
        for column, example in enumerate(examples, EXAMPLE):
            write_text(page, row, column, example[place] if place < len(example) else "", looks.listed)
    page.set_portrait()
    page.set_paper(9)
    page.fit_to_pages(1, 0)


def _how(heading: Heading) -> str:
    if not heading.choices:
        return heading.note
    listed = "、".join(heading.choices[:CHOICES_SHOWN])
    more = f"等 {len(heading.choices)} 项" if len(heading.choices) > CHOICES_SHOWN else ""
    return "\n".join(filter(None, [heading.note, f"从下拉列表中选择：{listed}{more}。"]))

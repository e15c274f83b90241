"""The roster as a workbook: empty to be filled in, or given back with what is wrong marked."""

from collections.abc import Iterable, Iterator, Sequence

from exams.catalogue.models import Occupation
from exams.filing.groups.models import RosterRow, RosterUpload
from exams.filing.groups.rosters.checking import read_context
from exams.filing.groups.rosters.columns import PROBLEMS, Column, problem_text
from exams.filing.groups.rosters.outcomes import Outcome
from portal import clock
from portal.workbook.writing import Heading, Shown, write_sheet

SHEET = "花名册"
BLANK_ROWS = 1000
"""Rows below the last one that have drop-downs."""

MOST_ANNOTATED = 10_000
"""A workbook is made in memory: of a longer roster only the rows with problems are given back."""

INSTRUCTIONS = (
    "在“花名册”表中从标题行的下一行起填写，一人一行。深色标题的列每行必填，其他列按需要填。",
    "请勿改动标题行的文字。列的先后可以调整，用不到的选填列可以删去；多出的列不会采用。",
    "证件号码、手机号、证书编号等列已设为文本格式。从别处粘贴时请“只粘贴值”，不要粘贴公式。",
    "日期写成 2026-11-01、2026/11/1、2026年11月1日 或 20261101 都可以，须写到日。",
    "有下拉列表的列请从列表中选择。",
    "按工作年限申报的填工作经历，按学历或专业申报的填学习经历，按已有证书或职称申报的填相应各列；用不到的整段不填。",
    "同一人只占一行。再次上传时，内容有变的行更正此人原来的内容，没有变的行不会重复增加。",
    "上传后先检查、后采用：有问题的行逐项列出原因，可下载标注了问题的表格，改好后原样再传。",
    "每人会收到短信，请本人点开链接核对并确认；确认后再由本单位资格初审、提交。",
)


def template_workbook(occupation: Occupation) -> bytes:
    """An empty roster (.xlsx) with what the occupation offers today, notes, drop-downs, and a page that explains."""
    columns = columns_of(occupation)
    return write_sheet(
        [heading_of(column) for column in columns],
        [],
        title=f"{occupation.name}团体申报花名册",
        sheet=SHEET,
        instructions=INSTRUCTIONS,
        example_rows=[[column.example for column in columns]],
        blank_rows_formatted=BLANK_ROWS,
    )


def annotated_workbook(upload: RosterUpload) -> bytes:
    """A checked roster as it was uploaded, its bad cells coloured with their notes, and all sentences in a first column.

    It can be uploaded again as it is, once corrected. Of more than MOST_ANNOTATED rows only those with problems.
    """
    rows = RosterRow.objects.filter(upload=upload).order_by("line")
    if upload.total > MOST_ANNOTATED:
        rows = rows.filter(outcome=Outcome.REFUSED)[:MOST_ANNOTATED]
    occupation = upload.filing.occupation
    columns = (PROBLEMS, *columns_of(occupation))
    return write_sheet(
        [heading_of(column) for column in columns],
        _annotated(rows.iterator(chunk_size=500), columns),
        title=f"{occupation.name}团体申报花名册（已检查）",
        sheet=SHEET,
        instructions=INSTRUCTIONS,
    )


def _annotated(rows: Iterable[RosterRow], columns: Sequence[Column]) -> Iterator[list[str | Shown]]:
    for row in rows:
        cells = row.content["cells"]
        wrong: dict[str, list[str]] = {}
        for problem in row.problems:
            wrong.setdefault(problem["column"], []).append(problem["sentence"])
        told = "\n".join(problem_text(problem) for problem in row.problems)
        yield [
            told,
            *(
                Shown(cells.get(column.code, ""), "".join(wrong.get(column.code, [])))
                for column in columns[1:]
            ),
        ]


def columns_of(occupation: Occupation) -> tuple[Column, ...]:
    return tuple(read_context(occupation, clock.today()).columns.values())


def heading_of(column: Column) -> Heading:
    return Heading(
        title=column.title,
        width=column.width,
        note=column.note,
        choices=tuple(label for _, label in column.choices),
        group=column.group,
        required=column.required,
    )

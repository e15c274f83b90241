"""An institution's scores: how each person it filed did, as a list, as a sheet, and as the roster of a retake."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from applicants.identity.masks import mask_number
from exams.catalogue.models import Offering
from exams.filing.groups.models import GroupFiling, RosterEntry
from exams.filing.groups.rosters.columns import Column
from exams.filing.groups.rosters.template import BLANK_ROWS, INSTRUCTIONS, SHEET, columns_of, heading_of
from exams.filing.models import LIVE, Application, Kind, Status
from exams.passes.queries import Retake, possibilities
from exams.results.showing import Line, lines_of, with_results
from portal.rules.wording import GRADE_NAMES, SUBJECT_NAMES, day_text
from portal.workbook.writing import Heading, write_sheet

PLACES = {
    "waiting": "未出齐",
    "passed": "全部合格",
    "retake": "可以补考",
    "busy": "已另行申报",
    "anew": "须按正考申报",
}
"""Where somebody can stand after the exam, with its word on the screen."""

TAGS = {"waiting": "active", "passed": "done", "retake": "attention", "busy": "quiet", "anew": "quiet"}

HEADINGS = (
    Heading("姓名", 12),
    Heading("证件号码", 22),
    Heading("申报号", 16),
    Heading("等级", 8),
    Heading("类别", 8),
    Heading("科目", 12),
    Heading("状态", 14),
    Heading("分数", 8),
    Heading("满分", 8),
    Heading("合格分", 8),
    Heading("公布日期", 18),
    Heading("有效期至", 18),
    Heading("说明", 60),
)


@dataclass(frozen=True)
class Row:
    """One person of the filing. `place` is a code of PLACES; `possible` what they may retake today.

    `last_day`: by when a retake must be sat, included; None where there is none.
    """

    entry: RosterEntry
    application: Application
    lines: list[Line]
    place: str
    possible: Retake

    @property
    def last_day(self) -> date | None:
        return self.possible.last_day if self.place == "retake" else None

    @property
    def tag(self) -> tuple[str, str]:
        return TAGS[self.place], PLACES[self.place]


def rows_of(filing: GroupFiling, on: date) -> list[Row]:
    """Everybody of the filing who was admitted, in the roster's order. What they filed for themselves is not here."""
    entries = (
        RosterEntry.objects.filter(filing=filing, application__isnull=False, removed_at=None)
        .select_related("row", "application__person", "application__offering__occupation")
        .order_by("added_at", "row__line", "pk")
    )
    shown = set(
        with_results(Application.objects.filter(roster_entry__filing=filing)).values_list("pk", flat=True)
    )
    admitted = [
        (entry, entry.application) for entry in entries if entry.application and entry.application_id in shown
    ]
    applications = [application for _, application in admitted]
    lines = lines_of(applications, on)
    possible = _possible(applications, on)
    busy = _busy(applications)
    found = []
    for entry, one in admitted:
        place = _place(one, lines[one.pk], possible[one.pk], busy=one.pk in busy)
        found.append(Row(entry, one, lines[one.pk], place, possible[one.pk]))
    return found


def _place(application: Application, lines: Sequence[Line], possible: Retake, *, busy: bool) -> str:
    if application.status != Status.APPROVED:
        return "anew"
    if application.concluded_at is None or any(line.question for line in lines):
        return "waiting"
    whole = application.kind == Kind.REGULAR and all(line.result.passed for line in lines)
    if whole or any(finding.code == "all_passed" for finding in possible.findings):
        return "passed"
    if busy:
        return "busy"
    return "retake" if possible.subjects else "anew"


def _possible(applications: Sequence[Application], on: date) -> dict[UUID, Retake]:
    """By application what its person may retake today, in as many queries as there are offerings."""
    found: dict[UUID, Retake] = {}
    offerings: dict[int, Offering] = {one.offering_id: one.offering for one in applications}
    for key, offering in offerings.items():
        own = [one for one in applications if one.offering_id == key]
        by_person = possibilities({one.person_id for one in own}, offering, on)
        found |= {one.pk: by_person[one.person_id] for one in own}
    return found


def _busy(applications: Sequence[Application]) -> set[UUID]:
    """Those whose person has a newer application for the same offering, wherever it was filed."""
    people = {one.person_id for one in applications}
    live = Application.objects.filter(person__in=people, status__in=LIVE)
    newest: dict[tuple[UUID, int], datetime] = {}
    for person, offering, created in live.values_list("person", "offering", "created_at"):
        key = (person, offering)
        newest[key] = max(created, newest.get(key, created))
    return {
        one.pk
        for one in applications
        if newest.get((one.person_id, one.offering_id), one.created_at) > one.created_at
    }


def counts_of(rows: Sequence[Row]) -> dict[str, int]:
    """How many stand where, in the order of PLACES, without empty ones."""
    counts = Counter(row.place for row in rows)
    return {place: counts[place] for place in PLACES if counts[place]}


def score_sheet(filing: GroupFiling, rows: Sequence[Row]) -> bytes:
    """The .xlsx of everybody's subjects, a line for each; document numbers masked."""
    return write_sheet(
        HEADINGS,
        (_cells(row, line) for row in rows for line in row.lines),
        title=f"成绩名单 {filing.number}",
        sheet="成绩名单",
    )


def _cells(row: Row, line: Line) -> list[str]:
    score = line.result.score
    counts = score is not None and score.points is not None and line.result.cancelled is None
    number = row.entry.row.content["cells"].get("document_number", "")
    sentences = [line.note_to_institution, f"{line.question}。" if line.question else ""]
    return [
        row.application.person.name,
        mask_number(number),
        row.application.number,
        GRADE_NAMES[row.application.offering.grade],
        row.application.get_kind_display(),
        line.result.label,
        line.word,
        str(score.points) if score and counts else "",
        str(score.maximum) if score else "",
        str(score.pass_mark) if score else "",
        day_text(score.published_on) if score else "",
        day_text(score.valid_until) if score and score.valid_until and line.result.passed else "",
        "".join(sentences),
    ]


def retake_roster(filing: GroupFiling, rows: Sequence[Row]) -> bytes:
    """The roster of those who may retake today (.xlsx), filled in from the institution's own rows, ready to upload.

    Only 申报类别 and 补考科目 are new, and 申报条件 is empty: a retake proves nothing anew (docs/adr/0031).
    """
    columns = columns_of(filing.occupation)
    return write_sheet(
        [heading_of(column) for column in columns],
        ([_filed(row, column) for column in columns] for row in rows if row.place == "retake"),
        title=f"{filing.occupation.name}团体申报花名册（补考）",
        sheet=SHEET,
        instructions=INSTRUCTIONS,
        blank_rows_formatted=BLANK_ROWS,
    )


def _filed(row: Row, column: Column) -> str:
    if column.code == "kind":
        return str(Kind.RETAKE.label)
    if column.code == "subjects":
        return "、".join(SUBJECT_NAMES[subject] for subject in row.possible.subjects)
    if column.code == "route":
        return ""
    return str(row.entry.row.content["cells"].get(column.code, ""))

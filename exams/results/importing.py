"""A session's scores from a workbook: the sheet to fill in, and a filled one read against what is known of its people.

Nothing is written by reading. A sheet of another session is refused as a whole; within the right one every row that
cannot be taken is named, and nothing is written while there is one. What is taken is one hand's reading like any other.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from applicants.accounts.models import Account
from applicants.identity.text import compact
from exams.arrangement.models import Session
from exams.arrangement.notices import session_text
from exams.results.door_list import live_tickets
from exams.results.entering import enter_points, fixed, hand_of, open_sheet
from exams.results.models import ScoreEntry, ScoreSheet
from exams.results.queries import marks_of
from exams.results.roll import Roll, Row, roll_of
from portal import clock
from portal.rules.findings import Finding, Refused
from portal.workbook.heading import LocatedHeading, locate_heading
from portal.workbook.reading import UnusableSheet, parse_sheet, read_lines
from portal.workbook.writing import Heading, write_sheet

TICKET, NUMBER, NAME, ROOM, SEAT, CAME, POINTS, SESSION = (
    "准考证号",
    "申报号",
    "姓名",
    "考场",
    "座位号",
    "到考情况",
    "分数",
    "场次编号",
)
TITLES = (TICKET, NUMBER, NAME, ROOM, SEAT, CAME, POINTS, SESSION)
NEEDED = (NUMBER, NAME, POINTS, SESSION)
FORMULA = "（公式）"
WHOLE = re.compile(r"\d{1,4}(?:\.0+)?", re.ASCII)
MOST_ROWS = 2_000

NEW, SAME, CHANGED, BLANK, ABSENT, WRONG = "new", "same", "changed", "blank", "absent", "wrong"


@dataclass(frozen=True)
class Line:
    """One row of the sheet. `before`: the reading it would replace or stand beside; `sentence`: what is the matter."""

    row: int
    name: str
    number: str
    kind: str
    key: UUID | None = None
    points: int | None = None
    before: ScoreEntry | None = None
    sentence: str = ""


@dataclass(frozen=True)
class Preview:
    """What a sheet says. `missing`: people with a paper whom no row names; `notes`: on the file, in sentences."""

    lines: tuple[Line, ...]
    missing: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def wrong(self) -> list[Line]:
        return [line for line in self.lines if line.kind == WRONG]

    @property
    def readings(self) -> dict[UUID, int]:
        """What would be written, by seat."""
        return {
            line.key: line.points for line in self.lines if line.key is not None and line.points is not None
        }

    def of(self, *kinds: str) -> list[Line]:
        return [line for line in self.lines if line.kind in kinds]


def session_code(session: Session) -> str:
    """What ties a sheet to its session: its day and the beginning of its key, e.g. 20261012-3F6C0A9D1B2E."""
    return f"{clock.local_day(session.starts_at):%Y%m%d}-{session.pk.hex[:12]}".upper()


def score_template(session: Session) -> bytes:
    """The workbook to fill in: everybody with a seat, in the order of the seats, the absent marked."""
    roll, marks = roll_of(session), marks_of(session)
    tickets = live_tickets(row.seat.application_id for row in roll.rows)
    headings = (
        Heading(TICKET, 16),
        Heading(NUMBER, 16, required=True),
        Heading(NAME, 14, required=True),
        Heading(ROOM, 14),
        Heading(SEAT, 8),
        Heading(CAME, 10),
        Heading(POINTS, 10, note=f"0 到 {marks.maximum} 的整数。缺考的留空。", required=True),
        Heading(SESSION, 26, note="系统用来核对场次，请不要改动。", required=True),
    )
    rows = (
        (
            ticket.number if (ticket := tickets.get(row.seat.application_id)) else "",
            row.seat.application.number,
            row.seat.person.name,
            row.seat.room.name if row.seat.room else "",
            str(row.seat.number or ""),
            row.attendance.get_state_display() if row.attendance else "未登记",
            "",
            session_code(session),
        )
        for row in roll.rows
    )
    return write_sheet(
        headings,
        rows,
        title=f"成绩录入表：{session_text(session)}",
        sheet="成绩",
        instructions=(
            f"本表只用于{session_text(session)}（{session.site.name}），不要与其他场次合并。",
            f"“分数”填 0 到 {marks.maximum} 的整数；缺考的留空。",
            "其他各列用来核对人和场次，请不要改动，也不要增加不在本场的人。",
            "上传后先逐人显示与已有录入的差异，确认后才写入。",
        ),
    )


def read_scores(data: bytes, filename: str, *, roll: Roll, actor: Account) -> Preview:
    """What the sheet says about the session's people, for the hand that `actor` is. Writes nothing.

    Raises UnusableSheet for a file that is no such sheet, Refused where it belongs to another session.
    """
    parsed = parse_sheet(data, filename, TITLES)
    lines = list(read_lines(parsed))
    head, body = lines[0], lines[1:]
    heading = locate_heading(body, TITLES, required=NEEDED)
    if missing := [title for title in NEEDED if title in heading.missing]:
        raise UnusableSheet(f"表中缺少“{'”“'.join(missing)}”列。请使用从本场下载的录入表。")
    rows = [_cells(line, heading) for line in body if line["row"] > heading.row]
    rows = [(number, cells) for number, cells in rows if any(cells[title] for title in NEEDED[:3])]
    if not rows:
        raise UnusableSheet("标题行下面没有内容。请在录入表中填写分数后再上传。")
    if len(rows) > MOST_ROWS:
        raise UnusableSheet(f"表中有 {len(rows)} 行，一场不会有这么多人。请核对文件。")
    _refuse_other_session(roll.session, rows)
    reader = _Reader(roll, actor)
    found = tuple(reader.line(number, cells) for number, cells in rows)
    named = {line.key for line in found}
    absent_from_it = tuple(
        row for row in roll.papers(roll.open_sheet) if row.seat.pk not in named and not row.hands
    )
    return Preview(found, absent_from_it, tuple(head["notes"]))


@transaction.atomic
def import_points(*, actor: Account, session: Session, points: Mapping[UUID, int], seen: str) -> ScoreSheet:
    """Write what a preview showed, as one hand's readings; `seen` is `fingerprint` of the roll it was shown of.

    On a session without an open sheet it begins one, which needs no second typing but its checker's comparison with
    the papers. Raises `Refused`, also where something was entered since the preview.
    """
    session = Session.objects.select_for_update().get(pk=session.pk)
    if fingerprint(roll_of(session)) != seen:
        sentence = "预览之后，本场的录入或到考情况有变动。请重新上传，再看一遍差异。"
        raise Refused(Finding("", "changed_since", sentence))
    sheet = open_sheet(actor=actor, session=session, source=ScoreSheet.Source.IMPORTED)
    return enter_points(actor=actor, sheet=sheet, hand=hand_of(sheet, actor), points=points)


def fingerprint(roll: Roll) -> str:
    """Changes with any reading or attendance of the session."""
    parts = [
        f"{row.seat.pk}:{row.where}:{sorted((hand, entry.points) for hand, entry in row.hands.items())}"
        for row in roll.rows
    ]
    return sha256("\n".join([str(roll.open_sheet and roll.open_sheet.pk), *parts]).encode()).hexdigest()


def _cells(line: dict, heading: LocatedHeading) -> tuple[int, dict[str, str]]:
    cells = {}
    for title in TITLES:
        index = heading.columns.get(title)
        cell = line["cells"][index] if index is not None and index < len(line["cells"]) else None
        cells[title] = str(cell["value"]) if isinstance(cell, dict) else (cell or "")
        # What a formula last showed may be nothing that anybody read off a paper.
        if title == POINTS and isinstance(cell, dict) and cell["kind"] == "formula":
            cells[title] = FORMULA
    return line["row"], cells


def _refuse_other_session(session: Session, rows: list[tuple[int, dict[str, str]]]) -> None:
    mine = session_code(session)
    for number, cells in rows:
        code = compact(cells[SESSION]).upper()
        if code and code != mine:
            sentence = (
                f"这份表不是本场的：第 {number} 行的场次编号是 {code}，本场是 {mine}"
                f"（{session_text(session)}）。整份没有导入，请核对文件。"
            )
            raise Refused(Finding("N2026-3", "wrong_session", sentence, code, field="file"))


class _Reader:
    """Reads row after row against the roll, and remembers whom it has met."""

    def __init__(self, roll: Roll, actor: Account) -> None:
        sheet = roll.open_sheet
        self._hand = hand_of(sheet, actor)
        self._maximum = marks_of(roll.session).maximum
        self._people = {row.seat.application.number: row for row in roll.rows}
        self._papers = {row.seat.pk for row in roll.papers(sheet)}
        tickets = live_tickets(row.seat.application_id for row in roll.rows)
        self._tickets = {key: ticket.number for key, ticket in tickets.items()}
        self._met: Counter[UUID] = Counter()

    def line(self, number: int, cells: Mapping[str, str]) -> Line:
        name, application = cells[NAME].strip(), compact(cells[NUMBER]).upper()
        found = self._people.get(application)
        if found is None:
            sentence = "本场没有这个申报号。请核对申报号，或从表中删去不在本场的人。"
            return Line(number, name, application, WRONG, sentence=sentence)
        key = found.seat.pk
        self._met[key] += 1
        if problem := self._identity_problem(found, cells, name):
            return Line(number, name, application, WRONG, key, sentence=problem)
        text = unicodedata.normalize("NFKC", cells[POINTS]).strip()
        if not text or text == "缺考":
            return self._without_points(number, name, found, text)
        if problem := self._points_problem(found, text):
            return Line(number, name, application, WRONG, key, sentence=problem)
        points = int(float(text))
        before = found.hands.get(self._hand) or next(iter(found.hands.values()), None)
        if fixed(found, self._hand) and found.hands[self._hand].points != points:
            sentence = "两次录入都已完成，不能再改。有误的，请拿着试卷到“核对不一致”里确认。"
            return Line(number, name, application, WRONG, key, before=before, sentence=sentence)
        if before is None:
            return Line(number, name, application, NEW, key, points)
        return Line(
            number, name, application, SAME if before.points == points else CHANGED, key, points, before
        )

    def _identity_problem(self, found: Row, cells: Mapping[str, str], name: str) -> str:
        if self._met[found.seat.pk] > 1:
            return "这个人在表中出现了不止一次。"
        if compact(name) != compact(found.seat.person.name):
            return f"姓名与申报号不符：这个申报号是{found.seat.person.name}。"
        ticket, known = compact(cells[TICKET]), self._tickets.get(found.seat.application_id, "")
        if ticket and known and ticket != known:
            return f"准考证号与申报号不符：{found.seat.person.name}的准考证号是 {known}。"
        if not cells[SESSION].strip():
            return "这一行没有场次编号。请使用从本场下载的录入表，不要从别处粘贴整行。"
        return ""

    def _points_problem(self, found: Row, text: str) -> str:
        if not found.has_paper:
            came = found.attendance.get_state_display() if found.attendance else "未登记"
            return f"到考情况是“{came}”，不应有分数。登记有误的，请先更正到考情况。"
        if found.seat.pk not in self._papers:
            return f"不能录入：{found.words}。"
        if text == unicodedata.normalize("NFKC", FORMULA):
            return "分数是公式。请复制这一列，选择“粘贴为数值”，再上传。"
        if not WHOLE.fullmatch(text) or int(float(text)) > self._maximum:
            return f"分数“{text[:20]}”应为 0 到 {self._maximum} 的整数。"
        return ""

    def _without_points(self, number: int, name: str, found: Row, text: str) -> Line:
        application, key = found.seat.application.number, found.seat.pk
        if not found.has_paper:
            return Line(number, name, application, ABSENT, key)
        if text:
            sentence = "登记为到考，却填了缺考。没有参加考试的，请先更正到考情况。"
            return Line(number, name, application, WRONG, key, sentence=sentence)
        return Line(number, name, application, BLANK, key, sentence="没有填分数，不导入这一行。")

"""The four papers of a session as PDF (A4), from its door list as it is now.

They are made when asked for and never stored: what was printed yesterday is not what holds today. Names stand in
full, as is usual at a door; of document numbers no more than the masked form, and only where somebody compares it
with the original.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from applicants.identity.masks import mask_number
from exams.arrangement.models import Room, Session
from exams.arrangement.notices import session_text
from exams.results.door_list import DoorRow, by_room
from portal import clock, pdf
from portal.rules.findings import Finding, Refused

TAIL = 4
"""How many last digits of a ticket's number tell people of one name apart at the door."""


@dataclass(frozen=True)
class Paper:
    """`code` names template and address; `page` is how many rows a page or label sheet takes."""

    code: str
    title: str
    purpose: str
    page: int


PAPERS = {
    paper.code: paper
    for paper in (
        Paper("door", "门口座次表", "每个考场一页，贴在考场门口：座位、姓名、准考证号后四位。", 40),
        Paper(
            "sign-in",
            "签到表",
            "每个考场一份：准考证号、证件（部分隐去）、签名栏、实到与缺考人数、监考员签名。",
            26,
        ),
        Paper("labels", "座位标签", "A4 不干胶，每张 24 枚（3 列 8 行，70×37 毫米），按 100% 打印。", 24),
        Paper("rooms", "考场名单", "供入口和考务组用：各考场人数，和按姓名排列的考场、座位。", 0),
    )
}


@dataclass(frozen=True)
class RoomSheet:
    """One room's rows; `sheets` are they, page by page."""

    room: Room
    rows: list["PaperRow"]
    sheets: list[list["PaperRow"]]

    @property
    def span(self) -> str:
        """1–30, or 7 where one person has the room alone."""
        first, last = self.rows[0].number, self.rows[-1].number
        return f"{first}–{last}" if first != last else f"{first}"


@dataclass(frozen=True)
class PaperRow:
    """What any of the papers says of a person."""

    room: str
    number: int
    name: str
    ticket: str
    document: str

    @property
    def tail(self) -> str:
        return self.ticket[-TAIL:]


def render_paper(paper: Paper, session: Session, rows: Sequence[DoorRow]) -> bytes:
    """The paper for these rows of `read_door_list`. Raises `Refused` while somebody has no seat number yet.

    Raises `portal.pdf.MissingGlyph` for a name that no font prints.
    """
    undrawn = sum(row.seat.number is None for row in rows)
    if undrawn:
        raise Refused(Finding("N2026-2.3", "not_drawn", f"还有 {undrawn} 人没有抽签定座，抽签以后才能打印。"))
    if not rows:
        raise Refused(Finding("", "nobody", "本场没有考生，无需打印。"))
    template = f"exams/results/papers/{paper.code}.html"
    return pdf.render(
        template, _context(paper, session, rows), title=f"{paper.title} {session_text(session)}"
    )


def _context(paper: Paper, session: Session, rows: Sequence[DoorRow]) -> dict[str, Any]:
    sheets = list(_room_sheets(paper, rows))
    everybody = [row for sheet in sheets for row in sheet.rows]
    return {
        "paper": paper,
        "session": session,
        "sheets": sheets,
        "pages": list(_pages(everybody, paper.page)),
        # GB 18030 begins with the common characters in the order of their sound.
        "by_name": sorted(everybody, key=lambda row: (row.name.encode("gb18030"), row.ticket)),
        "total": len(everybody),
        "printed_at": clock.now(),
    }


def _room_sheets(paper: Paper, rows: Sequence[DoorRow]) -> Iterator[RoomSheet]:
    for room, held in by_room(rows):
        assert room is not None, "everybody is drawn"
        lines = [_line(room, row) for row in held]
        yield RoomSheet(room, lines, list(_pages(lines, paper.page)))


def _line(room: Room, row: DoorRow) -> PaperRow:
    document = mask_number(row.document) if row.document else "（未核对）"
    return PaperRow(room.name, row.seat.number or 0, row.name, row.ticket_number, document)


def _pages(rows: list[PaperRow], size: int) -> Iterator[list[PaperRow]]:
    size = size or len(rows)
    return (rows[start : start + size] for start in range(0, len(rows), size))

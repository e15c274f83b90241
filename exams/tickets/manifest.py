"""The list that goes with an institution's tickets, as a sheet: a line for each person and subject."""

from collections.abc import Sequence
from datetime import datetime

from applicants.identity.masks import mask_number, mask_phone
from exams.catalogue.models import Subject
from exams.filing.groups.models import GroupFiling, RosterEntry
from exams.tickets.groups import Version, seat_order
from exams.tickets.models import Ticket
from portal.rules.wording import GRADE_NAMES, day_text
from portal.workbook.writing import Heading, write_sheet

HEADINGS = (
    Heading("日期", 18),
    Heading("时间", 13),
    Heading("科目", 12),
    Heading("考点", 18),
    Heading("地址", 30),
    Heading("考场", 14),
    Heading("座位", 7),
    Heading("姓名", 12),
    Heading("证件号码", 22),
    Heading("手机号", 15),
    Heading("等级", 14),
    Heading("类别", 8),
    Heading("准考证号", 15),
    Heading("版次", 7),
    Heading("说明", 34),
)


def manifest(filing: GroupFiling, tickets: Sequence[Ticket], taken: set[Version]) -> bytes:
    """The .xlsx for these tickets by session, room and seat; document and telephone numbers masked.

    `taken`: what the institution took home before; the last column says which of it a ticket replaces.
    """
    phones = _phones(tickets)
    lines = []
    for ticket in tickets:
        face = ticket.face
        person = (
            face["name"],
            mask_number(face["document_number"]),
            mask_phone(phones.get(ticket.application_id, "")),
            GRADE_NAMES[face["grade"]],
            "补考" if face["retake"] else "正考",
            ticket.number,
            str(ticket.version),
            _replaces(ticket, taken),
        )
        for sitting in face["sittings"]:
            starts, ends = (datetime.fromisoformat(sitting[name]) for name in ("starts_at", "ends_at"))
            place = (sitting["site"], sitting["subject"], sitting["room"], sitting["seat"])
            when = (day_text(starts.date(), weekday=True), f"{starts:%-H:%M}–{ends:%-H:%M}")
            subject = Subject(sitting["subject"]).label
            where = (sitting["site"], sitting["address"], sitting["room"], str(sitting["seat"]))
            lines.append((seat_order(starts, *place), (*when, subject, *where, *person)))
    lines.sort(key=lambda line: line[0])
    return write_sheet(
        HEADINGS, (cells for _, cells in lines), title=f"准考证名单 {filing.number}", sheet="准考证名单"
    )


def _phones(tickets: Sequence[Ticket]) -> dict:
    """The numbers the institution itself gave in its roster."""
    entries = RosterEntry.objects.filter(application__in=[ticket.application_id for ticket in tickets])
    return {
        entry.application_id: entry.row.content["phone"] for entry in entries.select_related("row").iterator()
    }


def _replaces(ticket: Ticket, taken: set[Version]) -> str:
    earlier = [version for version in range(1, ticket.version) if (ticket.number, version) in taken]
    return f"替换第 {earlier[-1]} 版，旧的作废，请收回" if earlier else ""

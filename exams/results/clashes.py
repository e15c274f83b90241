"""What contradicts itself at a door: shown to people, decided by none but them, and never merged away."""

from collections import defaultdict
from dataclasses import dataclass

from exams.arrangement.models import Seat, Session
from exams.results.models import Attendance, CheckIn
from exams.results.queries import attendance_by_seat
from portal.templatetags.portal_format import hour

VALID = CheckIn.Verdict.VALID


@dataclass(frozen=True)
class Clash:
    """`kind`: twice, noted_otherwise or seen_otherwise. `seat` is None where the ticket has none in the session."""

    kind: str
    seat: Seat | None
    ticket_number: str
    sentence: str

    @property
    def who(self) -> str:
        """第一考场 3 号 陈志远, or the ticket's number."""
        if self.seat is None:
            return f"准考证 {self.ticket_number}"
        place = f"{self.seat.room.name} {self.seat.number} 号 " if self.seat.room else ""
        return f"{place}{self.seat.person.name}"


def clashes_of(session: Session) -> list[Clash]:
    """Every contradiction of the session, by seat; none where phones, people and tickets agree."""
    check_ins = list(
        CheckIn.objects.filter(session=session)
        .select_related("seat__person", "seat__room", "by")
        .order_by("scanned_at", "pk")
    )
    known = attendance_by_seat([row.seat for row in check_ins if row.seat])
    found = [_seen_otherwise(row) for row in check_ins if (row.seen == VALID) != (row.verdict == VALID)]
    let_in: dict[Seat, list[CheckIn]] = defaultdict(list)
    for row in check_ins:
        if row.seat is not None and VALID in (row.seen, row.verdict):
            let_in[row.seat].append(row)
    for seat, rows in let_in.items():
        if len(rows) > 1:
            times = "；".join(_moment(row) for row in rows)
            found.append(
                _clash("twice", rows[0], f"先后核验 {len(rows)} 次：{times}。请核对是不是同一个人。")
            )
        note = known.get(seat.pk)
        if note is not None and note.state != Attendance.State.PRESENT:
            times = "；".join(_moment(row) for row in rows)
            sentence = f"{times}核验入场，但登记为“{note.get_state_display()}”。"
            found.append(_clash("noted_otherwise", rows[0], sentence))
    return sorted(found, key=lambda one: (one.seat is None, one.who, one.kind))


def device_name(device: str) -> str:
    """What tells phones apart for people."""
    return f"手机 {device[-4:].upper()}"


def _seen_otherwise(row: CheckIn) -> Clash:
    showed, found = row.get_seen_display(), row.get_verdict_display()
    sentence = f"{_moment(row)}显示“{showed}”，收到后核对为“{found}”。"
    return _clash("seen_otherwise", row, sentence)


def _clash(kind: str, row: CheckIn, sentence: str) -> Clash:
    return Clash(kind, row.seat, row.ticket_number, sentence)


def _moment(row: CheckIn) -> str:
    """8:41 手机 3F2A（周敏）"""
    return f"{hour(row.scanned_at)} {device_name(row.device)}（{row.by}）"

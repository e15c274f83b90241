"""Scores on their way in: one sheet a session, read twice by two people, differences settled with the paper in hand."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from django.db import transaction

from applicants.accounts.models import Account
from exams.arrangement.models import Seat, Session
from exams.results.models import ScoreEntry, ScoreSheet
from exams.results.queries import agreed, live_sheet, marks_of, readings, seats_to_score
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused, refuse_if_any

FIRST, SECOND, SETTLING = 1, 2, 3


@transaction.atomic
def open_sheet(*, actor: Account, session: Session, source: str = ScoreSheet.Source.TYPED) -> ScoreSheet:
    """Begin the session's scores, or hand back the sheet there is. Raises `Refused` before the session is closed."""
    session = Session.objects.select_for_update().get(pk=session.pk)
    if (sheet := live_sheet(session)) is not None:
        return sheet
    if not hasattr(session, "closing"):
        sentence = "本场还没有结束登记，请先逐人确认到考情况，再录入成绩。"
        raise Refused(Finding("N2026-3", "not_closed", sentence))
    sheet = ScoreSheet.objects.create(
        id=uuid4(),
        session=session,
        serial=session.score_sheets.count() + 1,
        source=source,
        made_by=actor,
        made_at=clock.now(),
    )
    trail.record("results.open_sheet", actor=actor, subject=sheet, detail={"session": str(session.pk)})
    return sheet


@transaction.atomic
def enter_points(*, actor: Account, sheet: ScoreSheet, hand: int, points: Mapping[UUID, int]) -> ScoreSheet:
    """Write one hand's readings, by seat; what was entered before by this hand is replaced.

    The first hand is the sheet's maker, the second another person, the third settles what differs. Nothing is
    written unless every reading can be. Raises `Refused`; a finding's field is the seat's key.
    """
    sheet = lock_sheet(sheet)
    _refuse_if_checked(sheet)
    _refuse_wrong_hand(sheet, actor, hand)
    seats = {seat.pk: seat for seat in seats_to_score(sheet.session)}
    refuse_if_any(_reading_findings(sheet, seats, points))
    if hand == SETTLING:
        _refuse_what_agrees(sheet, points)
    now = clock.now()
    for key, value in points.items():
        ScoreEntry.objects.update_or_create(
            sheet=sheet,
            seat=seats[key],
            hand=hand,
            defaults={"points": value, "by": actor, "at": now},
            create_defaults={"id": uuid4(), "points": value, "by": actor, "at": now},
        )
    trail.record(
        "results.enter_points", actor=actor, subject=sheet, detail={"hand": hand, "papers": len(points)}
    )
    return sheet


@transaction.atomic
def check_sheet(*, actor: Account, sheet: ScoreSheet) -> ScoreSheet:
    """Close the sheet for entering: every paper read, nothing open. By somebody other than its maker.

    A typed sheet needs two readings that agree, or a third; an imported one the checker's comparison with the papers.
    """
    sheet = lock_sheet(sheet)
    _refuse_if_checked(sheet)
    if actor.pk == sheet.made_by_id:
        raise Refused(Finding("", "second_person_needed", "成绩须由录入人以外的另一位工作人员核对。"))
    if missing := open_papers(sheet):
        names = "、".join(seat.application.number for seat in missing[:10])
        more = f"等 {len(missing)} 人" if len(missing) > 10 else ""
        sentence = f"还有成绩没有录入或两次不一致：{names}{more}。"
        raise Refused(Finding("N2026-3", "not_settled", sentence))
    sheet.checked_by, sheet.checked_at = actor, clock.now()
    sheet.save(update_fields=["checked_by", "checked_at"])
    trail.record("results.check_sheet", actor=actor, subject=sheet)
    return sheet


def open_papers(sheet: ScoreSheet) -> list[Seat]:
    """Seats whose paper is not read, or read differently."""
    read = readings(sheet)
    if sheet.source == ScoreSheet.Source.IMPORTED:
        return [seat for seat in seats_to_score(sheet.session) if FIRST not in read.get(seat.pk, {})]
    return [seat for seat in seats_to_score(sheet.session) if agreed(read.get(seat.pk, {})) is None]


def lock_sheet(sheet: ScoreSheet) -> ScoreSheet:
    """The sheet afresh, its session held first (Person → Application → Session → sheet is the order)."""
    Session.objects.select_for_update().get(pk=sheet.session_id)
    return (
        ScoreSheet.objects.select_for_update(of=("self",))
        .select_related("session__offering")
        .get(pk=sheet.pk)
    )


def _refuse_if_checked(sheet: ScoreSheet) -> None:
    if sheet.retracted_at is not None:
        raise Refused(Finding("", "retracted", "这份成绩单已撤回，请在新的成绩单上录入。"))
    if sheet.checked_at is not None:
        raise Refused(
            Finding("", "checked", "这份成绩单已核对，不能再改。公布以后发现有误，请办理成绩更正。")
        )


def _refuse_wrong_hand(sheet: ScoreSheet, actor: Account, hand: int) -> None:
    if hand == FIRST and actor.pk != sheet.made_by_id:
        raise Refused(Finding("", "not_the_maker", f"第一次录入由{sheet.made_by.name}进行，请您录入第二次。"))
    if hand == SECOND and actor.pk == sheet.made_by_id:
        raise Refused(Finding("", "second_person_needed", "第二次录入须由另一位工作人员进行。"))
    if hand not in (FIRST, SECOND, SETTLING):
        raise Refused(Finding("", "unknown_hand", "请从第一次或第二次录入进入。", hand))


def _reading_findings(
    sheet: ScoreSheet, seats: Mapping[UUID, Seat], points: Mapping[UUID, int]
) -> list[Finding]:
    marks = marks_of(sheet.session)
    found = []
    for key, value in points.items():
        if key not in seats:
            sentence = "名单中有人不在本场，或没有到考。请核对是不是选错了场次。"
            found.append(Finding("", "not_in_session", sentence, field=str(key)))
        elif not 0 <= value <= marks.maximum:
            sentence = f"{seats[key].application.number}：分数应在 0 到 {marks.maximum} 之间。"
            found.append(Finding("", "out_of_range", sentence, value, field=str(key)))
    return found


def _refuse_what_agrees(sheet: ScoreSheet, points: Mapping[UUID, int]) -> None:
    read = readings(sheet)
    if any({FIRST, SECOND} - set(read.get(key, {})) for key in points):
        raise Refused(Finding("", "not_read_twice", "先完成两次录入，才能对不一致的作出确认。"))

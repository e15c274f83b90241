"""Scores on their way in: one sheet a session, read twice by two people, differences settled with the paper in hand."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from django.db import transaction

from applicants.accounts.models import Account
from applicants.records.own import refuse_own
from exams.arrangement.models import Session
from exams.catalogue.models import SchemeSubject
from exams.results.models import ScoreEntry, ScoreSheet
from exams.results.queries import FIRST, SECOND, SETTLING, marks_of, seats_of_session
from exams.results.roll import Row, roll_of
from portal import clock
from portal.audit import trail
from portal.rules.findings import Finding, Refused, refuse_if_any


@transaction.atomic
def open_sheet(*, actor: Account, session: Session, source: str = ScoreSheet.Source.TYPED) -> ScoreSheet:
    """Begin a sheet for what the session still has to score, or hand back the one being worked on.

    After a publication a further sheet takes papers that came later: somebody's attendance was settled since. Raises
    `Refused` before the session is closed, and where nothing is left to score.
    """
    session = Session.objects.select_for_update().get(pk=session.pk)
    roll = roll_of(session)
    if (sheet := roll.open_sheet) is not None:
        return sheet
    if not hasattr(session, "closing"):
        sentence = "本场还没有结束登记，请先逐人确认到考情况，再录入成绩。"
        raise Refused(Finding("N2026-3", "not_closed", sentence))
    if roll.sheets and not roll.papers():
        raise Refused(Finding("", "nothing_to_enter", "本场的成绩都已录入，没有需要补录的。"))
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
def enter_points(
    *, actor: Account, sheet: ScoreSheet, hand: int, points: Mapping[UUID, int | None]
) -> ScoreSheet:
    """Write one hand's readings, by seat; None takes this hand's reading back, a value replaces it.

    The first hand is the sheet's maker, the second another person. A paper that both have read is changed by the
    third hand alone, which settles what differs. Nothing is written unless every reading can be. Raises `Refused`; a
    finding's field is the seat's key.
    """
    sheet = lock_sheet(sheet)
    _refuse_if_closed(sheet)
    _refuse_wrong_hand(sheet, actor, hand)
    rows = {row.seat.pk: row for row in roll_of(sheet.session).papers(sheet)}
    fresh = {
        key: value for key, value in points.items() if key not in rows or _is_news(rows[key], hand, value)
    }
    marks = marks_of(sheet.session)
    refuse_own(actor, [rows[key].seat.person_id for key in fresh if key in rows], "own_score")
    refuse_if_any(
        finding
        for key, value in fresh.items()
        for finding in _reading_findings(sheet, rows.get(key), hand, value, marks, str(key))
    )
    for key, value in fresh.items():
        _write(actor, sheet, rows[key], hand, value)
    if fresh:
        detail = {"hand": hand, "papers": len(fresh)}
        trail.record("results.enter_points", actor=actor, subject=sheet, detail=detail)
    return sheet


@transaction.atomic
def check_sheet(*, actor: Account, sheet: ScoreSheet) -> ScoreSheet:
    """Close the sheet for entering: every paper read, nothing open. By somebody who neither made it nor settled any.

    A typed sheet needs two readings that agree, or a third; an imported one the checker's comparison with the papers.
    """
    sheet = lock_sheet(sheet)
    _refuse_if_closed(sheet)
    refuse_own_sheet(actor, sheet)
    refuse_if_any(checker_findings(actor, sheet))
    if missing := roll_of(sheet.session).unread(sheet):
        raise Refused(
            Finding("N2026-3", "not_settled", f"还有成绩没有录入或两次不一致：{names_of(missing)}。")
        )
    sheet.checked_by, sheet.checked_at = actor, clock.now()
    sheet.save(update_fields=["checked_by", "checked_at"])
    trail.record("results.check_sheet", actor=actor, subject=sheet)
    return sheet


def checker_findings(actor: Account, sheet: ScoreSheet) -> list[Finding]:
    """Why this person may not check the sheet, of which they made or settled some; none where they may."""
    if actor.pk == sheet.made_by_id:
        return [Finding("", "second_person_needed", "成绩须由录入人以外的另一位工作人员核对。")]
    if sheet.entries.filter(hand=SETTLING, by=actor).exists():
        return [Finding("", "settled_by_you", "不一致的成绩是您确认的，请由另一位工作人员核对。")]
    return []


@transaction.atomic
def send_back(*, actor: Account, sheet: ScoreSheet, reason: str) -> ScoreSheet:
    """Open a checked sheet for entering again, before it is published: something in it is wrong or still missing."""
    sheet = lock_sheet(sheet)
    if not reason.strip():
        raise Refused(Finding("", "no_reason", "请写明退回的理由。", field="reason"))
    refuse_own_sheet(actor, sheet)
    if sheet.published_at is not None or sheet.retracted_at is not None or sheet.checked_at is None:
        raise Refused(Finding("", "not_checked", "只有已核对、还没有公布的成绩单可以退回。"))
    sheet.checked_by = sheet.checked_at = None
    sheet.save(update_fields=["checked_by", "checked_at"])
    trail.record("results.send_back_sheet", actor=actor, subject=sheet, detail={"reason": reason.strip()})
    return sheet


def lock_sheet(sheet: ScoreSheet) -> ScoreSheet:
    """The sheet afresh, its session held first (Person → Application → Session → sheet is the order)."""
    Session.objects.select_for_update().get(pk=sheet.session_id)
    return (
        ScoreSheet.objects.select_for_update(of=("self",))
        .select_related("session__offering", "made_by")
        .get(pk=sheet.pk)
    )


def refuse_own_sheet(actor: Account, sheet: ScoreSheet) -> None:
    """Raise `Refused` where whoever acts sat in the sheet's session themselves."""
    refuse_own(actor, [seat.person_id for seat in seats_of_session(sheet.session)], "own_score")


def names_of(rows: list[Row]) -> str:
    """Some of the people, by name."""
    names = "、".join(row.seat.person.name for row in rows[:10])
    return f"{names}等 {len(rows)} 人" if len(rows) > 10 else names


def hand_of(sheet: ScoreSheet | None, actor: Account) -> int:
    """Which of the two hands somebody is on a sheet, or on one they would open."""
    return FIRST if sheet is None or sheet.made_by_id == actor.pk else SECOND


def fixed(row: Row, hand: int) -> bool:
    """Whether this hand can no longer change its reading: another was laid beside it."""
    return hand != SETTLING and hand in row.hands and len(row.hands) > 1


def _is_news(row: Row, hand: int, value: int | None) -> bool:
    entry = row.hands.get(hand)
    return value != (entry.points if entry else None)


def _write(actor: Account, sheet: ScoreSheet, row: Row, hand: int, value: int | None) -> None:
    if value is None:
        row.hands[hand].delete()
        return
    fields = {"points": value, "by": actor, "at": clock.now()}
    ScoreEntry.objects.update_or_create(
        sheet=sheet, seat=row.seat, hand=hand, defaults=fields, create_defaults={"id": uuid4(), **fields}
    )


def _refuse_if_closed(sheet: ScoreSheet) -> None:
    if sheet.retracted_at is not None:
        raise Refused(Finding("", "retracted", "这份成绩单已撤回，请在新的成绩单上录入。"))
    if sheet.published_at is not None:
        raise Refused(Finding("", "published", "这份成绩单已公布。发现有误的，请办理成绩更正。"))
    if sheet.checked_at is not None:
        raise Refused(Finding("", "checked", "这份成绩单已核对。发现有误的，请先退回录入。"))


def _refuse_wrong_hand(sheet: ScoreSheet, actor: Account, hand: int) -> None:
    if hand == FIRST and actor.pk != sheet.made_by_id:
        raise Refused(Finding("", "not_the_maker", f"第一次录入由{sheet.made_by.name}进行，请您录入第二次。"))
    if hand == SECOND and actor.pk == sheet.made_by_id:
        raise Refused(Finding("", "second_person_needed", "第二次录入须由另一位工作人员进行。"))
    if hand not in (FIRST, SECOND, SETTLING):
        raise Refused(Finding("", "unknown_hand", "请从第一次或第二次录入进入。", hand))


def _reading_findings(
    sheet: ScoreSheet, row: Row | None, hand: int, value: int | None, marks: SchemeSubject, field: str
) -> list[Finding]:
    if row is None:
        sentence = "名单中有人不在本场，或没有到考。请核对是不是选错了场次。"
        return [Finding("", "not_in_session", sentence, field=field)]
    name = row.seat.person.name
    if value is not None and not 0 <= value <= marks.maximum:
        sentence = f"{name}：分数应在 0 到 {marks.maximum} 之间。"
        return [Finding("", "out_of_range", sentence, value, field=field)]
    if fixed(row, hand):
        sentence = f"{name}：两次录入都已完成，不能再改。有误的，请拿着试卷到“核对不一致”里确认。"
        return [Finding("", "read_by_both", sentence, value, field=field)]
    if hand == SETTLING and FIRST not in row.hands:
        return [Finding("", "not_read_twice", f"{name}：请先完成录入，再确认分数。", field=field)]
    typed = sheet.source == ScoreSheet.Source.TYPED
    if hand == SETTLING and typed and SECOND not in row.hands:
        sentence = f"{name}：请先完成两次录入，再对不一致的作出确认。"
        return [Finding("", "not_read_twice", sentence, field=field)]
    return []

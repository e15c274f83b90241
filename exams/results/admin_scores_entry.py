"""Scores on their way in at the counter: each hand's page, the third reading, and the workbook with its preview."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from exams.arrangement.models import Session
from exams.arrangement.notices import session_text
from exams.results.admin_scores_forms import MOST_BYTES, PaperForm, SheetForm
from exams.results.admin_scores_pages import address, open_sheet_or_404, progress_or_404, session_or_404
from exams.results.entering import enter_points, fixed, hand_of, open_sheet
from exams.results.importing import (
    ABSENT,
    BLANK,
    CHANGED,
    NEW,
    SAME,
    fingerprint,
    import_points,
    read_scores,
    score_template,
    session_code,
)
from exams.results.queries import FIRST, SECOND, SETTLING, marks_of
from exams.results.roll import roll_of
from portal.access import staff
from portal.audit.trail import record_access
from portal.counter.acting import data, page
from portal.files.intake import display_name
from portal.files.sending import private_document
from portal.limits import takes
from portal.rules.findings import Refused
from portal.workbook.reading import UnusableSheet

ENTER = "exams.enter_score"
SALT, PREVIEW_SECONDS = "scores.import", 2 * 60 * 60
FORM_BYTES = 64 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@staff(ENTER, "GET", "POST")
def enter_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """A hand's readings: the first person on a sheet is the first hand, everybody else the second."""
    progress = progress_or_404(key)
    session, sheet = progress.session, progress.roll.open_sheet
    hand = hand_of(sheet, request.user)
    rows = progress.roll.papers(sheet)
    form = PaperForm(
        data(request),
        rows=rows,
        initial={str(row.seat.pk): row.hands[hand].points for row in rows if hand in row.hands},
        fixed=frozenset(row.seat.pk for row in rows if fixed(row, hand)),
    )
    if form.is_valid():
        try:
            sheet = open_sheet(actor=request.user, session=session)
            enter_points(
                actor=request.user, sheet=sheet, hand=hand_of(sheet, request.user), points=form.points()
            )
        except Refused as refused:
            form.place(refused)
        else:
            messages.success(request, _said(session))
            return redirect(address(session))
    return page(
        request,
        "admin/exams/results/scores_enter.html",
        title=f"第{'一' if hand == FIRST else '二'}次录入：{session_text(session)}",
        session=session,
        sheet=sheet,
        form=form,
        hand=hand,
        second=hand == SECOND,
        marks=marks_of(session),
        read=sum(hand in row.hands for row in rows),
        back=address(session),
    )


def _said(session: Session) -> str:
    roll = roll_of(session)
    unread = roll.unread(roll.open_sheet)
    differing = sum(row.differs for row in unread)
    if differing:
        return f"已保存。有 {differing} 份两次不一致，请拿着试卷核对。"
    if not unread:
        return "已保存，全部录入完毕，等待核对。"
    missing = {hand: sum(hand not in row.hands for row in unread) for hand in (FIRST, SECOND)}
    first, second = (f"{count} 份" if count else "已完成" for count in missing.values())
    return f"已保存。还要录入：第一次 {first}，第二次 {second}。"


@staff(ENTER, "GET", "POST")
def settle_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The third reading, with the paper in hand: of what differs, and of anything else both have read."""
    progress = progress_or_404(key)
    sheet = open_sheet_or_404(progress)
    rows = [row for row in progress.roll.papers(sheet) if row.hands]
    rows = [row for row in rows if row.differs or SETTLING in row.hands] if not _all(request) else rows
    form = PaperForm(
        data(request),
        rows=rows,
        initial={str(row.seat.pk): row.hands[SETTLING].points for row in rows if SETTLING in row.hands},
    )
    if form.is_valid():
        try:
            enter_points(actor=request.user, sheet=sheet, hand=SETTLING, points=form.points())
        except Refused as refused:
            form.place(refused)
        else:
            messages.success(request, _said(progress.session))
            return redirect(address(progress.session))
    return page(
        request,
        "admin/exams/results/scores_settle.html",
        title=f"核对不一致：{session_text(progress.session)}",
        session=progress.session,
        sheet=sheet,
        form=form,
        lines=[(row, row.hands.get(FIRST), row.hands.get(SECOND), field) for row, field in form.lines()],
        all=_all(request),
        marks=marks_of(progress.session),
        back=address(progress.session),
    )


def _all(request: HttpRequest) -> bool:
    return request.GET.get("all") == "yes"


@staff(ENTER, "GET")
def template_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """The workbook to fill in; the download is logged."""
    session = session_or_404(key)
    record_access("score_template.downloaded", actor=request.user, subject=session)
    name = f"scores-{session_code(session)}.xlsx"
    return private_document(score_template(session), name, media_type=XLSX, attached=True)


@staff(ENTER, "GET", "POST")
@takes(MOST_BYTES + FORM_BYTES)
def import_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Upload, see what would change, confirm: the preview travels signed, for this person and this state only."""
    progress = progress_or_404(key)
    session, roll = progress.session, progress.roll
    context: dict[str, Any] = {
        "title": f"导入成绩：{session_text(session)}",
        "session": session,
        "sheet": roll.open_sheet,
        "hand": hand_of(roll.open_sheet, request.user),
        "code": session_code(session),
        "marks": marks_of(session),
        "back": address(session),
    }
    if "seen" in request.POST:
        return _confirm(request, session, context)
    form = SheetForm(data(request), request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            preview = read_scores(file.read(), display_name(file.name), roll=roll, actor=request.user)
        except (UnusableSheet, Refused) as refusal:
            form.add_error("file", refusal.sentence if isinstance(refusal, UnusableSheet) else str(refusal))
        else:
            readings = {str(seat): points for seat, points in preview.readings.items()}
            context |= {
                "preview": preview,
                "file_name": display_name(file.name),
                "counts": [
                    (word, len(preview.of(kind)))
                    for kind, word in (
                        (NEW, "新录入"),
                        (CHANGED, "与已有录入不同"),
                        (SAME, "与已有录入相同"),
                        (BLANK, "没有填分数"),
                        (ABSENT, "缺考"),
                    )
                ],
                "changed": preview.of(CHANGED),
                "fresh": preview.of(NEW),
                "blank": preview.of(BLANK),
                "seen": signing.dumps(
                    [str(session.pk), str(request.user.pk), fingerprint(roll), readings],
                    salt=SALT,
                    compress=True,
                ),
            }
    return page(request, "admin/exams/results/scores_import.html", form=form, **context)


def _confirm(request: HttpRequest, session: Session, context: dict[str, Any]) -> HttpResponse:
    form = SheetForm()
    try:
        of, by, state, readings = signing.loads(request.POST["seen"], salt=SALT, max_age=PREVIEW_SECONDS)
        if (of, by) != (str(session.pk), str(request.user.pk)):
            raise signing.BadSignature
        points = {UUID(seat): value for seat, value in readings.items()}
        import_points(actor=request.user, session=session, points=points, seen=state)
    except signing.BadSignature:
        context["loose"] = "预览已过期，请重新上传。"
    except Refused as refused:
        context["loose"] = str(refused)
    else:
        messages.success(request, f"已导入 {len(points)} 人的分数。{_said(session)}")
        return redirect(address(session))
    return page(request, "admin/exams/results/scores_import.html", form=form, **context)

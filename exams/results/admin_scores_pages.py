"""Scores at the counter: which sessions, and one session's way from the papers to the publication."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from exams.arrangement.models import Session
from exams.arrangement.notices import session_text
from exams.results.entering import hand_of
from exams.results.models import ScoreSheet
from exams.results.progress import (
    DONE,
    STAGES,
    TO_CHECK,
    TO_PUBLISH,
    TO_READ,
    Progress,
    closed_sessions,
    progress_of,
    unfinished,
    unfinished_sessions,
)
from exams.results.queries import marks_of
from exams.results.roll import READY, Roll, Row
from portal.access import staff
from portal.audit.history import deeds
from portal.audit.models import AuditEntry
from portal.audit.trail import record_access
from portal.counter.acting import page
from portal.counter.rows import A_PAGE
from portal.rules.wording import day_text

LOOK = "exams.view_scoresheet"
OVERDUE = "overdue"
TAGS = {TO_READ: "todo", TO_CHECK: "active", TO_PUBLISH: "attention", DONE: "done"}
SHORT = {
    "published": ("done", "已公布"),
    READY: ("active", "待公布"),
    "unread": ("todo", "待录入"),
    "barred": ("quiet", "禁考期内"),
    "cancelled": ("refused", "成绩取消"),
    "not_admitted": ("refused", "资格已取消"),
    "excuse_open": ("attention", "事由待决定"),
    "unknown": ("attention", "到考未登记"),
    "other": ("attention", "另行处理"),
}


def address(session: Session) -> str:
    return reverse("admin:score_session", args=[session.pk])


def session_or_404(key: UUID) -> Session:
    """A session whose attendance is complete."""
    return get_object_or_404(closed_sessions(), pk=key)


def progress_or_404(key: UUID) -> Progress:
    return progress_of([session_or_404(key)])[0]


def sheet_or_404(key: UUID) -> ScoreSheet:
    rows = ScoreSheet.objects.select_related("session__offering__occupation", "session__site", "made_by")
    return get_object_or_404(rows, pk=key)


def due_text(progress: Progress) -> str:
    """By when, in words; provisional named. No clock runs before somebody has sat all their subjects."""
    if progress.due is None:
        return "考完最后一科起算" if progress.stage in (TO_READ, TO_CHECK, TO_PUBLISH) else "—"
    return day_text(progress.due.day, weekday=True) + ("（暂定）" if progress.due.provisional else "")


def session_facts(progress: Progress) -> list[dict[str, str]]:
    session = progress.session
    return [
        {"key": "项目", "value": f"{session.offering} {session.get_subject_display()}"},
        {"key": "时间、考点", "value": f"{session_text(session)}，{session.site.name}"},
        {"key": "公布期限", "value": due_text(progress)},
    ]


@staff(LOOK, "GET")
def list_page(request: HttpRequest) -> HttpResponse:
    """Sessions by what is to be done, the most urgent first; those that are done page by page, the newest first."""
    stage = request.GET.get("stage", "")
    todo = unfinished()
    if stage == DONE:
        done = (
            closed_sessions().exclude(pk__in=unfinished_sessions().values("pk")).order_by("-starts_at", "pk")
        )
        found = Paginator(done, A_PAGE).get_page(request.GET.get("page"))
        shown = progress_of(found)
    else:
        found = None
        shown = [one for one in todo if stage in ("", one.stage) or (stage == OVERDUE and one.overdue)]
    stages = [one.stage for one in todo]
    tabs = [("", "全部未办完", len(todo)), (OVERDUE, "已逾期", sum(one.overdue for one in todo))]
    tabs += [(code, word, stages.count(code)) for code, word in STAGES.items() if code != DONE]
    return page(
        request,
        "admin/exams/results/scores.html",
        title="成绩",
        lines=[(one, TAGS.get(one.stage, "attention"), due_text(one)) for one in shown],
        tabs=[*tabs, (DONE, STAGES[DONE], None)],
        stage=stage,
        found=found,
    )


@staff(LOOK, "GET")
def session_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One session: where it stands, what may be done next, and everybody in it; the look is logged.

    Points are shown once the sheet is checked: before, the second hand must not see what the first read.
    """
    progress = progress_or_404(key)
    session, sheet = progress.session, progress.sheet
    record_access("scores.viewed", actor=request.user, subject=session)
    retracted = session.score_sheets.exclude(retracted_at=None).select_related("retracted_by")
    sheets = [str(one) for one in session.score_sheets.values_list("pk", flat=True)]
    return page(
        request,
        "admin/exams/results/scores_session.html",
        title=f"成绩：{session_text(session)}",
        progress=progress,
        tag=TAGS.get(progress.stage, "attention"),
        facts=session_facts(progress),
        counts=_counts(progress.roll),
        sheet=sheet,
        sheets=progress.roll.sheets,
        papers=len(progress.roll.papers(sheet)),
        unread=len(progress.roll.unread(sheet)),
        differing=sum(row.differs for row in progress.roll.rows),
        hand=hand_of(progress.roll.open_sheet, request.user),
        later=[one for one in progress.roll.sheets if one.published_at and progress.roll.publishable(one)],
        more_to_read=bool(progress.roll.sheets and not progress.roll.open_sheet and progress.roll.papers()),
        lines=[(row, *SHORT[row.where], _shown(row)) for row in progress.roll.rows],
        marks=marks_of(session),
        retracted=retracted,
        history=deeds(
            AuditEntry.objects.filter(subject_id__in=sheets, action__startswith="results.").order_by(
                "-at", "-id"
            )[:30]
        ),
        back=reverse("admin:exams_scoresheet_changelist"),
    )


def _counts(roll: Roll) -> list[tuple[str, int]]:
    states = [row.attendance.state if row.attendance else "" for row in roll.rows]
    return [
        ("应到", len(roll.rows)),
        ("到考", states.count("present")),
        ("缺考", states.count("absent")),
        ("其他", states.count("other")),
        ("已公布", sum(row.score is not None for row in roll.rows)),
    ]


def _shown(row: Row) -> str:
    """The published points, or those of a checked sheet; before that, how far the reading is."""
    if row.score is not None:
        return points_text(row.score.points)
    if not row.has_paper:
        return "—"
    if row.sheet is not None and row.sheet.checked_at is not None and row.reading is not None:
        return points_text(row.reading.points)
    if row.differs:
        return "两次不一致"
    if row.reading is not None:
        return "已录入"
    return "录入一次" if row.hands else "未录入"


def points_text(points: int | None) -> str:
    return "缺考" if points is None else str(points)


def open_sheet_or_404(progress: Progress) -> ScoreSheet:
    if progress.roll.open_sheet is None:
        raise Http404
    return progress.roll.open_sheet

"""Check, send back, publish, retract: each page says exactly what will happen to whom before anything does."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from exams.arrangement.notices import session_text
from exams.results.admin_scores_forms import ReasonLongForm
from exams.results.admin_scores_pages import (
    address,
    open_sheet_or_404,
    points_text,
    progress_or_404,
    session_facts,
    sheet_or_404,
)
from exams.results.entering import check_sheet, checker_findings, names_of, send_back
from exams.results.excuses import excuse_findings, excuse_until
from exams.results.models import ScoreSheet
from exams.results.progress import progress_of
from exams.results.publishing import publish_sheet, retract_sheet, retraction_findings
from exams.results.queries import SETTLING, marks_of
from exams.results.roll import Row, roll_of
from portal import clock
from portal.access import staff
from portal.audit.trail import record_access
from portal.counter.acting import act, data
from portal.rules.scores import is_pass
from portal.rules.validity import period
from portal.rules.wording import cite, day_text

CHECK, PUBLISH = "exams.check_score", "exams.publish_score"


def _facts(sheet: ScoreSheet) -> list[dict[str, str]]:
    made = f"{sheet.get_source_display()}，{sheet.made_by}"
    facts = [*session_facts(progress_of([sheet.session])[0]), {"key": "录入", "value": made}]
    if sheet.checked_by is not None and sheet.checked_at is not None:
        facts.append(
            {"key": "核对", "value": f"{sheet.checked_by}，{day_text(clock.local_day(sheet.checked_at))}"}
        )
    return facts


@staff(CHECK, "GET", "POST")
def check_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Every reading that would stand, to be compared with the papers; then the sheet is closed for entering."""
    progress = progress_or_404(key)
    sheet, marks = open_sheet_or_404(progress), marks_of(progress.session)
    record_access("scores.viewed", actor=request.user, subject=sheet)
    if request.method == "GET" and (found := checker_findings(request.user, sheet)):
        messages.error(request, found[0].sentence)
        return redirect(address(progress.session))
    imported = sheet.source == ScoreSheet.Source.IMPORTED
    words = (
        "这份成绩是导入的，请拿着试卷或阅卷登记逐人对照下面的分数，再确认。"
        if imported
        else "两次录入一致的分数列在下面，有过不一致的标出了确认人。请对照试卷抽看。",
        "核对以后不能再录入。发现有误，请不要确认，由录入人或另一人在“核对不一致”里改正。",
    )
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: check_sheet(actor=request.user, sheet=sheet),
        title=f"核对成绩：{session_text(progress.session)}",
        facts=_facts(sheet),
        words=words,
        button="确认无误，等待公布",
        done="已核对，等待公布。",
        back=address(progress.session),
        template="admin/exams/results/scores_check.html",
        lines=[(row, _how(row)) for row in progress.roll.papers(sheet)],
        marks=marks,
    )


def _how(row: Row) -> str:
    if SETTLING in row.hands:
        first, second = (row.hands[hand].points if hand in row.hands else "—" for hand in (1, 2))
        return f"第一次 {first}，第二次 {second}，由{row.hands[SETTLING].by}确认"
    return "两次一致" if len(row.hands) > 1 else "导入"


@staff(CHECK, "GET", "POST")
def send_back_page(request: HttpRequest, key: UUID) -> HttpResponse:
    progress = progress_or_404(key)
    sheet = open_sheet_or_404(progress)
    return act(
        request,
        ReasonLongForm(data(request)),
        lambda typed: send_back(actor=request.user, sheet=sheet, reason=typed["reason"]),
        title=f"退回录入：{session_text(progress.session)}",
        facts=_facts(sheet),
        words=("成绩单重新打开，已录入的分数都保留。改正以后须再核对一次，才能公布。",),
        button="退回录入",
        done="已退回录入。",
        back=address(progress.session),
    )


@staff(PUBLISH, "GET", "POST")
def publish_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """How many pass, fail and were absent, who is left open and why; one button publishes all of it."""
    sheet = sheet_or_404(key)
    session = sheet.session
    roll, marks = roll_of(session), marks_of(session)
    ready, left = roll.publishable(sheet), roll.left_open(sheet)
    record_access("scores.viewed", actor=request.user, subject=sheet)
    passed = [row for row in ready if is_pass(row.points, marks.pass_mark)]
    absent = [row for row in ready if row.points is None]
    last = period(session.offering.grade, clock.today()).last_day
    words = [
        f"一次公布 {len(ready)} 人：合格 {len(passed)} 人，不合格 {len(ready) - len(passed) - len(absent)} 人，"
        f"缺考 {len(absent)} 人。每个人马上收到消息，本人和机构可以看到成绩。",
        f"合格的科目从今天起有效，有效期到 {day_text(last)}（{cite('N2026-4.1')}）。",
    ]
    words += _still_excusable(absent)
    if left:
        words.append(f"另有 {len(left)} 人这次不公布，原因列在下面；原因消除以后可以在这里补公布。")
    words.append("公布有误的可以整份撤回，或逐人办理成绩更正。")
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: publish_sheet(actor=request.user, sheet=sheet),
        title=f"公布成绩：{session_text(session)}",
        facts=_facts(sheet),
        words=tuple(words),
        button=f"公布 {len(ready)} 人的成绩",
        done=lambda made: f"已公布 {len(made[0])} 人的成绩。",
        back=address(session),
        template="admin/exams/results/scores_publish.html",
        lines=[(row, points_text(row.points), row in passed) for row in ready],
        left=[(row, _why(row)) for row in left],
        marks=marks,
        grave=True,
    )


def _still_excusable(absent: list[Row]) -> list[str]:
    """Publication ends the term in which an absence may be excused: whoever publishes knows for whom."""
    rows = [row for row in absent if not excuse_findings(row.seat)]
    if not rows:
        return []
    until = day_text(excuse_until(rows[0].seat).day)
    return [
        f"{names_of(rows)}缺考，到 {until} 为止（含当日）还可以说明缺考事由；公布以后，这一科就不能再提出。"
        "不急的，请过了期限再公布。"
    ]


def _why(row: Row) -> str:
    if row.where == "barred" and row.bar is not None:
        return f"{row.words}：到 {day_text(row.bar.barred_until)} 为止（{cite(row.bar.clause)}）"
    return row.words


@staff(PUBLISH, "GET", "POST")
def retract_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """What is taken back, and by name what stands in the way."""
    sheet = sheet_or_404(key)
    session = sheet.session
    scores = list(sheet.scores.filter(retracted_at=None).select_related("application__offering"))
    obstacles = retraction_findings(scores)
    people = len({score.application_id for score in scores})
    context: dict[str, Any] = {"obstacles": [finding.sentence for finding in obstacles]}
    if sheet.published_at is None:
        title, button, words = "作废成绩单", "作废成绩单", ("这份成绩单还没有公布，作废后须重新录入、核对。",)
    else:
        title, button = "撤回公布", f"撤回 {people} 人的成绩"
        corrected = sum(score.replaces_id is not None for score in scores)
        words = (
            f"公布过的 {people} 人的成绩全部撤回，合格科目和有效期一并作废，申报回到成绩公布以前；每个人会收到消息。",
            *((f"其中 {corrected} 项更正一并撤回。",) if corrected else ()),
            "撤回以后须重新录入、核对、公布，有效期从重新公布那天算起。只有个别人有误的，请办理成绩更正。",
        )
    return act(
        request,
        ReasonLongForm(data(request)),
        lambda typed: retract_sheet(actor=request.user, sheet=sheet, reason=typed["reason"]),
        title=f"{title}：{session_text(session)}",
        facts=_facts(sheet),
        words=words,
        button=button,
        done="已撤回。" if sheet.published_at else "成绩单已作废。",
        back=address(session),
        template="admin/exams/results/scores_retract.html",
        grave=True,
        **context,
    )

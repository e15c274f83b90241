"""What results add to an application's time line: whether it was sat, the scores, a recheck, and the end."""

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from exams.catalogue.queries import policy_row
from exams.filing.models import Application, Kind, Status
from exams.filing.timeline import APPLICANT, ASSOCIATION, DONE, NEXT, NOW, Step
from exams.passes.queries import retake_possibility
from exams.results.models import Attendance, Recheck
from exams.results.rechecks import recheck_findings, recheck_until
from exams.results.showing import Line, lines_of
from portal import clock
from portal.rules.wording import day_text

THERE = {
    Attendance.State.PRESENT: "到考",
    Attendance.State.ABSENT: "缺考",
    Attendance.State.OTHER: "另行处理",
}


def result_steps(application: Application, on: date) -> list[Step]:
    """The steps `ticket` (done with), `sit`, `score`, `recheck` and `end`, each once there is something to say."""
    if application.approved_at is None:
        return []
    lines = lines_of([application], on)[application.pk]
    sat = _sat(lines)
    steps = [sat, _scored(application, lines), _rechecked(lines, on)]
    if sat is not None:
        steps.append(Step("ticket", "准考证已发放", DONE, APPLICANT))
    if application.status == Status.APPROVED and application.concluded_at is not None:
        steps.append(_ended(application, lines, on))
    return [step for step in steps if step is not None]


def _sat(lines: Sequence[Line]) -> Step | None:
    noted = [(line, line.attendance) for line in lines if line.attendance is not None]
    if not noted or len(noted) < len(_to_sit(lines)):
        return None
    came = any(one.state == Attendance.State.PRESENT for _, one in noted)
    note = "；".join(f"{line.result.label}：{THERE[Attendance.State(one.state)]}" for line, one in noted)
    last = max(line.seat.ends_at for line in lines if line.seat is not None)
    title = "已参加考核" if came else "没有参加考核"
    return Step("sit", title, DONE, APPLICANT, on=clock.local_day(last), note=f"{note}。")


def _scored(application: Application, lines: Sequence[Line]) -> Step | None:
    out = [line for line in _to_sit(lines) if line.decided]
    if not out:
        return None
    note = "；".join(_told(line) for line in lines)
    url = reverse("results:mine")
    what = "已公布" if any(line.result.cancelled is None for line in out) else "已取消"
    if len(out) < len(_to_sit(lines)):
        title = f"部分科目成绩{what}"
        return Step("score", title, NOW, ASSOCIATION, note=f"{note}。", url=url, link="查看成绩")
    days = [line.result.score.published_on for line in out if line.result.score is not None]
    cancelled = [clock.local_day(line.result.cancelled.cancelled_at) for line in out if line.result.cancelled]
    day = max([*days, *cancelled])
    return Step("score", f"成绩{what}", DONE, ASSOCIATION, on=day, note=f"{note}。", url=url, link="查看成绩")


def _to_sit(lines: Sequence[Line]) -> list[Line]:
    """Without what was given up."""
    return [line for line in lines if not line.result.given_up]


def _told(line: Line) -> str:
    score = line.result.score
    if line.result.cancelled is None and score is not None and score.points is not None:
        return f"{line.result.label} {score.points} 分，{line.word}"
    return f"{line.result.label}{line.word}"


def _rechecked(lines: Sequence[Line], on: date) -> Step | None:
    asked = [line.result.recheck for line in lines if line.result.recheck is not None]
    if any(line.question for line in lines):
        names = "、".join(line.result.label for line in lines if line.question)
        since = min((clock.local_day(one.asked_at) for one in asked if one.answered_at is None), default=None)
        note = f"{names}的成绩正在重新核对，答复以前不能申报补考，也不制发证书。"
        return Step("recheck", "核对成绩", NOW, ASSOCIATION, on=since, note=note)
    if asked:
        return _answered(asked)
    scores = [line.result.score for line in lines if line.result.score and line.result.cancelled is None]
    may = [recheck_until(score) for score in scores if not recheck_findings(score, on)]
    if not may:
        return None
    until = max(may)
    citation = policy_row("recheck_working_days", on).citation
    return Step(
        "recheck",
        "对成绩有疑问的，可以申请复核",
        NEXT,
        APPLICANT,
        by=until.day,
        note=f"没有疑问的，不用办理。依据：{citation}。",
        provisional=until.provisional,
        url=reverse("results:mine"),
        link="到成绩页申请",
    )


def _answered(asked: Sequence[Recheck]) -> Step:
    last = max(asked, key=lambda one: one.answered_at or one.asked_at)
    assert last.answered_at is not None
    note = f"{last.get_result_display()}。{last.answer}"
    return Step(
        "recheck", "成绩复核已答复", DONE, ASSOCIATION, on=clock.local_day(last.answered_at), note=note
    )


def _ended(application: Application, lines: Sequence[Line], on: date) -> Step:
    assert application.concluded_at is not None
    day = clock.local_day(application.concluded_at)
    possible = retake_possibility(application.person, application.offering, on)
    whole = application.kind == Kind.REGULAR and all(line.result.passed for line in lines)
    url, link = "", ""
    if whole or any(finding.code == "all_passed" for finding in possible.findings):
        note = "全部科目合格。"
    elif possible.subjects and possible.last_day:
        note = f"未合格的科目可以补考，最迟在 {day_text(possible.last_day)} 考完。"
        url, link = reverse("results:mine"), "补考还是正考，看两种费用"
    else:
        note = "还想取得证书的，须按正考重新申报全部科目。"
        url, link = reverse("results:mine"), "看怎样重新申报"
    return Step("end", "考核已结束", DONE, on=day, note=note, url=url, link=link)

"""One subject after the other, as the person and the institution that filed them read it: one state in a word, and why.

Read for many applications at once; what is said here is said on the pages, on the time line and in the sheets alike.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from applicants.standing.models import Bar
from exams.arrangement.models import Seat
from exams.arrangement.queries import live_seats
from exams.filing.models import Application, Status
from exams.passes.models import Pass
from exams.results.due import due_days
from exams.results.models import Attendance
from exams.results.queries import SubjectResult, attendance_by_seat, results_by_application
from portal import clock
from portal.rules.wording import cite, day_text
from portal.rules.workdays import Counted

WITHHELD = "暂不公布"
"""The word for the score of somebody who is barred."""


@dataclass(frozen=True)
class Line:
    """One subject of an application. `kind` and `word` are its tag (`status_tag`); `note` says why, or what comes.

    `held`: the pass it gave, also one given up or ended since; `attendance`: known once the session is closed.
    """

    result: SubjectResult
    kind: str
    word: str
    note: str
    seat: Seat | None
    attendance: Attendance | None
    held: Pass | None

    @property
    def sat(self) -> bool:
        """Whether its session is over, or the score is out."""
        over = self.seat is not None and self.seat.ends_at <= clock.now()
        return over or self.decided

    @property
    def decided(self) -> bool:
        """Nothing is to come any more but a correction."""
        result = self.result
        return result.score is not None or result.cancelled is not None or result.given_up

    @property
    def points(self) -> str:
        """「85 / 100」 or nothing where no points were published."""
        score = self.result.score
        return f"{score.points} / {score.maximum}" if score is not None and score.points is not None else ""

    @property
    def note_to_institution(self) -> str:
        """The note, but for what a decision on misconduct says of its person: that is told to them alone."""
        conduct = self.result.cancelled is not None or self.word == WITHHELD
        return "原因由本人登录或到窗口查询。" if conduct else self.note

    @property
    def question(self) -> str:
        """What keeps the score frozen, in a word; empty where nothing does."""
        if not self.result.frozen:
            return ""
        recheck = self.result.recheck
        return "复核中" if recheck is not None and recheck.answered_at is None else "更正核实中"


def with_results(applications: QuerySet[Application]) -> QuerySet[Application]:
    """Those that have something to say here: approved, or with a score or a cancellation; the newest first."""
    something = Q(status=Status.APPROVED) | Q(scores__isnull=False) | Q(cancellations__isnull=False)
    return applications.filter(something).distinct().order_by("-created_at")


def lines_of(applications: Collection[Application], on: date) -> dict[UUID, list[Line]]:
    """Each application's subjects in their order, with as many queries for many as for one."""
    keys = [one.pk for one in applications]
    results = results_by_application(applications)
    seats = list(live_seats().filter(application__in=keys).select_related("session__closing"))
    attendance = attendance_by_seat(seats)
    by_subject = {(seat.application_id, seat.subject): seat for seat in seats}
    held = {(row.application_id, row.subject): row for row in Pass.objects.filter(application_id__in=keys)}
    bars = _bars([one.person_id for one in applications], on)
    due = due_days(applications)

    def line(application: Application, result: SubjectResult) -> Line:
        key = (application.pk, result.subject)
        seat = by_subject.get(key)
        noted = attendance.get(seat.pk) if seat and hasattr(seat.session, "closing") else None
        kind, word, note = _state(
            application,
            result,
            held.get(key),
            seat,
            noted,
            bars.get(application.person_id),
            due.get(application.pk),
            on,
        )
        return Line(result, kind, word, note, seat, noted, held.get(key))

    return {one.pk: [line(one, result) for result in results[one.pk]] for one in applications}


def _state(
    application: Application,
    result: SubjectResult,
    held: Pass | None,
    seat: Seat | None,
    noted: Attendance | None,
    bar: Bar | None,
    due: Counted | None,
    on: date,
) -> tuple[str, str, str]:
    """(kind, word, note) of one subject."""
    if result.given_up:
        return "quiet", "已放弃", "取消或改期以后放弃，不再安排考试，没有成绩。"
    if result.cancelled is not None:
        note = f"按规定取消了这一科的成绩（{cite(result.cancelled.clause)}），不作为合格成绩。"
        return "refused", "成绩已取消", note
    if result.score is not None:
        return _published(result, held, on)
    if application.status != Status.APPROVED:
        return "quiet", "没有成绩", "这份申报已经结束。"
    if seat is None:
        return "todo", "待安排", "场次排定后会发消息通知。"
    if seat.ends_at > clock.now():
        return "todo", "待考", ""
    if noted is not None and noted.state == Attendance.State.OTHER:
        return "attention", "另行处理", "考试当天的情况已经登记，由协会另行处理，结果会通知本人。"
    if noted is not None and noted.state == Attendance.State.ABSENT:
        return "attention", "登记为缺考", "公布以后，这一科没有成绩。"
    if bar is not None:
        note = f"在禁考期内（{cite(bar.clause)}），成绩暂不公布。禁考期至 {day_text(bar.barred_until)}（含当日）。"
        return "refused", WITHHELD, note
    if due is None:
        return (
            "active",
            "等待公布",
            "考完全部科目后，一般 20 个工作日内公布；须阅卷或检测工件的，30 个工作日内。",
        )
    provisional = "（所涉年份放假安排未公布，日期暂定）" if due.provisional else ""
    if due.day < on:
        return "active", "等待公布", f"原应不晚于 {day_text(due.day)} 公布，正在抓紧办理。"
    return "active", "等待公布", f"一般不晚于 {day_text(due.day)} 公布{provisional}。"


def _published(result: SubjectResult, held: Pass | None, on: date) -> tuple[str, str, str]:
    score = result.score
    assert score is not None
    if score.points is None:
        return "quiet", "缺考", "没有到考，不计成绩。"
    if not score.passed:
        return "refused", "不合格", ""
    if held is not None and held.given_up_at is not None:
        return "quiet", "合格，已放弃", "后来按正考重新申报并审核通过，这科合格成绩不再保留（通知四（二））。"
    if score.valid_until is not None and score.valid_until < on:
        return "quiet", "合格，已过有效期", "过了有效期，须重新申报全部科目（通知四（一））。"
    return "done", "合格", ""


def _bars(people: Iterable[UUID], on: date) -> dict[UUID, Bar]:
    """The bar in force of each barred person, the one that ends last."""
    rows = Bar.objects.filter(
        person__in=set(people), lifted_at=None, barred_from__lte=on, barred_until__gte=on
    )
    return {row.person_id: row for row in rows.order_by("barred_until")}

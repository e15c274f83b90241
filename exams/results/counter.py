"""What scores add to the counter's first page, with the alarm of the working-day clock, and their deeds in words."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.urls import reverse

from exams.results.models import Correction, Recheck
from exams.results.progress import LATE, TO_CHECK, TO_PUBLISH, TO_READ, WAITING, Progress, unfinished
from exams.results.queries import open_corrections, open_rechecks
from portal.counter.ages import age_in_working_days
from portal.registry import Queue


def _overdue(found: list[Progress]) -> list[Progress]:
    return [one for one in found if one.overdue]


def _count(stage: str) -> Callable[[list[Progress]], int]:
    return lambda found: sum(one.stage == stage for one in found)


def _since_closing(stage: str) -> Callable[[list[Progress]], int | None]:
    """The age of the stage's session that was closed first."""
    return lambda found: age_in_working_days(
        min((one.session.closing.closed_at for one in found if one.stage == stage), default=None)
    )


def _list(stage: str) -> Callable[[], str]:
    return lambda: reverse("admin:exams_scoresheet_changelist") + f"?stage={stage}"


def _oldest(rows: QuerySet[Correction] | QuerySet[Recheck]) -> int | None:
    return age_in_working_days(rows.order_by("asked_at").values_list("asked_at", flat=True).first())


QUEUES = (
    Queue(
        code="scores_overdue",
        title="成绩逾期未公布",
        order=62,
        source=unfinished,
        count=lambda found: len(_overdue(found)),
        oldest_working_days=lambda found: age_in_working_days(
            min((one.due.day for one in _overdue(found) if one.due), default=None)
        ),
        url=_list("overdue"),
        permission="exams.view_scoresheet",
        help_text="从考生考完最后一科算起，20 个工作日内公布，须阅卷或检测工件的 30 个。",
        attention=True,
    ),
    Queue(
        code="scores_to_read",
        title="成绩待录入",
        order=63,
        source=unfinished,
        count=_count(TO_READ),
        oldest_working_days=_since_closing(TO_READ),
        url=_list(TO_READ),
        permission="exams.enter_score",
        help_text="两人各录一次，或导入成绩表。按公布期限排列。",
    ),
    Queue(
        code="scores_to_check",
        title="成绩待核对",
        order=64,
        source=unfinished,
        count=_count(TO_CHECK),
        oldest_working_days=_since_closing(TO_CHECK),
        url=_list(TO_CHECK),
        permission="exams.check_score",
        help_text="须由录入人以外的人核对。",
    ),
    Queue(
        code="scores_to_publish",
        title="成绩待公布",
        order=65,
        source=unfinished,
        count=_count(TO_PUBLISH),
        oldest_working_days=_since_closing(TO_PUBLISH),
        url=_list(TO_PUBLISH),
        permission="exams.publish_score",
        help_text="按场公布，须由录入人以外的人办理。",
    ),
    Queue(
        code="scores_late",
        title="暂缓的成绩可以公布了",
        order=66,
        source=unfinished,
        count=_count(LATE),
        oldest_working_days=lambda found: None,
        url=_list(LATE),
        permission="exams.publish_score",
        help_text="禁考期已过，或到考情况已经确定。",
    ),
    Queue(
        code="scores_held_back",
        title="成绩暂缓公布",
        order=67,
        source=unfinished,
        count=lambda found: sum(len(one.held_back) for one in found if one.stage == WAITING),
        oldest_working_days=lambda found: None,
        url=_list(WAITING),
        permission="exams.view_scoresheet",
        help_text="在禁考期内、到考情况登记为“其他”或缺考事由待决定的人。",
    ),
    Queue(
        code="corrections",
        title="成绩更正待复核",
        order=68,
        count=lambda: open_corrections().count(),
        oldest_working_days=lambda: _oldest(open_corrections()),
        url=lambda: reverse("admin:exams_correction_changelist") + "?waiting=yes",
        permission="exams.correct_score",
        help_text="须由提出人以外的人复核。",
    ),
    Queue(
        code="rechecks",
        title="成绩复核待答复",
        order=69,
        count=lambda: open_rechecks().count(),
        oldest_working_days=lambda: _oldest(open_rechecks()),
        url=lambda: reverse("admin:exams_recheck_changelist") + "?waiting=yes",
        permission="exams.answer_recheck",
        help_text="须由没有经手这项成绩的人答复。答复以前成绩不作他用。",
    ),
)

WORDS = {
    "results.open_sheet": "开始录入成绩",
    "results.enter_points": "录入成绩",
    "results.check_sheet": "核对成绩单",
    "results.send_back_sheet": "退回录入",
    "results.publish_sheet": "公布成绩单",
    "results.publish_score": "公布成绩",
    "results.retract_sheet": "撤回成绩单",
    "results.retract_score": "撤回成绩",
    "results.ask_correction": "提出成绩更正",
    "results.confirm_correction": "复核成绩更正",
    "results.drop_correction": "放弃成绩更正",
    "results.ask_recheck": "申请成绩复核",
    "results.answer_recheck": "答复成绩复核",
    "results.cancel_score": "取消成绩",
    "results.restore_score": "恢复成绩",
    "passes.win": "取得合格科目",
    "passes.revoke": "合格科目作废",
}
LOOKS = {
    "scores.viewed": "查看成绩单",
    "score_template.downloaded": "下载成绩录入表",
    "score_list.viewed": "机构查看成绩",
    "score_list.downloaded": "机构下载成绩名单",
    "retake_roster.downloaded": "机构下载补考花名册",
}

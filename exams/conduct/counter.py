"""What misconduct adds to the counter's first page, by what is due, and its deeds and looks in words."""

from django.urls import reverse

from exams.conduct.models import Case
from exams.conduct.queries import Stage, open_cases, stage_of
from exams.conduct.stepper import waiting_since
from exams.conduct.telling import open_items
from portal.counter.ages import age_in_working_days
from portal.registry import Queue


def _at(stage: Stage) -> list[Case]:
    return [case for case in open_cases() if stage_of(case) == stage]


def _oldest(stage: Stage) -> int | None:
    days = [day for case in _at(stage) if (day := waiting_since(case))]
    return age_in_working_days(min(days, default=None))


def _queue(stage: Stage, order: int, title: str, permission: str, help_text: str) -> Queue:
    return Queue(
        code=f"cases_{stage}",
        title=title,
        order=order,
        count=lambda: len(_at(stage)),
        oldest_working_days=lambda: _oldest(stage),
        url=lambda: reverse("admin:exams_case_changelist") + f"?stage={stage}",
        permission=permission,
        help_text=help_text,
    )


QUEUES = (
    _queue(Stage.OPENED, 80, "违纪待告知", "exams.open_case", "核实事实，向本人发出拟处理告知书。"),
    _queue(
        Stage.TO_DECIDE,
        81,
        "违纪待决定",
        "exams.decide_case",
        "本人已陈述申辩，或者期限已过；由立案人以外的人决定。",
    ),
    _queue(Stage.DECIDED, 82, "处理决定待送达", "exams.open_case", "送达以后，申请复核的期限才开始。"),
    _queue(Stage.REVIEW, 83, "违纪复核待答复", "exams.review_case", "由没有立案、没有决定的人答复。"),
    Queue(
        code="cases_to_tell",
        title="须报送主管部门",
        order=84,
        count=len,
        oldest_working_days=lambda items: age_in_working_days(
            min((one.duty.since for one in items), default=None)
        ),
        source=open_items,
        url=lambda: reverse("admin:cases_to_tell"),
        permission="exams.tell_authorities",
        help_text="移送、取消成绩、撤销证书数据：打印清单报送，再登记已报送。",
    ),
)


WORDS = {
    "conduct.record_incident": "记录考场情况",
    "conduct.open_case": "立案",
    "conduct.notice": "发出拟处理告知",
    "conduct.statement": "收到陈述申辩",
    "conduct.drop_case": "撤案",
    "conduct.decide": "作出处理决定",
    "conduct.service": "登记送达",
    "conduct.review_asked": "申请复核",
    "conduct.upheld": "复核维持",
    "conduct.reverse_decision": "撤销处理决定",
    "conduct.told": "登记已报送主管部门",
    "conduct.told_withdrawn": "撤回报送登记",
    "standing.bar": "记录禁考期",
    "standing.lift_bar": "撤销禁考期",
    "payments.forbid_refund": "记录不予退费",
    "payments.allow_refund": "撤销不予退费",
}
LOOKS = {
    "incident.viewed": "查看考场情况",
    "incident_record.downloaded": "下载现场情况记录",
    "case.viewed": "查看违纪案件",
    "case_paper.downloaded": "下载违纪处理文书",
    "cases_to_tell.viewed": "查看须报送主管部门的事项",
    "cases_to_tell.downloaded": "下载报送清单",
    "cases_told.viewed": "查看已报送的事项",
}

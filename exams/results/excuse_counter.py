"""What absences with cause add to the counter's first page, and their deeds in words."""

from django.db.models import QuerySet
from django.urls import reverse

from exams.results.models import Excuse
from portal.counter.ages import age_in_working_days
from portal.registry import Queue


def _open() -> QuerySet[Excuse]:
    return Excuse.objects.filter(decision=Excuse.Decision.OPEN)


QUEUES = (
    Queue(
        code="excuses",
        title="缺考事由待决定",
        order=56,
        count=lambda: _open().count(),
        oldest_working_days=lambda: age_in_working_days(
            _open().order_by("asked_at").values_list("asked_at", flat=True).first()
        ),
        url=lambda: reverse("admin:exams_excuse_changelist") + "?decision__exact=open",
        permission="exams.decide_excuse",
        help_text="决定以前，这一科不公布成绩。",
    ),
)
WORDS = {"results.ask_excuse": "提交缺考事由", "results.decide_excuse": "决定缺考事由"}
LOOKS = {"excuse.viewed": "查看缺考事由", "excuse_proof.viewed": "查看缺考证明"}

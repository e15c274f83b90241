"""What results add to the way of a group filing: whose scores are out. Counted in the database, like the other steps."""

from collections.abc import Mapping

from django.db.models import Max
from django.urls import reverse

from exams.arrangement.queries import live_seats
from exams.filing.groups.models import GroupFiling
from exams.filing.groups.way import ASSOCIATION, GroupStep
from exams.filing.models import Application, Status
from exams.filing.timeline import DONE, NEXT, NOW
from exams.results.models import Score
from portal import clock


def score_step(filing: GroupFiling, counts: Mapping[str, int]) -> list[GroupStep]:
    """The step `score`, once somebody of the filing is approved; with figures once somebody has sat."""
    approved = counts.get("approved", 0)
    if not approved:
        return []
    own = Application.objects.filter(roster_entry__filing=filing, status=Status.APPROVED)
    concluded = own.exclude(concluded_at=None).count()
    open_ = own.filter(concluded_at=None)
    seats = live_seats().filter(application__in=open_).values("application")
    waiting = seats.annotate(last=Max("ends_at")).filter(last__lte=clock.now()).count()
    any_out = Score.objects.filter(application__in=own, retracted_at=None).exists()
    note = "考完全部科目后，一般 20 个工作日内公布；须阅卷或检测工件的，30 个工作日内。"
    if concluded:
        note = "没有全部合格的，其中可以补考的人已列入补考花名册，下载后可以直接上传。"
    return [
        GroupStep(
            "score",
            "成绩",
            NOW if waiting else DONE if concluded == approved else NEXT,
            ASSOCIATION,
            waiting=waiting,
            passed=concluded,
            note=note,
            url=reverse("results:filing", args=[filing.pk]) if any_out or waiting else "",
            link="查看成绩" if any_out else "查看到考情况" if waiting else "",
        )
    ]

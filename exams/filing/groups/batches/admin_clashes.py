"""Two applications of one person for one offering, side by side, and the decision which of them stands."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from exams.filing.groups.batches.admin_forms import ClashForm
from exams.filing.groups.batches.clashes import decide_clash
from exams.filing.groups.models import Clash, RosterEntry
from exams.filing.groups.queries import STAGES, filing_of, staged
from exams.filing.models import Application
from exams.filing.queries import money_held
from portal.access import staff
from portal.counter.acting import act, data, page
from portal.rules.wording import GRADE_FULL_NAMES, money_text
from portal.templatetags.portal_format import moment

LIST = "admin:exams_clash_changelist"


@staff("exams.review_groupfiling", "GET", "POST")
def clash_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Both sides, and the form while it is open."""
    rows = Clash.objects.select_related(
        "entry__filing__institution",
        "entry__filing__occupation",
        "entry__submission__by",
        "other__person__account",
        "other__offering__occupation",
        "other__institution",
        "decided_by",
    )
    clash = get_object_or_404(rows, pk=key)
    held = money_held(clash.other)
    shown: dict[str, Any] = {
        "title": f"重复申报：{clash.other.person.name}",
        "clash": clash,
        "this": _this(clash),
        "other": _other(clash.other, held),
        "other_address": reverse("admin:exams_application_change", args=[clash.other_id]),
        "filing_address": reverse("admin:exams_groupfiling_change", args=[clash.entry.filing_id]),
        "money_held": money_text(held) if held else "",
        "payment_address": reverse("admin:payment_desk", args=[clash.other_id]),
    }
    back = f"{reverse(LIST)}?waiting=yes"
    if clash.decided_at is not None:
        return page(request, "admin/exams/groups/clash.html", back=back, **shown)
    return act(
        request,
        ClashForm(data(request)),
        lambda typed: decide_clash(actor=request.user, clash=clash, **typed),
        template="admin/exams/groups/clash.html",
        words=(
            "采用本次团体申报：原有申报取消，此人随团体重新建档，提交时间不变。",
            "保留原有申报：此人不再随团体建档，其他人不受影响。",
            "本人和有关机构都会收到决定；任何一方都不会得知对方是谁。",
        ),
        button="作出决定",
        done="重复申报已决定。",
        back=back,
        grave=True,
        **shown,
    )


def _this(clash: Clash) -> list[dict[str, str]]:
    entry = staged(RosterEntry.objects.filter(pk=clash.entry_id)).get()
    filing, submission = clash.entry.filing, clash.entry.submission
    filed = f"{submission.by}，{moment(submission.at)}" if submission else "已移出提交"
    return [
        {"key": "谁填报", "value": f"{filing.institution.name}（{filing.institution.permit_number}）"},
        {"key": "团体申报", "value": f"{filing.number} {filing.title}"},
        {
            "key": "项目",
            "value": f"{filing.occupation.name}（{GRADE_FULL_NAMES[entry.row.grade or 0]}）",
        },
        {"key": "提交", "value": filed},
        {"key": "状态", "value": STAGES[entry.stage]},
        {"key": "收款", "value": "还没有建档，没有收款"},
    ]


def _other(application: Application, held: int) -> list[dict[str, str]]:
    filing = filing_of(application)
    who = f"{filing.institution.name}（{filing.institution.permit_number}）" if filing else "本人"
    return [
        {"key": "谁填报", "value": who},
        {"key": "申报号", "value": application.number + (f"（团体申报 {filing.number}）" if filing else "")},
        {"key": "项目", "value": str(application.offering)},
        {"key": "提交", "value": moment(application.submitted_at) or "还没有提交"},
        {"key": "状态", "value": application.get_status_display()},
        {"key": "收款", "value": f"已收 {money_text(held)}" if held else "没有收款"},
    ]

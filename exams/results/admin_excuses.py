"""Absences with cause at the counter: handed in on somebody's behalf, looked at with the proof, decided."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString

from exams.arrangement.models import Seat
from exams.arrangement.notices import session_text
from exams.catalogue.queries import policy_row
from exams.results.excuse_forms import DecisionForm, ReasonOfAbsenceForm
from exams.results.excuses import (
    ask_excuse,
    decide_excuse,
    excuse_until,
    handed_in_by,
    needs_new_last_day,
)
from exams.results.models import Excuse
from exams.results.queries import attendance_by_seat
from portal import clock
from portal.access import staff
from portal.audit.trail import record_access
from portal.counter.acting import act, data
from portal.counter.rows import LookOnly, link
from portal.files import store
from portal.rules.wording import day_text
from portal.templatetags.portal_format import moment


@admin.register(Excuse)
class ExcuseAdmin(LookOnly):
    section = "成绩"
    looks = "exams.decide_excuse"
    list_display = ("applicant", "session", "asked_by", "asked_at", "decision", "decided_by", "deeds")
    list_filter = ("decision",)
    list_select_related = ("seat__application__person", "seat__session", "asked_by", "decided_by")
    list_display_links = None
    ordering = ("asked_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(
            ("of/<uuid:key>/", hand_in_page, "hand_in_excuse"),
            ("<uuid:key>/decide/", decide_page, "decide_excuse"),
            ("<uuid:key>/proof/", proof_page, "excuse_proof"),
        )
        return ours + super().get_urls()

    @admin.display(description="申报")
    def applicant(self, excuse: Excuse) -> SafeString:
        application = excuse.seat.application
        return link("place_desk", application.pk, f"{application.number} {application.person.name}")

    @admin.display(description="场次")
    def session(self, excuse: Excuse) -> str:
        return session_text(excuse.seat)

    @admin.display(description="办理")
    def deeds(self, excuse: Excuse) -> SafeString | str:
        return "—" if excuse.decided_at else link("decide_excuse", excuse.pk, "决定")


@staff("exams.review_application", "GET", "POST")
def hand_in_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """On behalf of somebody who brought or sent the papers; another member of staff decides."""
    seat = get_object_or_404(
        Seat.objects.select_related("application__person", "session", "person"), pk=key, released_at=None
    )
    back = reverse("admin:place_desk", args=[seat.application_id])
    return act(
        request,
        ReasonOfAbsenceForm(data(request)),
        lambda typed: ask_excuse(actor=request.user, seat=seat, text=typed["text"], proof=None),
        title=f"代交缺考事由：{seat.person.name}",
        facts=[
            {"key": "申报号", "value": seat.application.number},
            {"key": "场次", "value": session_text(seat)},
            {"key": "提交期限", "value": day_text(excuse_until(seat).day, weekday=True)},
        ],
        words=("请先核对证明材料的原件，写清看到了哪些材料。由另一位工作人员决定，结果会发消息给考生。",),
        button="提交缺考事由",
        done="已提交，等另一位工作人员决定。",
        back=back,
    )


@staff("exams.decide_excuse", "GET", "POST")
def decide_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The reason with its proof, what each decision brings, and the decision. The look is logged."""
    excuse = get_object_or_404(
        Excuse.objects.select_related(
            "seat__application__person", "seat__session", "seat__person", "proof", "asked_by"
        ),
        pk=key,
        decision=Excuse.Decision.OPEN,
    )
    if request.method == "GET":
        _log(request, excuse, "excuse.viewed")
    application = excuse.seat.application
    over = needs_new_last_day(application)
    last_day = day_text(application.assess_by) if application.assess_by else "没有设定"
    citation = policy_row("absence_with_cause", clock.local_day(excuse.seat.starts_at)).citation
    words = [
        f"同意：座位收回，按原来的次序重新安排，不另收费；考勤改记“其他”（{citation}）。",
        "不同意：缺考记录不变。两种决定考生都会收到消息和理由。",
    ]
    if over:
        words.append(f"原评价截止日 {last_day} 已过，同意的请另定一天，否则没有场次可以安排。")
    return act(
        request,
        DecisionForm(data(request)),
        lambda typed: decide_excuse(actor=request.user, excuse=excuse, **typed),
        title=f"决定缺考事由：{excuse.seat.person.name}",
        facts=_facts(excuse, last_day),
        words=tuple(words),
        button="作出决定",
        done=lambda decided: f"已决定：{decided.get_decision_display()}。",
        back=reverse("admin:exams_excuse_changelist") + "?decision__exact=open",
        grave=True,
    )


@staff("exams.decide_excuse", "GET")
def proof_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The proof as it was kept; the look is logged."""
    excuse = get_object_or_404(Excuse.objects.select_related("proof", "seat__person"), pk=key)
    if excuse.proof is None:
        raise Http404
    _log(request, excuse, "excuse_proof.viewed")
    return store.respond(excuse.proof)


def _facts(excuse: Excuse, last_day: str) -> list[dict[str, str]]:
    noted = attendance_by_seat([excuse.seat]).get(excuse.seat_id)
    by = handed_in_by(excuse)
    facts = [
        {"key": "申报号", "value": excuse.seat.application.number},
        {"key": "场次", "value": session_text(excuse.seat)},
        {"key": "考勤", "value": noted.get_state_display() if noted else "还没有登记"},
        {
            "key": "提交",
            "value": f"{moment(excuse.asked_at)}，{f'{by} {excuse.asked_by} 代交' if by else '本人'}",
        },
        {"key": "事由", "value": str(excuse.text)},
        {"key": "评价截止日", "value": last_day},
    ]
    if excuse.proof is None:
        return [*facts, {"key": "证明材料", "value": "没有上传，原件由代交人核对"}]
    url = reverse("admin:excuse_proof", args=[excuse.pk])
    return [
        *facts,
        {"key": "证明材料", "value": excuse.proof.display_name, "url": url, "change": "查看"},
    ]


def _log(request: HttpRequest, excuse: Excuse, kind: str) -> None:
    person = excuse.seat.person
    record_access(kind, actor=request.user, subject=excuse, person_id=person.pk, birth_date=person.birth_date)

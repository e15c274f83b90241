"""A case at the counter: opened, then walked step by step; the page shows what was done and the one thing to do now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from exams.arrangement.models import Seat
from exams.conduct import cases, stepper, wording
from exams.conduct.admin_forms import (
    AnswerForm,
    NoticeForm,
    OpenForm,
    ReviewForm,
    ServiceForm,
    StatementForm,
)
from exams.conduct.admin_incidents import incident_address
from exams.conduct.models import Case, Decision, Incident
from exams.conduct.queries import (
    NEXT_STEPS,
    Kind,
    Stage,
    deadline_of,
    decision_of,
    last_step,
    stage_of,
    with_steps,
)
from exams.conduct.telling import open_items
from exams.filing.admin_decisions import address as application_address
from exams.filing.admin_decisions import application_or_404
from exams.filing.models import Application
from portal import clock, registry
from portal.access import staff
from portal.audit.history import deeds
from portal.audit.models import AuditEntry
from portal.audit.trail import record_access
from portal.counter.acting import ReasonForm, act, data, page

VIEW, OPEN, REVIEW = "exams.view_case", "exams.open_case", "exams.review_case"


def case_address(case: Case) -> str:
    return reverse("admin:exams_case_change", args=[case.pk])


def case_or_404(key: UUID) -> Case:
    """The case with everything its pages read."""
    rows = with_steps(Case.objects.all()).select_related(
        "person__account",
        "seat__session__site",
        "seat__room",
        "opened_by",
        "dropped_by",
        "incident__recorded_by",
        "incident__witnessed_by",
        "application__institution",
    )
    return get_object_or_404(rows.prefetch_related("steps__by", "decisions__applied"), pk=key)


@dataclass(frozen=True)
class Deed:
    """One step of the procedure as a form on the case's page. `form` is made with `case`; `do` is the action."""

    name: str
    permission: str
    title: str
    form: Callable[..., forms.Form]
    do: Callable[..., Any]
    button: str
    done: str
    words: str = ""


NOTICE = Deed(
    "notice_case",
    OPEN,
    "发出拟处理告知",
    NoticeForm,
    cases.give_notice,
    "发出告知",
    "已告知，本人会收到消息。请打印告知书送交本人。",
    "本人会收到消息，在网上读到告知书的全文，可以在期限内陈述申辩。期限以前不能决定，除非本人已经陈述。",
)
STATEMENT = Deed(
    "state_case",
    OPEN,
    "录入陈述申辩",
    StatementForm,
    cases.take_statement,
    "录入陈述申辩",
    "陈述申辩已录入。",
    "本人在网上提交的，会自动出现在这里；当面或书面提出的，由工作人员录入。",
)
SERVICE = Deed(
    "serve_case",
    OPEN,
    "登记送达",
    ServiceForm,
    cases.record_service,
    "登记送达",
    "送达已登记，本人会收到消息。",
    "请把处理决定书送达本人，收回签收的回证，再登记。申请复核的期限从送达之日起算。",
)
ASKED = Deed(
    "ask_case_review",
    OPEN,
    "录入复核申请",
    ReviewForm,
    cases.ask_review,
    "录入复核申请",
    "复核申请已录入。",
    "本人在网上提交的，会自动出现在这里；书面提出的，由工作人员录入，日期写收到申请的那一天。",
)
UPHELD = Deed(
    "uphold_case",
    REVIEW,
    "维持处理决定",
    AnswerForm,
    cases.uphold_decision,
    "维持处理决定",
    "已答复：维持处理决定。请打印复核答复书送交本人。",
    "决定不当的，不在这里答复，请改用“撤销处理决定”。",
)
DUE = {
    Stage.OPENED: NOTICE,
    Stage.NOTIFIED: STATEMENT,
    Stage.DECIDED: SERVICE,
    Stage.SERVED: ASKED,
    Stage.REVIEW: UPHELD,
}
"""The form on the case's page by stage; deciding has a page of its own."""


@staff(VIEW, "GET")
def case_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Where the case stands, what was said and decided, and the form of what is due. The look is logged."""
    case = case_or_404(key)
    person = case.person
    record_access(
        "case.viewed", actor=request.user, subject=case, person_id=person.pk, birth_date=person.birth_date
    )
    deed = DUE.get(stage_of(case))
    form: dict[str, Any] = {}
    if deed is not None and request.user.has_perm(deed.permission):
        form = {
            "form": deed.form(case=case),
            "due": deed,
            "button": deed.button,
            "words": (deed.words,),
            "action": reverse(f"admin:{deed.name}", args=[case.pk]),
        }
    return page(request, "admin/exams/conduct/case.html", title=_title(case), **_shown(request, case), **form)


def _title(case: Case) -> str:
    return f"案件 {case.number}：{case.person.name}"


def _shown(request: HttpRequest, case: Case) -> dict[str, Any]:
    decision = decision_of(case)
    return {
        "case": case,
        "stage": stage_of(case),
        "deadline": deadline_of(case),
        "next_step": NEXT_STEPS[stage_of(case)],
        "tier": wording.tier_of(case.act_id),
        "line": stepper.rows(case),
        "steps": [step for step in case.steps.all() if step.text],
        "decision": decision,
        "severity": wording.SEVERITIES.get(decision.severity, "") if decision else "",
        "said": _said(case, decision) if decision else [],
        "last": {kind: last_step(case, kind) for kind in Kind.values},
        "applied": _applied(decision) if decision else [],
        "to_tell": [one for one in open_items() if one.duty.case == case] if decision else [],
        "today": clock.today(),
        "history": deeds(
            AuditEntry.objects.filter(subject_type="exams.case", subject_id=str(case.pk)).order_by(
                "-at", "-id"
            )
        ),
    }


def _said(case: Case, decision: Decision) -> list[str]:
    subject = case.seat.subject if case.seat else None
    return wording.consequences(decision.effects, clause=decision.act_id, subject=subject)


def _applied(decision: Decision) -> list[tuple[str, str]]:
    """(title of the effect, what a reversal gave back), in the order they were applied."""
    titles = {effect.code: effect.title for effect in registry.decision_effects}
    return [
        (titles.get(row.code, row.code), wording.RESTORED[row.code] if row.reversed_at else "")
        for row in decision.applied.all()
    ]


def _step_page(request: HttpRequest, key: UUID, deed: Deed) -> HttpResponse:
    case = case_or_404(key)
    return act(
        request,
        deed.form(data(request), case=case),
        lambda typed: deed.do(actor=request.user, case=case, **typed),
        title=_title(case),
        words=(deed.words,),
        button=deed.button,
        done=deed.done,
        back=case_address(case),
        template="admin/exams/conduct/case.html",
        due=deed,
        **_shown(request, case),
    )


@staff(OPEN, "GET", "POST")
def notice_page(request: HttpRequest, key: UUID) -> HttpResponse:
    return _step_page(request, key, NOTICE)


@staff(OPEN, "GET", "POST")
def statement_page(request: HttpRequest, key: UUID) -> HttpResponse:
    return _step_page(request, key, STATEMENT)


@staff(OPEN, "GET", "POST")
def service_page(request: HttpRequest, key: UUID) -> HttpResponse:
    return _step_page(request, key, SERVICE)


@staff(OPEN, "GET", "POST")
def review_asked_page(request: HttpRequest, key: UUID) -> HttpResponse:
    return _step_page(request, key, ASKED)


@staff(REVIEW, "GET", "POST")
def uphold_page(request: HttpRequest, key: UUID) -> HttpResponse:
    return _step_page(request, key, UPHELD)


@staff(OPEN, "GET", "POST")
def drop_page(request: HttpRequest, key: UUID) -> HttpResponse:
    case = case_or_404(key)
    told = last_step(case, Kind.NOTICE) is not None
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: cases.drop_case(actor=request.user, case=case, reason=typed["reason"]),
        title=f"撤案：{case.number}",
        facts=case_facts(case),
        words=(
            "案件到此为止，不作处理，没有任何后果。",
            "本人已经收到告知，会再收到撤案的消息。" if told else "本人还没有收到告知，不会收到消息。",
        ),
        button="撤案",
        done="已撤案。",
        back=case_address(case),
        grave=True,
    )


def case_facts(case: Case) -> list[dict[str, str]]:
    """Whose case it is and what it is about, at the head of a page that does something."""
    return [
        {"key": "案号", "value": case.number},
        {"key": "姓名", "value": case.person.name},
        {"key": "申报", "value": f"{case.application.number}，{case.application.offering}"},
        {"key": "行为", "value": wording.act_text(case.act)},
    ]


@staff(OPEN, "GET", "POST")
def open_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Open a case on an application, found afterwards or, with `?incident=…&seat=…`, from a record on the spot."""
    application = application_or_404(key)
    incident = _incident_asked(request, application)
    seat = (
        Seat.objects.filter(application=application, incidents__incident=incident).first()
        if incident
        else None
    )
    initial = {"incident": incident, "seat": seat}
    if incident is not None:
        initial |= {"act_on": clock.local_day(incident.at), "facts": incident.text}
    return act(
        request,
        OpenForm(data(request), application=application, initial=initial),
        lambda typed: cases.open_case(actor=request.user, application=application, **typed),
        title=f"立案：{application.person.name}",
        facts=[
            {"key": "申报", "value": f"{application.number}，{application.offering}"},
            {"key": "状态", "value": application.get_status_display()},
        ],
        words=("立案以后还没有任何后果，本人也不会收到消息。告知、陈述申辩以后，由另一位工作人员决定。",),
        button="立案",
        done=lambda case: f"已立案，案号 {case.number}。下一步：告知本人。",
        to=case_address,
        back=incident_address(incident) if incident else application_address(application),
    )


def _incident_asked(request: HttpRequest, application: Application) -> Incident | None:
    try:
        key = UUID(request.GET.get("incident", ""))
    except ValueError:
        return None
    return Incident.objects.filter(pk=key, persons__seat__application=application).first()

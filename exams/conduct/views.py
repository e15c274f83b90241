"""违纪处理, for the person: what is intended and until when to answer; what was decided, and how to have it reviewed."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from applicants.standing.models import Bar
from exams.catalogue.queries import policy_row
from exams.conduct import cases, documents, stepper, wording
from exams.conduct.access import own_case, own_cases
from exams.conduct.forms import ReviewForm, StatementForm
from exams.conduct.models import Case, CaseStep
from exams.conduct.papers import paper
from exams.conduct.queries import Kind, Stage, deadline_of, decision_of, last_step, stage_of, statements
from portal import clock
from portal.access import signed_in
from portal.audit.trail import record_access
from portal.rules.findings import Refused

ONLINE = "网上提交"
MAY_STATE = (Stage.NOTIFIED, Stage.TO_DECIDE)
MAY_ASK = (Stage.DECIDED, Stage.SERVED)


@signed_in("GET")
def mine(request: HttpRequest) -> HttpResponse:
    """Every case the person was told of, and the bars in force."""
    today = clock.today()
    bars = Bar.objects.filter(person__account=request.user, lifted_at=None, barred_until__gte=today)
    context = {
        "cases": [(case, stage_of(case), deadline_of(case)) for case in own_cases(request.user)],
        "bars": bars.order_by("-barred_until"),
    }
    return render(request, "exams/conduct/mine.html", context)


@signed_in("GET")
def case(request: HttpRequest, key: UUID) -> HttpResponse:
    """One case: what the person may do now, what was told, said and decided, and the papers."""
    return render(request, "exams/conduct/case.html", _shown(own_case(request.user, key)))


def _shown(case: Case) -> dict[str, Any]:
    stage, decision, notice = stage_of(case), decision_of(case), last_step(case, Kind.NOTICE)
    assert notice is not None, "only cases that were told are shown"
    subject = case.seat.subject if case.seat else None
    about = {"clause": case.act_id, "subject": subject}
    return {
        "case": case,
        "stage": stage,
        "deadline": deadline_of(case),
        "may_state": stage in MAY_STATE,
        "may_ask": stage in MAY_ASK,
        "notice": notice,
        "intended": wording.intended(
            severity=notice.severity, act_on=case.act_on, told_on=notice.on, **about
        ),
        "severity": wording.SEVERITIES.get(decision.severity if decision else notice.severity, ""),
        "statements": statements(case),
        "statement_term": policy_row("statement_working_days", notice.on),
        "decision": decision,
        "said": wording.consequences(decision.effects, **about) if decision else [],
        "bar": wording.bar_days(decision.effects) if decision else None,
        "review_term": policy_row("review_working_days", clock.local_day(decision.decided_at))
        if decision
        else None,
        "restored": [wording.RESTORED[row.code] for row in decision.applied.all()] if decision else [],
        "asked": last_step(case, Kind.REVIEW_ASKED),
        "upheld": last_step(case, Kind.UPHELD),
        "line": stepper.own_rows(case),
    }


@signed_in("GET", "POST")
def statement(request: HttpRequest, key: UUID) -> HttpResponse:
    """陈述申辩 by the person themselves."""
    return _write(
        request, key, StatementForm, MAY_STATE, cases.take_statement, "statement", "已收到您的陈述申辩。"
    )


@signed_in("GET", "POST")
def review(request: HttpRequest, key: UUID) -> HttpResponse:
    """申请复核 by the person themselves."""
    return _write(
        request,
        key,
        ReviewForm,
        MAY_ASK,
        cases.ask_review,
        "review",
        "已收到您的复核申请，答复会发消息给您。",
    )


def _write(
    request: HttpRequest,
    key: UUID,
    kind: type[forms.Form],
    open_at: tuple[Stage, ...],
    do: Callable[..., CaseStep],
    template: str,
    done: str,
) -> HttpResponse:
    case = own_case(request.user, key)
    form = kind(request.POST if request.method == "POST" else None)
    if request.method == "GET" and stage_of(case) not in open_at:
        return redirect("conduct:case", key)
    if form.is_valid():
        try:
            do(actor=request.user, case=case, text=form.cleaned_data["text"], how=ONLINE)
        except Refused as refused:
            for finding in refused.findings:
                form.add_error(finding.field if finding.field in form.fields else None, finding.sentence)
        else:
            messages.success(request, done)
            return redirect("conduct:case", key)
    context = {**_shown(case), "form": form}
    return render(request, f"exams/conduct/{template}.html", context, status=422 if form.errors else 200)


@signed_in("GET")
def notice_pdf(request: HttpRequest, key: UUID, step: UUID) -> HttpResponse:
    case = own_case(request.user, key)
    told = get_object_or_404(case.steps, pk=step, kind=Kind.NOTICE)
    return _paper(request, case, "拟处理告知书", lambda: documents.render_notice(told))


@signed_in("GET")
def decision_pdf(request: HttpRequest, key: UUID) -> HttpResponse:
    case = own_case(request.user, key)
    decision = decision_of(case)
    if decision is None:
        raise Http404
    return _paper(request, case, "处理决定书", lambda: documents.render_decision(decision))


@signed_in("GET")
def answer_pdf(request: HttpRequest, key: UUID) -> HttpResponse:
    case = own_case(request.user, key)
    decision = decision_of(case)
    if decision is None or (decision.reversed_at is None and last_step(case, Kind.UPHELD) is None):
        raise Http404
    return _paper(request, case, "复核答复书", lambda: documents.render_answer(decision))


@signed_in("GET")
def record_pdf(request: HttpRequest, key: UUID) -> HttpResponse:
    """What was written down on the spot, the person's own copy: it names nobody else."""
    case = own_case(request.user, key)
    incident, seat = case.incident, case.seat
    if incident is None or seat is None:
        raise Http404
    return _paper(request, case, "现场情况记录", lambda: documents.render_record(incident, only=seat))


def _paper(request: HttpRequest, case: Case, title: str, render_it: Callable[[], bytes]) -> HttpResponse:
    person = case.person
    record_access(
        "case_paper.downloaded",
        actor=request.user,
        subject=case,
        person_id=person.pk,
        birth_date=person.birth_date,
        reason=title,
    )
    back = reverse("conduct:case", args=[case.pk])
    return paper(request, render_it, name=f"{title} {case.number}", back=back, attached=True)

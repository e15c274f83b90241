"""The papers of a case at the counter."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from exams.conduct.admin_cases import case_address, case_or_404
from exams.conduct.documents import render_answer, render_decision, render_notice
from exams.conduct.models import Case, CaseStep, Decision
from exams.conduct.papers import paper
from exams.conduct.queries import decision_of
from portal.access import staff
from portal.audit.trail import record_access

VIEW = "exams.view_case"


@staff(VIEW, "GET")
def notice_pdf(request: HttpRequest, key: UUID) -> HttpResponse:
    """One notice, by its step: a case may have been notified anew."""
    step = get_object_or_404(CaseStep, pk=key, kind=CaseStep.Kind.NOTICE)
    case = case_or_404(step.case_id)
    return _paper(request, case, "拟处理告知书", lambda: render_notice(case.steps.get(pk=key)))


@staff(VIEW, "GET")
def decision_pdf(request: HttpRequest, key: UUID) -> HttpResponse:
    case, decision = _decided(key)
    return _paper(request, case, "处理决定书", lambda: render_decision(decision))


@staff(VIEW, "GET")
def answer_pdf(request: HttpRequest, key: UUID) -> HttpResponse:
    case, decision = _decided(key)
    if decision.reversed_at is None and not case.steps.filter(kind=CaseStep.Kind.UPHELD).exists():
        raise Http404
    return _paper(request, case, "复核答复书", lambda: render_answer(decision))


def _decided(key: UUID) -> tuple[Case, Decision]:
    case = case_or_404(key)
    decision = decision_of(case)
    if decision is None:
        raise Http404
    return case, decision


def _paper(request: HttpRequest, case: Case, title: str, render: Callable[[], bytes]) -> HttpResponse:
    person = case.person
    record_access(
        "case_paper.downloaded",
        actor=request.user,
        subject=case,
        person_id=person.pk,
        birth_date=person.birth_date,
        reason=title,
    )
    return paper(request, render, name=f"{title} {case.number}", back=case_address(case))

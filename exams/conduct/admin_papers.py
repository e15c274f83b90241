"""The papers of a case at the counter, and the list of what the authorities must be told."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from exams.conduct.admin_cases import case_address, case_or_404
from exams.conduct.documents import render_answer, render_decision, render_notice, render_telling
from exams.conduct.models import Case, CaseStep, Decision
from exams.conduct.papers import paper
from exams.conduct.queries import decision_of, to_report
from portal import clock
from portal.access import staff
from portal.audit.trail import record_access, record_accesses
from portal.counter.acting import page

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


def decisions_to_tell() -> list[tuple[Decision, list[str]]]:
    """Decisions, reversed ones too, of which the authorities must be told something, the newest first, and what."""
    rows = Decision.objects.select_related(
        "case__person", "case__act", "case__application__offering__occupation"
    )
    return to_report(rows.order_by("-decided_at"))


@staff(VIEW, "GET")
def telling_page(request: HttpRequest) -> HttpResponse:
    """What the authorities must be told: referrals and void certificates, to be printed and sent."""
    rows = decisions_to_tell()
    _log("cases_to_tell.viewed", request, rows)
    return page(request, "admin/exams/conduct/telling.html", title="须报送主管部门的事项", rows=rows)


@staff(VIEW, "GET")
def telling_pdf(request: HttpRequest) -> HttpResponse:
    rows = decisions_to_tell()
    _log("cases_to_tell.downloaded", request, rows)
    name = "违纪违规处理报送清单"
    return paper(
        request, lambda: render_telling(rows, on=clock.today()), name=name, back="admin:cases_to_tell"
    )


def _log(kind: str, request: HttpRequest, rows: list[tuple[Decision, list[str]]]) -> None:
    looked_at = [
        (decision.case, decision.case.person_id, decision.case.person.birth_date) for decision, _ in rows
    ]
    record_accesses(kind, actor=request.user, looked_at=looked_at)

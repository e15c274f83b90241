"""Writing an incident down on the spot, on a phone, and reading what was written."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from exams.arrangement.admin_pages import session_address, session_facts
from exams.arrangement.models import Session
from exams.conduct.admin_forms import IncidentForm, PersonFormSet
from exams.conduct.documents import render_record
from exams.conduct.incidents import record_incident
from exams.conduct.models import Incident, IncidentPerson
from exams.conduct.papers import paper
from portal import clock
from portal.access import staff
from portal.audit.trail import record_accesses
from portal.counter.acting import data, page
from portal.rules.findings import Refused

RECORD, VIEW = "exams.record_incident", "exams.view_incident"
_FIELDS = ("kind", "at", "text", "witness")
_PERSON_FIELDS = ("seat", "warned_at", "went_on", "signature")


def incident_address(incident: Incident) -> str:
    return reverse("admin:exams_incident_change", args=[incident.pk])


@staff(RECORD, "GET")
def sessions_page(request: HttpRequest) -> HttpResponse:
    """Today's sessions and those of the last days, to choose the one an incident belongs to."""
    tomorrow = clock.start_of(clock.today() + timedelta(days=1))
    begun = Session.objects.filter(state=Session.State.PUBLISHED, starts_at__lt=tomorrow)
    return page(
        request,
        "admin/exams/conduct/sessions.html",
        title="记录考场情况：选择场次",
        sessions=begun.select_related("site", "offering__occupation").order_by("-starts_at")[:20],
        today=clock.today(),
    )


@staff(RECORD, "GET", "POST")
def record_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The record of one session, with a block for each examinee; one more is asked for without losing what is typed."""
    session = get_object_or_404(Session.objects.select_related("site", "offering__occupation"), pk=key)
    kinds = {"session": session, "actor": request.user}
    if "more" in request.POST:
        form = IncidentForm(initial={name: request.POST.get(name) for name in _FIELDS}, **kinds)
        people = PersonFormSet(prefix="p", initial=_typed(request), form_kwargs={"session": session})
    else:
        form = IncidentForm(data(request), initial=_now(session), **kinds)
        asked = [{"seat": seat} for seat in request.GET.getlist("seat")[:30]]
        people = PersonFormSet(
            data(request), prefix="p", initial=asked or None, form_kwargs={"session": session}
        )
        if asked:
            people.extra = 0
        if request.method == "POST" and form.is_valid() & people.is_valid():
            incident = _record(request, session, form, people)
            if incident is not None:
                messages.success(request, "已记录。请打印后由本人和两名工作人员签名。")
                return redirect(incident_address(incident))
    return page(
        request,
        "admin/exams/conduct/incident_form.html",
        title="记录考场情况",
        form=form,
        people=people,
        session=session,
        back=session_address(session)
        if request.user.has_perm("exams.view_session")
        else reverse("admin:index"),
    )


def _record(request: HttpRequest, session: Session, form: IncidentForm, people: Any) -> Incident | None:
    rows = [row.cleaned_data for row in people if row.cleaned_data.get("seat")]
    try:
        return record_incident(
            actor=request.user,
            session=session,
            **form.cleaned_data,
            persons=[tuple(row[name] for name in _PERSON_FIELDS) for row in rows],
        )
    except Refused as refused:
        for finding in refused.findings:
            form.add_error(finding.field if finding.field in form.fields else None, finding.sentence)
        return None


def _now(session: Session) -> dict[str, Any]:
    now = clock.now().astimezone(clock.SHANGHAI)
    same_day = clock.local_day(session.starts_at) == now.date()
    return {"at": now.time().replace(second=0, microsecond=0)} if same_day else {}


def _typed(request: HttpRequest) -> list[dict[str, Any]]:
    """What was typed into the blocks of people so far."""
    total = request.POST.get("p-TOTAL_FORMS", "")
    count = min(int(total), 29) if total.isdecimal() and len(total) < 5 else 0
    return [{name: request.POST.get(f"p-{row}-{name}") for name in _PERSON_FIELDS} for row in range(count)]


@staff(VIEW, "GET")
def incident_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """One record: what, when, who, and what became of it."""
    incident = _incident(key)
    people = _people(incident)
    _log("incident.viewed", request, incident, people)
    return page(
        request,
        "admin/exams/conduct/incident.html",
        title=f"考场情况：{incident.get_kind_display()}",
        incident=incident,
        people=people,
        facts=session_facts(incident.session)[:4],
    )


@staff(VIEW, "GET")
def record_pdf(request: HttpRequest, key: UUID) -> HttpResponse:
    """The record as paper, to be signed."""
    incident = _incident(key)
    _log("incident_record.downloaded", request, incident, _people(incident))
    return paper(
        request, lambda: render_record(incident), name="现场情况记录", back=incident_address(incident)
    )


def _incident(key: UUID) -> Incident:
    return get_object_or_404(
        Incident.objects.select_related(
            "session__site", "session__offering__occupation", "recorded_by", "witnessed_by"
        ).prefetch_related("cases", "session__rooms"),
        pk=key,
    )


def _people(incident: Incident) -> list[IncidentPerson]:
    rows = incident.persons.select_related("seat__person", "seat__application", "seat__room")
    return list(rows.order_by("seat__room__name", "seat__number"))


def _log(kind: str, request: HttpRequest, incident: Incident, people: list[IncidentPerson]) -> None:
    persons = [row.seat.person for row in people]
    looked_at = [(incident, person.pk, person.birth_date) for person in persons]
    record_accesses(kind, actor=request.user, looked_at=looked_at)

"""Filling in an application: start, task list, and the steps that belong to the application itself."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from applicants.records.access import own_person
from applicants.records.actions import state_intention
from applicants.records.views import onward, sent, way_back
from applicants.standing.queries import barred_visitor
from exams.catalogue.queries import filing_windows
from exams.filing import transitions
from exams.filing.access import own_application, own_applications
from exams.filing.actions.drafting import (
    ask_special_arrangement,
    choose,
    confirm_forfeiture,
    give_undertaking,
    start_application,
)
from exams.filing.eligibility import verdicts_for
from exams.filing.forms import ArrangementForm, ForfeitureForm, KindForm, OfferingForm, UndertakingForm
from exams.filing.models import LIVE, Application, Kind
from exams.filing.prices import price_choices, priced_offerings
from exams.filing.readiness import readiness
from exams.filing.tasklist import build_tasks, return_reasons, step_of
from exams.filing.undertaking import CURRENT
from exams.passes.queries import retake_possibility, valid_passes
from portal import clock
from portal.access import signed_in
from portal.rules.findings import Refused
from portal.rules.timetable import next_window, window_open
from portal.templatetags.portal_parts import verdict as verdict_parts

# The one grade with a route that reads what somebody means to do (TR2023-1.1).
INTENTION_GRADE = 5


def page(
    request: HttpRequest, template: str, application: Application | None = None, **context: Any
) -> HttpResponse:
    """A page of an application; a form with errors, or a refusal, answers 422."""
    form = context.get("form")
    wrong = bool(form is not None and form.errors) or bool(context.get("refused"))
    context = {"application": application, "back": way_back(request), **context}
    return render(request, f"exams/filing/{template}", context, status=422 if wrong else 200)


def not_now(request: HttpRequest, application: Application, refusal: Refused) -> HttpResponse:
    """An action was refused for the state of the application: say so on its page."""
    messages.error(request, "".join(finding.sentence for finding in refusal.findings))
    return redirect("filing:status", application.pk)


def done(request: HttpRequest, application: Application) -> HttpResponse:
    """After a step: back to the page that sent the person here, or to the task list."""
    return redirect(way_back(request) or reverse("filing:tasks", args=[application.pk]))


def editable(application: Application) -> bool:
    """Whether the person may still fill in; what an institution filed for them is the institution's to mend."""
    return application.institution_id is None and transitions.allowed(application, "choose")


@signed_in("GET")
def start(request: HttpRequest) -> HttpResponse:
    """Before the task: who can, what to have at hand, how long, what it costs, which window."""
    today, windows = clock.today(), filing_windows()
    live = own_applications(request.user).filter(status__in=LIVE, concluded_at=None)
    return page(
        request,
        "start.html",
        window=window_open(today, windows),
        coming=next_window(today, windows),
        fees=priced_offerings(today),
        live=list(live.order_by("created_at")),
        barred=barred_visitor(request.user, today),
    )


@signed_in("GET", "POST")
def new(request: HttpRequest) -> HttpResponse:
    """Choose the offering, each with its verdict once the record tells enough; a draft there is opened again."""
    today, person = clock.today(), own_person(request.user)
    rows = priced_offerings(today)
    offerings = {row.offering.pk: row.offering for row in rows}
    form = OfferingForm(
        sent(request),
        offerings=offerings.values(),
        prices={row.offering.pk: row.total_fen for row in rows},
    )
    if request.method == "POST" and form.is_valid():
        offering = offerings[form.cleaned_data["offering"]]
        try:
            application = start_application(actor=request.user, person=person, offering=offering)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("filing:tasks", application.pk)
    try:
        verdicts = {
            offering.pk: verdict_parts(found, offering.occupation.minimum_education)
            for offering, found in verdicts_for(person, today)
        }
    except Refused:  # identity or schooling not filled in yet
        verdicts = {}
    choices = [(choice, verdicts.get(choice.data["value"])) for choice in form["offering"]]
    barred = barred_visitor(request.user, today)
    return page(request, "new.html", form=form, choices=choices, judged=bool(verdicts), barred=barred)


@signed_in("GET")
def tasks(request: HttpRequest, key: UUID) -> HttpResponse:
    application = own_application(request.user, key)
    if not editable(application):
        return redirect("filing:status", key)
    today, windows = clock.today(), filing_windows()
    ready = readiness(application, today)
    at_stake = valid_passes(application.person, application.offering, today)
    steps_missing = {step_of(finding) for finding in ready.findings} - {""}
    return page(
        request,
        "tasks.html",
        application,
        groups=build_tasks(application, ready, at_stake),
        waiting=len(steps_missing),
        window=window_open(today, windows),
        coming=next_window(today, windows),
        obstacles=[finding for finding in ready.findings if not step_of(finding)],
        returned=[sentence for sentences in return_reasons(application).values() for sentence in sentences],
    )


@signed_in("GET", "POST")
def kind(request: HttpRequest, key: UUID) -> HttpResponse:
    """Retake or regular, with both prices; asked only of those who hold a pass."""
    application = own_application(request.user, key)
    if not editable(application):
        return redirect("filing:status", key)
    today = clock.today()
    possible = retake_possibility(application.person, application.offering, today)
    form = KindForm(
        sent(request),
        initial={"kind": application.kind if application.route or application.kind == Kind.RETAKE else None},
    )
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["kind"] == Kind.REGULAR:
            return redirect(onward(request, "filing:route", key))
        try:
            choose(actor=request.user, application=application, kind=Kind.RETAKE)
        except Refused as refusal:
            form.add_error("kind", str(refusal))
        else:
            return done(request, application)
    return page(
        request,
        "kind.html",
        application,
        form=form,
        possible=possible,
        at_stake=valid_passes(application.person, application.offering, today),
        prices=price_choices(application.offering, possible, today),
    )


@signed_in("GET", "POST")
def route(request: HttpRequest, key: UUID) -> HttpResponse:
    """The routes of the grade, each with its verdict; one is chosen. Submission decides, not this page."""
    application = own_application(request.user, key)
    if not editable(application):
        return redirect("filing:status", key)
    today = clock.today()
    found = readiness(application, today).verdict
    if found is None:
        messages.error(request, "要先填好身份证件和学历，才能对照申报条件。")
        return redirect("filing:tasks", key)
    refused = ""
    if request.method == "POST":
        if application.offering.grade == INTENTION_GRADE:
            state_intention(actor=request.user, person=application.person, intends="intends" in request.POST)
        try:
            choose(
                actor=request.user,
                application=application,
                kind=Kind.REGULAR,
                route=request.POST.get("route", ""),
            )
        except Refused as refusal:
            refused = str(refusal)
        else:
            return done(request, application)
    minimum = application.offering.occupation.minimum_education
    chosen = request.POST.get("route") or application.route or (found.best_route or "")
    return page(
        request,
        "route.html",
        application,
        verdict=found,
        parts=verdict_parts(found, minimum),
        chosen=chosen,
        refused=refused,
        wrong=[{"target": "route-1", "message": refused}] if refused else [],
        has_errors=bool(refused),
    )


@signed_in("GET", "POST")
def forfeiture(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give up each pass by name, or turn to the retake. Nobody does it for the person, no institution either."""
    application = own_application(request.user, key)
    today = clock.today()
    at_stake = valid_passes(application.person, application.offering, today)
    if not transitions.allowed(application, "confirm_forfeiture") or not at_stake:
        return redirect("filing:tasks", key)
    given = [str(row.given_up_id) for row in application.forfeitures.all()]
    form = ForfeitureForm(sent(request), at_stake=at_stake, initial={"passes": given})
    if request.method == "POST" and form.is_valid():
        try:
            confirm_forfeiture(
                actor=request.user,
                application=application,
                passes=[UUID(one) for one in form.cleaned_data["passes"]],
            )
        except Refused as refusal:
            form.add_error("passes", str(refusal))
        else:
            return done(request, application)
    return page(request, "forfeiture.html", application, form=form, at_stake=at_stake)


@signed_in("GET", "POST")
def arrangement(request: HttpRequest, key: UUID) -> HttpResponse:
    application = own_application(request.user, key)
    if not editable(application):
        return redirect("filing:status", key)
    asked = getattr(application, "special_arrangement", None)
    initial = {"wanted": "yes", "needs": asked.needs, "note": asked.note or ""} if asked else {"wanted": "no"}
    form = ArrangementForm(sent(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["wanted"] == "yes"
        try:
            ask_special_arrangement(
                actor=request.user,
                application=application,
                needs=form.cleaned_data["needs"] if wanted else (),
                note_text=form.cleaned_data["note"] if wanted else "",
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, application)
    return page(request, "arrangement.html", application, form=form)


@signed_in("GET", "POST")
def undertaking(request: HttpRequest, key: UUID) -> HttpResponse:
    application = own_application(request.user, key)
    if not editable(application):
        return redirect("filing:status", key)
    form = UndertakingForm(sent(request), initial={"version": CURRENT.version})
    if request.method == "POST" and form.is_valid():
        try:
            give_undertaking(
                actor=request.user, application=application, version=form.cleaned_data["version"]
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return done(request, application)
    return page(request, "undertaking.html", application, form=form, undertaking=CURRENT)

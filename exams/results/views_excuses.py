"""The person's page for an absence with cause: until when, by which rule, what follows; the proof; the decision."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from applicants.records.views_files import QUOTA_SPENT
from exams.arrangement.models import Seat
from exams.catalogue.queries import policy_row
from exams.filing.access import own_application
from exams.filing.models import Application
from exams.results.excuse_forms import ExcuseForm
from exams.results.excuses import (
    ask_excuse,
    excusable_seats,
    excuse_findings,
    excuse_until,
    handed_in_by,
)
from exams.results.models import Excuse
from portal import clock
from portal.access import signed_in
from portal.audit.trail import record_access
from portal.files import store
from portal.rules.findings import Refused


@signed_in("GET", "POST")
def ask(request: HttpRequest, key: UUID) -> HttpResponse:
    """Hand the reason in, while it may be; and what became of those handed in."""
    application = own_application(request.user, key)
    begun = begun_seats(application)
    asked = list(excuses_of(application))
    seats = excusable_seats(application)
    if not begun and not asked:
        raise Http404
    form = form_for(request, seats)
    if form is not None and form.is_valid() and handed_in(request, form, seats):
        messages.success(request, "缺考事由已提交，决定以后会发消息给您。")
        return redirect("excuses:ask", key)
    context = {
        "application": application,
        "form": form,
        "asked": [(one, handed_in_by(one)) for one in asked],
        "terms": [(seat, excuse_until(seat)) for seat in seats],
        "term": policy_row("excuse_working_days", clock.today()),
        "consequence": policy_row("absence_with_cause", clock.today()),
        "closed": [finding.sentence for seat in begun for finding in excuse_findings(seat)],
        "section": "my",
    }
    wrong = form is not None and bool(form.errors)
    return render(request, "exams/results/excuse.html", context, status=422 if wrong else 200)


@signed_in("GET")
def proof(request: HttpRequest, key: UUID) -> HttpResponse:
    """One's own proof as it was kept; the look is logged."""
    excuse = (
        Excuse.objects.filter(pk=key, seat__person__account=request.user)
        .select_related("proof", "seat__person")
        .first()
    )
    if excuse is None:
        raise Http404
    return send_proof(request, excuse)


def excuses_of(application: Application) -> QuerySet[Excuse]:
    """Those handed in, with what the pages and `handed_in_by` follow."""
    rows = Excuse.objects.filter(seat__application=application)
    return rows.select_related("seat__person", "seat__application__institution", "proof", "asked_by")


def begun_seats(application: Application) -> list[Seat]:
    """The seats held whose session has begun, in order of time."""
    held = application.seats.filter(released_at=None).select_related("session", "application")
    return [seat for seat in held.order_by("starts_at") if seat.starts_at <= clock.now()]


def send_proof(request: HttpRequest, excuse: Excuse) -> HttpResponse:
    """The proof as it was kept, or Http404; the look is logged."""
    if excuse.proof is None:
        raise Http404
    person = excuse.seat.person
    record_access(
        "excuse_proof.viewed",
        actor=request.user,
        subject=excuse,
        person_id=person.pk,
        birth_date=person.birth_date,
    )
    return store.respond(excuse.proof)


def form_for(request: HttpRequest, seats: list[Seat]) -> ExcuseForm | None:
    """The form for these seats, with what was sent; None where nothing may be handed in."""
    if not seats:
        return None
    sent = request.POST if request.method == "POST" else None
    return ExcuseForm(sent, request.FILES or None, seats=seats)


def handed_in(request: HttpRequest, form: ExcuseForm, seats: list[Seat]) -> bool:
    """Whether it was taken; else the form says why not."""
    (seat,) = [one for one in seats if str(one.pk) == form.cleaned_data["seat"]]
    checked = form.cleaned_data["file"]
    try:
        ask_excuse(
            actor=request.user,
            seat=seat,
            text=form.cleaned_data["text"],
            proof=checked,
        )
    except store.QuotaExceeded:
        form.add_error("file", QUOTA_SPENT)
        return False
    except Refused as refusal:
        for finding in refusal.findings:
            form.add_error(finding.field if finding.field in form.fields else None, finding.sentence)
        return False
    for note in checked.notes:
        messages.info(request, note)
    return True


app_name = "excuses"
urlpatterns = [
    path("my/applications/<uuid:key>/absence/", ask, name="ask"),
    path("my/excuses/<uuid:key>/proof/", proof, name="proof"),
]

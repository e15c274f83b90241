"""An absence with cause handed in by the institution that filed the person, with the proof; and what became of it."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from exams.catalogue.queries import policy_row
from exams.filing.groups.access import FILLING_IN, own_entry
from exams.results.excuses import excusable_seats, excuse_findings, excuse_until, handed_in_by
from exams.results.models import Excuse
from exams.results.views_excuses import begun_seats, excuses_of, form_for, handed_in, send_proof
from portal import clock
from portal.access import member
from portal.audit.trail import record_access


@member("GET", "POST", roles=FILLING_IN)
def absence(request: HttpRequest, key: UUID) -> HttpResponse:
    """Hand the reason in for somebody of one's own filing, while it may be; and the decisions.

    What the person handed in themselves is named without its text and proof: they are told to staff alone.
    """
    institution = request.membership.institution
    entry = own_entry(institution, key)
    application = entry.application
    if application is None or entry.removed_at is not None:
        raise Http404
    begun, asked = begun_seats(application), list(excuses_of(application))
    if not begun and not asked:
        raise Http404
    seats = excusable_seats(application)
    form = form_for(request, seats)
    if form is not None and form.is_valid() and handed_in(request, form, seats):
        messages.success(request, f"{entry.row.name}的缺考事由已提交，已告诉本人，决定以后会发消息。")
        return redirect("results:absence", key)
    shown = [(one, by, by == institution.name) for one in asked for by in (handed_in_by(one),)]
    if any(ours for _, _, ours in shown):
        record_access(
            "excuse.viewed", actor=request.user, subject=application, person_id=application.person_id
        )
    context = {
        "entry": entry,
        "filing": entry.filing,
        "application": application,
        "form": form,
        "asked": shown,
        "terms": [(seat, excuse_until(seat)) for seat in seats],
        "term": policy_row("excuse_working_days", clock.today()),
        "consequence": policy_row("absence_with_cause", clock.today()),
        "closed": [finding.sentence for seat in begun for finding in excuse_findings(seat)],
        "section": "institution",
    }
    wrong = form is not None and bool(form.errors)
    return render(request, "exams/results/group_absence.html", context, status=422 if wrong else 200)


@member("GET", roles=FILLING_IN)
def proof(request: HttpRequest, key: UUID) -> HttpResponse:
    """The proof of what the institution itself handed in; the look is logged."""
    institution = request.membership.institution
    excuse = (
        Excuse.objects.filter(pk=key, seat__application__roster_entry__filing__institution=institution)
        .select_related("proof", "seat__person", "seat__application__institution", "asked_by")
        .first()
    )
    if excuse is None or handed_in_by(excuse) != institution.name:
        raise Http404
    return send_proof(request, excuse)


urlpatterns = [
    path("people/<uuid:key>/absence/", absence, name="absence"),
    path("excuses/<uuid:key>/proof/", proof, name="absence-proof"),
]

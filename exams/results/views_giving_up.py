"""Giving one subject up by oneself: what it means for what was sat, for a retake later and for money; then the act."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from exams.arrangement.models import Seat
from exams.arrangement.notices import session_text
from exams.catalogue.queries import fee_schedules
from exams.filing.models import Application
from exams.filing.views import not_now
from exams.payments.requests import asks_for_payee
from exams.results.giving_up import give_up_subject, terms_of
from exams.results.showing import lines_of
from exams.tickets.forms import PayeeForm, SeenForm
from portal import clock
from portal.access import signed_in
from portal.rules.fees import schedule_for
from portal.rules.findings import Refused
from portal.rules.validity import years_of
from portal.rules.wording import money_text


@signed_in("GET", "POST")
def page(request: HttpRequest, key: UUID) -> HttpResponse:
    """What giving up the subject of this seat brings today; on POST it is done, on the terms that were shown."""
    seat = (
        Seat.objects.filter(pk=key, person__account=request.user)
        .select_related(
            "application__person", "application__institution", "application__offering__occupation"
        )
        .first()
    )
    if seat is None:
        raise Http404
    application = seat.application
    try:
        terms = terms_of(seat)
    except Refused as refusal:
        return not_now(request, application, refusal)
    needs_payee = bool(terms.refund_fen) and asks_for_payee(application)
    form = (PayeeForm if needs_payee else SeenForm)(
        request.POST if request.method == "POST" else None, initial={"seen_fen": terms.refund_fen}
    )
    if form.is_valid():
        try:
            give_up_subject(
                actor=request.user,
                seat=seat,
                payee=form.payee(application.person.name) if isinstance(form, PayeeForm) else "",
                seen_fen=form.cleaned_data["seen_fen"],
            )
        except Refused as refusal:
            form.refuse(refusal, fen=terms.refund_fen)
        else:
            done = f"已放弃{seat.get_subject_display()}，应退 {money_text(terms.refund_fen)}，核对后退还。"
            messages.success(request, done)
            return redirect("filing:status", application.pk)
    today = clock.today()
    lines = lines_of([application], today)[application.pk]
    context = {
        "application": application,
        "seat": seat,
        "subject": seat.get_subject_display(),
        "terms": terms,
        "form": form,
        "needs_payee": needs_payee,
        "disturbed": session_text(terms.offer.seat),
        "others": [
            line for line in lines if line.result.subject != seat.subject and not line.result.given_up
        ],
        "years": years_of(application.offering.grade, today),
        "prices": _prices(application, seat.subject),
        "section": "my",
    }
    return render(request, "exams/results/give_up.html", context, status=422 if form.errors else 200)


def _prices(application: Application, subject: str) -> tuple[int, int] | None:
    """What a retake of the subject and a regular application cost today, in fen; None where no schedule is in force."""
    offering = application.offering
    try:
        schedule = schedule_for(
            fee_schedules(), occupation=offering.occupation_id, grade=offering.grade, on=clock.today()
        )
    except Refused:
        return None
    prices = dict(schedule.prices)
    return prices.get(subject, 0), sum(prices.values())


app_name = "giving_up"
urlpatterns = [path("my/seats/<uuid:key>/give-up/", page, name="page")]

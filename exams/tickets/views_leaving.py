"""Leaving a paid application by oneself: what it means for seat, ticket, rank and money, then the act."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from exams.arrangement.notices import session_text
from exams.arrangement.offers import offers_to_give_up
from exams.filing import transitions
from exams.filing.access import own_application
from exams.filing.views import not_now
from exams.payments.requests import asks_for_payee
from exams.tickets.forms import PayeeForm, SeenForm
from exams.tickets.leaving import refuse_if_begun
from exams.tickets.withdrawing import terms_of, withdraw_after_payment
from portal.access import signed_in
from portal.rules.findings import Finding, Refused
from portal.rules.wording import money_text


@signed_in("GET", "POST")
def leave(request: HttpRequest, key: UUID) -> HttpResponse:
    """What leaving brings today; on POST it is done. Terms that changed meanwhile are shown anew, with what was typed.

    Once a subject has begun, only one that was called off or moved may be given up: that is shown in its place.
    """
    application = own_application(request.user, key)
    if offers := offers_to_give_up(application):
        return redirect("giving_up:page", offers[0].seat.pk)
    try:
        transitions.require(application, "leave_after_payment")
        refuse_if_begun(application)
        terms = terms_of(application)
        if not application.quotes.filter(payments__isnull=False).exists():
            sentence = "这份申报还没有缴费，不参加的，请撤回申报。"
            raise Refused(Finding("N2026-2.4", "not_paid", sentence))
    except Refused as refusal:
        return not_now(request, application, refusal)
    needs_payee = bool(terms.refund_fen) and asks_for_payee(application)
    form = (PayeeForm if needs_payee else SeenForm)(
        request.POST if request.method == "POST" else None, initial={"seen_fen": terms.refund_fen}
    )
    if form.is_valid():
        try:
            withdraw_after_payment(
                actor=request.user,
                application=application,
                payee=form.payee(application.person.name) if isinstance(form, PayeeForm) else "",
                seen_fen=form.cleaned_data["seen_fen"],
            )
        except Refused as refusal:
            form.refuse(refusal, fen=terms.refund_fen)
        else:
            money = f"应退 {money_text(terms.refund_fen)}，核对后退还。" if terms.refund_fen else "费用不退。"
            messages.success(request, f"已退出申报 {application.number}。{money}")
            return redirect("filing:status", key)
    context = {
        "application": application,
        "terms": terms,
        "form": form,
        "needs_payee": needs_payee,
        "disturbed": session_text(terms.offer.seat) if terms.offer else "",
        "forfeited": application.forfeitures.select_related("given_up"),
        "section": "my",
    }
    return render(request, "exams/tickets/leave.html", context, status=422 if form.errors else 200)

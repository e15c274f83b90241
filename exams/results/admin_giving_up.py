"""Giving one subject up at the counter, for somebody who asks for it there; and the list of those who did."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.safestring import SafeString

from exams.arrangement.models import Seat, SubjectGivenUp
from exams.arrangement.notices import session_text
from exams.payments.requests import asks_for_payee
from exams.results.giving_up import Terms, give_up_subject, terms_of
from exams.results.showing import lines_of
from exams.tickets.forms import PayeeForm, SeenForm
from portal import clock
from portal.access import staff
from portal.counter.acting import act, data
from portal.counter.rows import LookOnly, link
from portal.rules.findings import Refused
from portal.rules.wording import money_text


@admin.register(SubjectGivenUp)
class SubjectGivenUpAdmin(LookOnly):
    section = "收费"
    looks = "exams.view_payment"
    list_display = ("applicant", "subject", "reason", "back", "given_up_by", "given_up_at")
    list_filter = ("subject", "given_up_at")
    list_select_related = ("application__person", "request", "given_up_by")
    list_display_links = None
    ordering = ("-given_up_at",)

    def get_urls(self) -> list[Any]:
        ours = self.urls_for(("of/<uuid:key>/", give_up_page, "give_up_subject"))
        return ours + super().get_urls()

    @admin.display(description="申报")
    def applicant(self, row: SubjectGivenUp) -> SafeString:
        application = row.application
        return link("place_desk", application.pk, f"{application.number} {application.person.name}")

    @admin.display(description="应退")
    def back(self, row: SubjectGivenUp) -> str:
        return money_text(row.request.amount_fen) if row.request else "没有收费"


@staff("exams.review_application", "GET", "POST")
def give_up_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The terms to say to the person, where the money shall go, and the act."""
    seats = Seat.objects.select_related(
        "application__person", "application__institution", "application__offering", "session__site"
    )
    seat = get_object_or_404(seats, pk=key)
    application, back = seat.application, reverse("admin:place_desk", args=[seat.application_id])
    try:
        terms = terms_of(seat)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    label = seat.get_subject_display()
    needs_payee = bool(terms.refund_fen) and asks_for_payee(application)
    form = (PayeeForm if needs_payee else SeenForm)(data(request), initial={"seen_fen": terms.refund_fen})
    return act(
        request,
        form,
        lambda typed: give_up_subject(
            actor=request.user,
            seat=seat,
            payee=form.payee(application.person.name) if isinstance(form, PayeeForm) else "",
            seen_fen=typed["seen_fen"],
        ),
        title=f"放弃{label}：{application.person.name}",
        facts=_facts(seat, terms),
        words=(
            "申报人在场，自己要求放弃这一科。不再安排考试，不能恢复；已考的科目不受影响。",
            "退费申请随即登记，由两位工作人员受理、复核。"
            + ("收款账户须是申报人本人的。" if needs_payee else ""),
        ),
        button=f"放弃{label}，退还 {money_text(terms.refund_fen)}",
        done=f"已放弃{label}，退费申请待受理。",
        back=back,
        grave=True,
    )


def _facts(seat: Seat, terms: Terms) -> list[dict[str, str]]:
    application = seat.application
    lines = lines_of([application], clock.today())[application.pk]
    others = [line for line in lines if line.result.subject != seat.subject]
    return [
        {"key": "申报号", "value": application.number},
        {"key": "原定场次" if terms.offer.waits else "改为", "value": session_text(terms.offer.seat)},
        *({"key": line.result.label, "value": line.word} for line in others),
        {"key": "应退", "value": money_text(terms.refund_fen)},
        {"key": "退给", "value": str(application.institution or application.person.name)},
        {"key": "依据", "value": terms.citation},
    ]

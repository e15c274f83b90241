"""Refunds that people asked for on leaving or giving a subject up: what is due, where it shall go, taking it up."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from exams.payments.admin_desk import address
from exams.payments.models import RefundRequest
from exams.payments.payees import payee_facts
from exams.payments.refunds import take_up_request
from portal.access import staff
from portal.counter.acting import act, data
from portal.rules.wording import money_text
from portal.templatetags.portal_format import moment


@staff("exams.ask_refund", "GET", "POST")
def take_up_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """The request with its payee, whose look is logged; taking it up makes it a refund for a second person."""
    asked = get_object_or_404(
        RefundRequest.objects.select_related("application__person", "application__institution", "asked_by"),
        pk=key,
        refund=None,
    )
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: take_up_request(actor=request.user, request=asked),
        title=f"受理退费申请：{asked.application.person.name}",
        facts=[
            {"key": "申报号", "value": asked.application.number},
            {"key": "退费金额", "value": money_text(asked.amount_fen)},
            {"key": "依据", "value": asked.citation},
            {"key": "事由", "value": f"申报人{asked.cause}，{moment(asked.asked_at)}"},
            *payee_facts(request, [asked]),
        ],
        words=(
            "请核对金额和收款信息。受理以后，由另一位工作人员复核、退款并填写退款流水号。",
            "收款信息有误的，请先联系申报人，不要受理。",
        ),
        button=f"受理，退还 {money_text(asked.amount_fen)}",
        done="已受理，请另一位工作人员复核退款。",
        to=reverse("admin:exams_refundrequest_changelist") + "?open=yes",
        back=address(asked.application),
    )

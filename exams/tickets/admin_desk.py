"""Seats and ticket of one application; leaving after payment; the undoing of a payment; tickets held back."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from exams.arrangement.models import Seat
from exams.arrangement.offers import has_begun, offers_to_give_up
from exams.arrangement.queries import queue, seats_of
from exams.filing import transitions
from exams.filing.admin_decisions import application_or_404
from exams.filing.admin_review import next_case, staff_steps
from exams.filing.models import Application, Status
from exams.filing.queries import money_held
from exams.payments.admin_bills import bill_address, remittance_facts
from exams.payments.admin_desk import address as payment_address
from exams.payments.admin_desk import payment_facts
from exams.payments.bill_queries import remittances
from exams.payments.models import Reversal
from exams.tickets.ending import retry_held
from exams.tickets.leaving import (
    cancel_after_payment,
    confirm_remittance_reversal,
    confirm_reversal,
    leave_after_payment,
)
from exams.tickets.models import Ticket
from exams.tickets.queries import completeness, standings
from exams.tickets.sources import with_sources
from exams.tickets.withdrawing import terms_of
from portal import clock
from portal.access import staff
from portal.audit.history import deeds
from portal.audit.models import AuditEntry
from portal.audit.trail import record_access
from portal.celery_app import nudge
from portal.counter.acting import ReasonForm, act, came_from, data, page
from portal.files import store
from portal.rules.wording import day_text, money_text


def address(application: Application) -> str:
    return reverse("admin:place_desk", args=[application.pk])


@staff("exams.view_ticket", "GET")
def desk_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """Where the application sits, what its ticket says, what stands in the way."""
    application = application_or_404(key)
    standing = None
    if application.status == Status.APPROVED:
        (standing,) = standings(with_sources(Application.objects.filter(pk=key)))
    waiting = {one.pk: place for place, one in enumerate(queue(application.offering), start=1)}
    paid = bool(money_held(application))
    may_leave = (
        paid and transitions.allowed(application, "leave_after_payment") and not has_begun(application)
    )
    return page(
        request,
        "admin/exams/place.html",
        title=f"座位与准考证：{application.person.name}",
        application=application,
        here="place",
        seats=seats_of(application),
        now=clock.now(),
        past_seats=Seat.objects.filter(application=application)
        .exclude(released_at=None)
        .select_related("session")
        .order_by("-released_at"),
        place_in_queue=waiting.get(application.pk),
        standing=standing,
        tickets=application.tickets.order_by("-version"),
        steps=staff_steps(application),
        may_leave=may_leave,
        offers=offers_to_give_up(application),
        next_case=next_case(application),
        history=deeds(
            AuditEntry.objects.filter(person_id=str(application.person_id))
            .filter(action__regex=r"^(arrangement|tickets)\.")
            .order_by("-at", "-id")[:30]
        ),
    )


@staff("exams.view_ticket", "GET")
def ticket_file(request: HttpRequest, key: UUID) -> HttpResponse:
    """The ticket as it was made; the look is logged."""
    ticket = get_object_or_404(
        Ticket.objects.select_related("file", "application__person"), pk=key, file__isnull=False
    )
    person = ticket.application.person
    record_access(
        "ticket.viewed", actor=request.user, subject=ticket, person_id=person.pk, birth_date=person.birth_date
    )
    assert ticket.file is not None
    return store.respond(ticket.file)


@staff("exams.review_application", "GET", "POST")
def leave_page(request: HttpRequest, key: UUID) -> HttpResponse:
    return _leaving(
        request,
        key,
        leave_after_payment,
        "办理退出",
        "申报人在场，自己要求退出。",
        "已办理退出，接着可以申请退费。",
    )


@staff("exams.review_application", "GET", "POST")
def cancel_page(request: HttpRequest, key: UUID) -> HttpResponse:
    return _leaving(
        request,
        key,
        cancel_after_payment,
        "缴费后取消申报",
        "由本会取消，申报人会收到理由。",
        "申报已取消，接着可以申请退费。",
    )


def _leaving(request: HttpRequest, key: UUID, deed, title: str, first: str, done: str) -> HttpResponse:
    application = application_or_404(key)
    return act(
        request,
        ReasonForm(data(request)),
        lambda typed: deed(actor=request.user, application=application, reason=typed["reason"]),
        title=f"{title}：{application.person.name}",
        facts=_terms_facts(application),
        words=(first, "座位收回，准考证作废，申报结束，不能恢复。退费另行申请、由另一人复核。"),
        button=title,
        done=done,
        to=payment_address(application),
        back=address(application),
        grave=True,
    )


def _terms_facts(application: Application) -> list[dict[str, str]]:
    """What the person would have back by leaving by themselves today, for the clerk to say and to keep to."""
    terms = terms_of(application)
    facts = [
        {"key": "申报号", "value": application.number},
        {"key": "按规定应退", "value": money_text(terms.refund_fen) if terms.refund_fen else "不退费"},
        {"key": "依据", "value": terms.citation},
    ]
    if terms.until is not None:
        facts.insert(2, {"key": "全部退还的最后一天", "value": day_text(terms.until.day, weekday=True)})
    return facts


@staff("exams.confirm_reversal", "GET", "POST")
def confirm_reversal_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """A second person confirms; seat and ticket go with the payment."""
    reversal = get_object_or_404(
        Reversal.objects.select_related("payment__quote__application__person", "asked_by"), pk=key
    )
    application = reversal.payment.quote.application
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: confirm_reversal(actor=request.user, reversal=reversal),
        title=f"复核冲正：收据 {reversal.payment.receipt_number}",
        facts=[
            *payment_facts(reversal.payment),
            {"key": "冲正理由", "value": reversal.reason},
            {"key": "申请人", "value": str(reversal.asked_by)},
        ],
        words=(
            "这笔收款不再算数，缴费单重新待缴，申报人会收到消息。",
            "已安排的座位收回，准考证作废，排座的次序也不保留。冲正不能撤销。",
        ),
        button="复核冲正",
        done="冲正已完成。",
        back=payment_address(application),
        grave=True,
    )


@staff("exams.confirm_reversal", "GET", "POST")
def confirm_remittance_reversal_page(request: HttpRequest, key: UUID) -> HttpResponse:
    """A second person confirms; seats and tickets of all its people go with the transfer."""
    remittance = get_object_or_404(remittances(), pk=key)
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: confirm_remittance_reversal(actor=request.user, remittance=remittance),
        title=f"复核整笔冲正：收据 {remittance.receipt_number}",
        facts=[
            *remittance_facts(remittance),
            {"key": "冲正理由", "value": remittance.reversal_reason or "没有人申请"},
            {"key": "申请人", "value": remittance.reversal_asked_by or "没有人申请"},
        ],
        words=(
            f"{remittance.persons} 人的缴费都不再算数，重新待缴，机构会收到消息。",
            "已安排的座位收回，准考证作废，排座的次序也不保留。冲正不能撤销。",
        ),
        button="复核整笔冲正",
        done="冲正已完成。",
        back=bill_address(remittance.bill),
        grave=True,
    )


@staff("exams.manage_ticket", "GET")
def report_page(request: HttpRequest) -> HttpResponse:
    """Seated = ready + explained; what is held and why."""
    return page(
        request,
        "admin/exams/tickets.html",
        title="准考证齐备情况",
        report=completeness(clock.today()),
        held=Ticket.objects.filter(state=Ticket.State.HELD).select_related("application__person"),
        making=Ticket.objects.filter(state=Ticket.State.MAKING).count(),
    )


@staff("exams.manage_ticket", "GET", "POST")
def retry_page(request: HttpRequest, key: UUID) -> HttpResponse:
    ticket = get_object_or_404(Ticket.objects.select_related("application__person"), pk=key)

    def again(typed: dict) -> None:
        retry_held(actor=request.user, ticket=ticket)
        nudge("exams.tasks.sweep_tickets")

    return act(
        request,
        forms.Form(data(request)),
        again,
        title=f"重新制作准考证：{ticket.application.person.name}",
        facts=[
            {"key": "准考证号", "value": ticket.number},
            {"key": "受阻原因", "value": ticket.hold_reason},
        ],
        words=("请先解决受阻的原因。这一版作废，随即按现在的资料制作新版。",),
        button="重新制作",
        done="已安排重新制作。",
        back=came_from(request, reverse("admin:ticket_report")),
    )


@staff("exams.manage_ticket", "GET", "POST")
def sweep_page(request: HttpRequest) -> HttpResponse:
    return act(
        request,
        forms.Form(data(request)),
        lambda typed: nudge("exams.tasks.sweep_tickets"),
        title="现在检查并制作准考证",
        words=("系统每分钟自动检查一次，平时不必办理。重复办理没有害处。",),
        button="现在检查",
        done="已通知后台检查，稍后刷新本页看结果。",
        back=reverse("admin:ticket_report"),
    )

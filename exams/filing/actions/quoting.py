"""The price of an approved application: frozen at approval, reminded of twice, lapsing unpaid (N2026-2.4)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import uuid4

from django.db import transaction

from exams.catalogue.models import FeeSchedule
from exams.catalogue.queries import fee_schedules, policy_value
from exams.filing import transitions
from exams.filing.models import Application, Kind, Quote, Status
from exams.filing.queries import money_held, unpaid_quotes
from exams.filing.telling import tell
from portal import clock, workdays
from portal.rules import fees
from portal.rules.findings import Finding, Refused
from portal.rules.wording import day_text, money_text
from portal.rules.workdays import add_working_days, working_days_before

REMIND_WORKING_DAYS_BEFORE = (5, 1)
"""When the two reminders go out: so many working days before the last day to pay."""


def price_of(application: Application, on: date) -> fees.Price:
    """What the application costs by the schedule of the day. Raises `Refused` where there is none."""
    return fees.price(_schedule(application, on), _not_charged(application, on))


def _schedule(application: Application, on: date) -> fees.FeeSchedule:
    offering = application.offering
    return fees.schedule_for(fee_schedules(), occupation=offering.occupation_id, grade=offering.grade, on=on)


def _not_charged(application: Application, on: date) -> Sequence[str]:
    """A retake is charged for the subjects retaken, a regular application for all."""
    if application.kind == Kind.REGULAR:
        return ()
    charged = set(application.subjects)
    return [subject for subject, _ in _schedule(application, on).prices if subject not in charged]


def freeze_quote(application: Application, now: datetime) -> Quote:
    """The quote of an application being approved. In its transaction."""
    on = clock.local_day(now)
    schedule, price = _schedule(application, on), price_of(application, on)
    return Quote.objects.create(
        id=uuid4(),
        application=application,
        schedule=FeeSchedule.objects.get(
            offering=application.offering_id, effective_from=schedule.effective_from
        ),
        kind=Kind(price.kind),
        lines=price.to_json()["lines"],
        total_fen=price.total_fen,
        citation=price.citation,
        quoted_at=now,
        pay_by=last_day_to_pay(on),
    )


def last_day_to_pay(approved_on: date) -> date:
    """By when a quote of that day is to be paid; the working days are a dated policy. Raises `Refused` without one."""
    days = int(str(policy_value("pay_by_working_days", approved_on)))
    return add_working_days(approved_on, days, workdays.current()).day


def end_quote(application: Application, now: datetime) -> None:
    """The application is left: its live quote, if any, is payable no more. Call it with the application locked."""
    for quote in Quote.objects.select_for_update().filter(application=application, ended_at=None):
        quote.ended_at = now
        quote.save(update_fields=["ended_at"])


def refuse_if_money_held(application: Application) -> None:
    """Raise `Refused` where money was taken: leaving then means a refund, a seat and a ticket, which is not filing's."""
    if money_held(application):
        sentence = f"申报 {application.number} 已有收款记录，须先在窗口办理退费或冲正。"
        raise Refused(Finding("N2026-2.4", "money_held", sentence))


def lapse_unpaid_quotes() -> int:
    """End every quote whose last day to pay is over and for which no money came; returns how many applications lapsed.

    Each in a transaction of its own: safe to run twice, late, or beside a clerk who is taking the money.
    """
    today, lapsed = clock.today(), 0
    for quote in unpaid_quotes().filter(pay_by__lt=today).order_by("pay_by", "id"):
        lapsed += _lapse(quote.application, today)
    return lapsed


@transaction.atomic
def _lapse(application: Application, today: date) -> bool:
    application = transitions.lock(application)
    if application.status != Status.APPROVED:
        return False
    still_due = unpaid_quotes().filter(application=application, pay_by__lt=today).exists()
    if not still_due:
        return False
    end_quote(application, clock.now())
    transition = transitions.move(
        application, "lapse_application", actor=None, reasons=[{"code": "unpaid", "clause": "N2026-2.4"}]
    )
    application.save(update_fields=["status"])
    tell(application, "quote_lapsed", key=transition.pk)
    return True


def remind_unpaid() -> int:
    """Send the reminders that are due, at most two for each quote; returns how many were sent."""
    today, calendar, sent = clock.today(), workdays.current(), 0
    waiting = unpaid_quotes().filter(pay_by__gte=today, reminders_sent__lt=len(REMIND_WORKING_DAYS_BEFORE))
    for quote in waiting.order_by("pay_by", "id"):
        due = sum(
            today >= working_days_before(quote.pay_by, days, calendar).day
            for days in REMIND_WORKING_DAYS_BEFORE
        )
        if due > quote.reminders_sent:
            sent += _remind(quote, due)
    return sent


@transaction.atomic
def _remind(quote: Quote, due: int) -> bool:
    application = transitions.lock(quote.application)
    quote = Quote.objects.select_for_update().get(pk=quote.pk)
    if quote.ended_at is not None or quote.reminders_sent >= due or money_held(application):
        return False
    if application.status != Status.APPROVED:  # ended since the sweep looked, by a decision perhaps
        return False
    quote.reminders_sent = due
    quote.save(update_fields=["reminders_sent"])
    transitions.note("remind_unpaid", application, actor=None, detail={"reminder": due})
    tell(
        application,
        "quote_reminder",
        key=f"{quote.pk}:{due}",
        amount=money_text(quote.total_fen),
        pay_by=day_text(quote.pay_by, weekday=True),
    )
    return True

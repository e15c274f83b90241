"""What an institution is told of its money by a sweep: approved people without a bill, bills to pay, bills lapsed.

Individuals are reminded by filing, quote by quote; of a bill its institution hears once for all its people. Each
message is written once a key, so a sweep may run late, twice, or side by side.
"""

from datetime import date, timedelta

from django.db.models import Count, Q

from exams.filing.actions.quoting import REMIND_WORKING_DAYS_BEFORE
from exams.filing.models import Status
from exams.filing.queries import unpaid_quotes
from exams.filing.telling import tell_institution
from exams.payments.bill_queries import WAITING, filings_to_bill, with_state
from exams.payments.models import Bill
from portal import clock, workdays
from portal.rules.wording import day_text, money_text
from portal.rules.workdays import working_days_before

LAPSE_TOLD_FOR = timedelta(days=30)


def remind_institutions() -> None:
    """Tell institutions what is due today and was not told yet."""
    today = clock.today()
    _bills_to_issue(today)
    _bills_to_pay(today)
    _bills_lapsed(today)


def _reminder(pay_by: date, today: date) -> int:
    """Which reminder is due, counted from 1; 0 while none is. A late sweep sends only the later one."""
    calendar = workdays.current()
    return sum(
        today >= working_days_before(pay_by, days, calendar).day for days in REMIND_WORKING_DAYS_BEFORE
    )


def _bills_to_issue(today: date) -> None:
    """Once for every day on which people were approved, and before the first of them would lapse."""
    for filing in filings_to_bill():
        approved_on = clock.local_day(filing.approved_at)
        tell_institution(
            filing.institution,
            "bill_to_issue",
            key=f"{filing.pk}:{approved_on}:{_reminder(filing.pay_by, today)}",
            number=filing.number,
            pay_by=day_text(filing.pay_by, weekday=True),
        )


def _bills_to_pay(today: date) -> None:
    """Bills on which no money ever came for somebody: only those would lapse (decision 0034)."""
    bills = Bill.objects.filter(pay_by__gte=today, lines__removed_at=None, lines__quote__in=unpaid_quotes())
    for bill in with_state(bills.distinct()).filter(state__in=WAITING):
        reminder = _reminder(bill.pay_by, today)
        if reminder:
            tell_institution(
                bill.filing.institution,
                "bill_reminder",
                key=f"{bill.pk}:{bill.pay_by}:{reminder}",
                reference=bill.reference,
                amount=money_text(bill.due_fen),
                pay_by=day_text(bill.pay_by, weekday=True),
            )


def _bills_lapsed(today: date) -> None:
    """Once all that was left unpaid has lapsed, the sweep of quotes being through with the bill."""
    lapsed = Q(lines__quote__application__status=Status.LAPSED)
    bills = (
        Bill.objects.filter(pay_by__gte=today - LAPSE_TOLD_FOR, pay_by__lt=today, ended_at=None)
        .filter(lapsed)
        .exclude(lines__quote__in=unpaid_quotes())
        .annotate(lapsed=Count("lines"))
        .select_related("filing__institution")
    )
    for bill in bills:
        tell_institution(
            bill.filing.institution,
            "bill_lapsed",
            key=bill.pk,
            reference=bill.reference,
            persons=str(bill.lapsed),
        )

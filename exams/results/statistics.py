"""The figures behind the charts: applications, pass rates, fees, days to review. Counts only, nobody's name."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from statistics import median
from uuid import UUID

from django.db.models import Exists, OuterRef, Sum

from exams.catalogue.models import Subject
from exams.filing.models import Application, Status, Transition
from exams.payments.models import Payment, Refund
from exams.payments.queries import NOT_REVERSED
from exams.results.models import Cancellation
from exams.results.queries import standing_scores
from portal import clock, workdays
from portal.rules.workdays import working_days_between

Month = tuple[int, int]
"""Year and month."""

MONTHS = 12
STATES = (
    Status.APPROVED,
    Status.SUBMITTED,
    Status.RETURNED,
    Status.REJECTED,
    Status.WITHDRAWN,
    Status.CANCELLED,
    Status.LAPSED,
)
"""What became of a submitted application, in the order in which the parts of a bar lie."""


def last_months(today: date, how_many: int = MONTHS) -> list[Month]:
    """The month of `today` and those before it, the oldest first."""
    ordinal = today.year * 12 + today.month - 1
    return [(value // 12, value % 12 + 1) for value in range(ordinal - how_many + 1, ordinal + 1)]


def applications_by_month(months: list[Month]) -> dict[Month, Counter[str]]:
    """Applications by the month of their latest submission and where they stand today."""
    found: dict[Month, Counter[str]] = {month: Counter() for month in months}
    rows = Application.objects.filter(submitted_at__gte=_start(months)).values_list("submitted_at", "status")
    for at, status in rows:
        month = _month(clock.local_day(at))
        if month in found:
            found[month][status] += 1
    return found


def pass_rates(by: str) -> list[tuple[str, int, int]]:
    """(name, sat, passed) by `subject` or `institution`, the largest first: published scores of people who came.

    A score cancelled by a decision was sat and is not passed.
    """
    cancelled = Cancellation.objects.filter(
        application=OuterRef("application"), subject=OuterRef("subject"), lifted_at=None
    )
    field = "subject" if by == "subject" else "application__institution__name"
    rows = standing_scores().filter(points__isnull=False).annotate(cancelled=Exists(cancelled))
    sat: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    for name, did_pass, was_cancelled in rows.values_list(field, "passed", "cancelled"):
        shown = str(Subject(name).label) if by == "subject" else name or "个人申报"
        sat[shown] += 1
        passed[shown] += did_pass and not was_cancelled
    return [(name, total, passed[name]) for name, total in sat.most_common()]


def fees_by_month(months: list[Month]) -> dict[Month, tuple[int, int]]:
    """(taken, given back) in fen, by the day the money came and the day its return was confirmed."""
    taken: Counter[Month] = Counter()
    given: Counter[Month] = Counter()
    start = _start(months)
    payments = Payment.objects.filter(NOT_REVERSED, received_on__gte=clock.local_day(start))
    for day, fen in payments.values_list("received_on").annotate(sum=Sum("amount_fen")):
        taken[_month(day)] += fen
    for at, fen in Refund.objects.filter(confirmed_at__gte=start).values_list("confirmed_at", "amount_fen"):
        given[_month(clock.local_day(at))] += fen
    return {month: (taken[month], given[month]) for month in months}


def review_days(months: list[Month]) -> dict[Month, float | None]:
    """The median of working days from a submission to its decision, by the month of the decision; None without one."""
    calendar, spans = workdays.current(), defaultdict(list)
    for month, submitted, decided in _decisions(months):
        spans[month].append(working_days_between(submitted, decided, calendar).days)
    return {month: float(median(spans[month])) if spans[month] else None for month in months}


def _decisions(months: list[Month]) -> Iterable[tuple[Month, date, date]]:
    decided = (Status.APPROVED, Status.REJECTED, Status.RETURNED)
    submitted: dict[UUID, date] = {}
    rows = Transition.objects.filter(
        application__transitions__at__gte=_start(months),
        after__in=(Status.SUBMITTED, *decided),
    ).distinct()
    for key, before, after, at in rows.order_by("at").values_list("application", "before", "after", "at"):
        day = clock.local_day(at)
        if after == Status.SUBMITTED and before in (Status.DRAFT, Status.RETURNED):
            submitted[key] = day
        elif after in decided and before == Status.SUBMITTED and key in submitted and _month(day) in months:
            yield _month(day), submitted[key], day


def _month(day: date) -> Month:
    return day.year, day.month


def _start(months: list[Month]):
    return clock.start_of(date(*months[0], 1))

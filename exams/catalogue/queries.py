"""What is offered, at what price and when, read from the catalogue in the shapes the rules take."""

from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from exams.catalogue.models import (
    FeeLine,
    FeeSchedule,
    FilingWindow,
    Offering,
    PolicyValue,
    Scheme,
    Subject,
)
from portal.rules import fees, timetable
from portal.rules.findings import Finding, Refused


def open_offerings(on: date) -> QuerySet[Offering]:
    """Offerings that take applications on the day, the lower grade first (N2026-1)."""
    return (
        Offering.objects.filter(Q(closed_on=None) | Q(closed_on__gte=on), opened_on__lte=on)
        .select_related("occupation")
        .order_by("occupation__name", "-grade")
    )


def filing_windows() -> list[timetable.Window]:
    """Every known filing window, in order of time (A2)."""
    return [
        timetable.Window(row.opens_on, row.closes_on, row.assess_by, row.may_follow_next_plan, row.citation)
        for row in FilingWindow.objects.order_by("opens_on")
    ]


def fee_schedules() -> list[fees.FeeSchedule]:
    """Every fee schedule with its prices in the order of the subjects (N2026-2.4)."""
    order = list(Subject.values)
    rows = FeeSchedule.objects.select_related("offering").prefetch_related(
        Prefetch("lines", queryset=FeeLine.objects.all())
    )
    return [
        fees.FeeSchedule(
            occupation=row.offering.occupation_id,
            grade=row.offering.grade,
            effective_from=row.effective_from,
            prices=tuple(
                (line.subject, line.fen)
                for line in sorted(row.lines.all(), key=lambda line: order.index(line.subject))
            ),
            citation=row.citation,
        )
        for row in rows
    ]


def scheme_on(offering: Offering, on: date) -> Scheme | None:
    """The scheme by which the offering is assessed on the day, its subjects fetched; None before the first."""
    return (
        offering.schemes.filter(effective_from__lte=on)
        .order_by("-effective_from")
        .prefetch_related("subjects")
        .first()
    )


def policy_value(code: str, on: date) -> object:
    """A figure staff may change, as it stands on the day. Raises `Refused` where none is set."""
    return policy_row(code, on).value


def policy_row(code: str, on: date) -> PolicyValue:
    """The value and the citation to show where it decides. Raises `Refused` where none is set."""
    row = PolicyValue.objects.filter(code=code, effective_from__lte=on).order_by("-effective_from").first()
    if row is None:
        raise Refused(Finding("", "no_policy_value", f"尚未设定“{code}”的数值，请联系管理员。", found=code))
    return row

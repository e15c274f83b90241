"""What tickets add to the way of a group filing: how many can be had, and from when the others.

Counted in the database, so that a filing of thousands opens as quickly as one of ten; who of them waits for what, and
whether each ticket still stands, is asked on the page of the tickets.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max, Min, QuerySet
from django.urls import reverse

from exams.arrangement.queries import live_seats
from exams.filing.groups.models import GroupFiling
from exams.filing.groups.way import FILER, GroupStep
from exams.filing.timeline import DONE, NEXT, NOW
from exams.tickets.groups import applications_of, open_tickets, taken_versions
from portal import clock, workdays
from portal.rules.tickets import opening
from portal.rules.wording import day_text
from portal.rules.workdays import Counted


def ticket_step(filing: GroupFiling, counts: Mapping[str, int]) -> list[GroupStep]:
    """The step `ticket`, once somebody of the filing has a seat; nothing before."""
    if not counts.get("approved"):
        return []
    now = clock.now()
    seated = live_seats().filter(application__in=applications_of(filing)).values("application")
    over = seated.annotate(last=Max("ends_at")).filter(last__lte=now).count()
    coming = seated.annotate(first=Min("starts_at"), last=Max("ends_at")).filter(last__gt=now)
    to_come = coming.count()
    if not over and not to_come:
        return []
    may_be_had = set(
        open_tickets(now).filter(application__roster_entry__filing=filing).values_list("number", "version")
    )
    new = len(may_be_had - taken_versions(filing))
    note = f"{new} 张可以下载。" if new else ""
    if may_be_had and not new:
        note = "已开放的都已下载过，有变动时会在这里提醒。"
    if later := _next_opening(coming, now):
        note += f"{later[1]} 人的准考证 {day_text(later[0].day, weekday=True)}0:00 起可以下载。"
    return [
        GroupStep(
            "ticket",
            "准考证",
            NOW if new else DONE if len(may_be_had) == to_come else NEXT,
            FILER,
            waiting=new,
            passed=len(may_be_had) - new + over,
            note=note,
            url=reverse("tickets:filing", args=[filing.pk]),
            link="准考证下载",
        )
    ]


def _next_opening(coming: QuerySet, now: datetime) -> tuple[Counted, int] | None:
    """The nearest day on which tickets will open, and how many people's; None where none is to come."""
    calendar, today = workdays.current(), clock.local_day(now)
    firsts = Counter(clock.local_day(first) for first in coming.values_list("first", flat=True))
    days: Counter[Counted] = Counter()
    for first, people in firsts.items():
        days[opening(first, calendar)] += people
    later = [(day, people) for day, people in days.items() if day.day > today]
    return min(later, key=lambda row: row[0].day, default=None)

"""Which sessions an exam day is about: those to come soon, today's, and past ones that nobody closed."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from exams.arrangement.models import Session
from portal import clock

LOOK_AHEAD = timedelta(days=7)
"""Papers are printed in the days before a session."""


def held_sessions() -> QuerySet[Any]:
    """Published sessions with `live` (people seated) and `unknown` (of those, how many nobody has noted yet)."""
    live = Q(seats__released_at=None, seats__isnull=False)
    return (
        Session.objects.filter(state=Session.State.PUBLISHED)
        .select_related("site", "offering__occupation", "closing__closed_by")
        .annotate(
            live=Count("seats", filter=live, distinct=True),
            unknown=Count("seats", filter=live & Q(seats__attendances=None), distinct=True),
        )
        .order_by("starts_at", "subject", "pk")
    )


def todays_sessions() -> QuerySet[Any]:
    """Every session that starts today, closed or not."""
    today = clock.start_of(clock.today())
    return held_sessions().filter(starts_at__gte=today, starts_at__lt=today + timedelta(days=1))


def sessions_left_open() -> QuerySet[Any]:
    """Sessions of earlier days with people in them that nobody closed."""
    return held_sessions().filter(starts_at__lt=clock.start_of(clock.today()), closing=None, live__gt=0)


def sessions_to_close() -> QuerySet[Any]:
    """Everything that is over and not closed, the oldest first."""
    return held_sessions().filter(ends_at__lte=clock.now(), closing=None, live__gt=0)


def sessions_coming() -> QuerySet[Any]:
    """What is held in the days after today."""
    tomorrow = clock.start_of(clock.today()) + timedelta(days=1)
    return held_sessions().filter(starts_at__gte=tomorrow, starts_at__lt=tomorrow + LOOK_AHEAD)

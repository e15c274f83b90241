"""The queue, the free places, and who sits where."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from django.db.models import Count, QuerySet

from exams.arrangement.models import Seat, Session, SubjectGivenUp
from exams.catalogue.models import Offering
from exams.filing.models import Application
from exams.payments.queries import complete_applications
from portal import clock

Place = tuple[int, int]
"""Room id and seat number."""


def live_seats() -> QuerySet[Seat]:
    """Seats not given back."""
    return Seat.objects.filter(released_at=None)


def seats_of(application: Application) -> QuerySet[Seat]:
    """The application's live seats in order of time, with session, site and room."""
    return (
        live_seats()
        .filter(application=application)
        .select_related("session__site", "room")
        .order_by("starts_at", "subject")
    )


def queue(offering: Offering | None = None) -> list[Application]:
    """Complete applications with a subject still unseated, in the order in which they became complete (A2).

    Each has `completed_at`; ties stand by application number.
    """
    complete = complete_applications()
    if offering is not None:
        complete = complete.filter(offering=offering)
    rows = list(complete.select_related("person__account", "offering__occupation", "special_arrangement"))
    settled = settled_subjects(rows)
    return [row for row in rows if not settled[row.pk] >= set(row.subjects)]


def is_seated(application: Application) -> bool:
    """Whether every subject of the application that is still to be sat has a live seat."""
    return settled_subjects([application])[application.pk] >= set(application.subjects)


def settled_subjects(applications: Collection[Application]) -> dict[UUID, set[str]]:
    """By application, the subjects that wait for no seat: they have one, or are not sat any more."""
    keys = [application.pk for application in applications]
    settled = ended_subjects(keys)
    for key, subject in live_seats().filter(application__in=keys).values_list("application_id", "subject"):
        settled[key].add(subject)
    return settled


def ended_subjects(applications: Collection[UUID]) -> dict[UUID, set[str]]:
    """By application, the subjects that are not sat any more: cancelled by a decision, or given up."""
    ended = cancelled_subjects(applications)
    for key, subjects in given_up_subjects(applications).items():
        ended[key] |= subjects
    return ended


def given_up_subjects(applications: Collection[UUID]) -> dict[UUID, set[str]]:
    """By application, the subjects given up after they were called off or moved (docs/adr/0085)."""
    found: dict[UUID, set[str]] = defaultdict(set)
    rows = SubjectGivenUp.objects.filter(application__in=applications)
    for key, subject in rows.values_list("application_id", "subject"):
        found[key].add(subject)
    return found


def cancelled_subjects(applications: Collection[UUID]) -> dict[UUID, set[str]]:
    """By application, the subjects whose score a decision on misconduct cancelled: they are not sat again (A3).

    Cancellations stand to the right of this slice: they are read through the relation.
    """
    in_force = Application.objects.filter(
        pk__in=applications, cancellations__isnull=False, cancellations__lifted_at=None
    )
    found: dict[UUID, set[str]] = defaultdict(set)
    for key, subject in in_force.values_list("pk", "cancellations__subject"):
        found[key].add(subject)
    return found


def sessions_to_fill(on: date) -> QuerySet[Session]:
    """Published sessions that lie after the day, in order of time."""
    return (
        Session.objects.filter(state=Session.State.PUBLISHED, starts_at__gte=clock.start_of(on))
        .select_related("site", "offering__occupation")
        .prefetch_related("rooms")
        .order_by("starts_at", "id")
    )


def places(session: Session) -> list[Place]:
    """Every place of a session in the order in which they fill: rooms by name, seats by number."""
    return [
        (room.pk, number)
        for room in sorted(session.rooms.all(), key=lambda room: (room.name, room.pk))
        for number in range(1, room.seats + 1)
    ]


def capacity(session: Session) -> int:
    """How many places the session's rooms have."""
    return sum(room.seats for room in session.rooms.all())


def seated_count(session: Session) -> int:
    """How many hold a live seat in the session."""
    return live_seats().filter(session=session).count()


def with_counts(sessions: Iterable[Session]) -> dict[object, int]:
    """Live seats by session id, for a list of sessions, in one query."""
    rows = live_seats().filter(session__in=list(sessions)).values("session").annotate(count=Count("id"))
    return {row["session"]: row["count"] for row in rows}

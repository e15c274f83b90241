"""What must always hold of seats; each check yields the keys of the records that break it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q

from exams.arrangement.draw import problems
from exams.arrangement.drawing import publication
from exams.arrangement.models import SeatDraw, Session
from exams.arrangement.queries import capacity, live_seats
from exams.payments.queries import complete_applications
from portal import clock
from portal.registry import Invariant


def shared_seats() -> Iterator[UUID]:
    """Live seats given to more than one person."""
    drawn = live_seats().exclude(number=None)
    for row in drawn.values("session", "room", "number").annotate(count=Count("pk")).filter(count__gt=1):
        same = {name: row[name] for name in ("session", "room", "number")}
        yield from live_seats().filter(**same).values_list("pk", flat=True)


def doubled_people() -> Iterator[UUID]:
    """Live seats of one person that overlap in time."""
    other = live_seats().filter(
        person=OuterRef("person"), starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    yield from live_seats().filter(Exists(other.exclude(pk=OuterRef("pk")))).values_list("pk", flat=True)


def oversold_sessions() -> Iterator[UUID]:
    """Sessions with more live seats than their rooms have."""
    sold = live_seats().values("session").annotate(count=Count("pk")).values_list("session", "count")
    sessions = Session.objects.prefetch_related("rooms").in_bulk([key for key, _ in sold])
    yield from (key for key, count in sold if count > capacity(sessions[key]))


def impossible_seats() -> Iterator[UUID]:
    """Live seats beyond a room's last number, in a room the session does not use, or at another time or subject."""
    yield from live_seats().filter(number__gt=F("room__seats")).values_list("pk", flat=True)
    rooms = Session.rooms.through.objects.filter(session=OuterRef("session"), room=OuterRef("room"))
    yield from live_seats().exclude(room=None).filter(~Exists(rooms)).values_list("pk", flat=True)
    astray = (
        ~Q(starts_at=F("session__starts_at"))
        | ~Q(ends_at=F("session__ends_at"))
        | ~Q(subject=F("session__subject"))
        | ~Q(person=F("application__person"))
        | ~Q(session__offering=F("application__offering"))
    )
    yield from live_seats().filter(astray).values_list("pk", flat=True)


def seats_without_right() -> Iterator[UUID]:
    """Live seats in sessions to come of applications that are not approved and fully paid, or sessions not on."""
    coming = live_seats().filter(starts_at__gt=clock.now())
    yield from coming.exclude(application__in=complete_applications().values("pk")).values_list(
        "pk", flat=True
    )
    yield from coming.exclude(session__state=Session.State.PUBLISHED).values_list("pk", flat=True)


def broken_draws() -> Iterator[Any]:
    """Finished draws that do not recompute."""
    for draw in SeatDraw.objects.exclude(drawn_at=None).iterator():
        if problems(publication(draw)):
            yield draw.pk


INVARIANTS = (
    Invariant("shared_seat", "一个座位给了两个人", shared_seats),
    Invariant("doubled_person", "同一人同时有两场", doubled_people),
    Invariant("oversold_session", "场次超过座位数", oversold_sessions),
    Invariant("impossible_seat", "座位与场次、考场不符", impossible_seats),
    Invariant("seat_without_right", "座位没有审核通过并缴清的申报，或场次未公布", seats_without_right),
    Invariant("broken_draw", "抽签不能按种子重算", broken_draws),
)

"""What must always hold of exam days; each check yields the keys of the records that break it."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from exams.arrangement.models import Session
from exams.arrangement.queries import live_seats
from exams.results.models import Attendance, CheckIn, SessionClosing
from portal.registry import Invariant


def closed_with_unknown() -> Iterator[UUID]:
    """Sessions closed before they were over, or with somebody in them of whom nobody said whether they came."""
    noted = Attendance.objects.filter(seat=OuterRef("pk"))
    unknown = live_seats().filter(~Exists(noted), session=OuterRef("session"))
    closings = SessionClosing.objects.filter(Exists(unknown) | Q(closed_at__lt=F("session__ends_at")))
    yield from closings.exclude(session__state=Session.State.CALLED_OFF).values_list("session", flat=True)


def check_in_elsewhere() -> Iterator[UUID]:
    """Check-ins that name a seat of another session, or are valid without naming one."""
    elsewhere = Q(seat__isnull=False) & ~Q(seat__session=F("session"))
    nowhere = Q(verdict=CheckIn.Verdict.VALID, seat=None)
    yield from CheckIn.objects.filter(elsewhere | nowhere).values_list("pk", flat=True)


INVARIANTS = (
    Invariant("closed_with_unknown", "场次提前结束登记，或结束时有人到考情况不明", closed_with_unknown),
    Invariant("check_in_elsewhere", "入场核验所指的座位不在本场", check_in_elsewhere),
)

"""What must always hold of absences with cause; each check yields the keys of the records that break it."""

from collections.abc import Iterator
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from exams.arrangement.sessions import EXCUSED
from exams.results.models import Attendance, Excuse
from exams.results.queries import standing_scores
from portal.registry import Invariant


def decided_by_halves() -> Iterator[UUID]:
    """Decided excuses without who, when, why or by which rule, or by who handed them in."""
    decided = Excuse.objects.exclude(decision=Excuse.Decision.OPEN)
    missing = Q(decided_by=None) | Q(decided_at=None) | Q(decision_note=None) | Q(citation="")
    yield from decided.filter(missing | Q(decided_by=F("asked_by"))).values_list("pk", flat=True)


def granted_without_effect() -> Iterator[UUID]:
    """Granted excuses whose seat was not given back for it, or whose attendance does not say so."""
    noted = Attendance.objects.filter(seat=OuterRef("seat"), state=Attendance.State.OTHER)
    granted = Excuse.objects.filter(decision=Excuse.Decision.GRANTED)
    given_back = Q(seat__released_at__isnull=False, seat__release_reason=EXCUSED) & Exists(noted)
    yield from granted.exclude(given_back).values_list("pk", flat=True)


def scored_meanwhile() -> Iterator[UUID]:
    """Excuses not decided yet, or granted, though the score of their seat is published."""
    waiting = Excuse.objects.exclude(decision=Excuse.Decision.REFUSED)
    scored = standing_scores().filter(seat=OuterRef("seat"))
    yield from waiting.filter(Exists(scored)).values_list("pk", flat=True)


INVARIANTS = (
    Invariant("excuse_by_halves", "缺考事由的决定没有两人经办、理由或依据", decided_by_halves),
    Invariant("excuse_without_effect", "同意的缺考事由没有收回座位或改记考勤", granted_without_effect),
    Invariant("excuse_scored", "缺考事由未决定或已同意，却公布了成绩", scored_meanwhile),
)

"""How far a decision reaches: the subjects, seats and applications that its effects concern."""

from collections.abc import Sequence

from exams.arrangement.models import Seat
from exams.arrangement.queries import live_seats
from exams.catalogue.models import Subject
from exams.conduct.models import Decision
from exams.filing.models import LIVE, Application
from portal import clock
from portal.rules.wording import day_text


def cancelled_subjects(decision: Decision) -> list[str]:
    """The subjects of the sitting whose score the decision cancels (A3-2: one; else all)."""
    case = decision.case
    if decision.effects["scores"] == "all":
        return list(case.application.subjects)
    assert case.seat is not None, "an act of A3-2 names its seat"
    return [case.seat.subject]


def seats_to_release(decision: Decision) -> list[Seat]:
    """Seats to come that the decision takes: of cancelled subjects, and in any application those within the bar."""
    first, last = decision.effects["barred_from"], decision.effects["barred_until"]
    cancelled = cancelled_subjects(decision)
    rows = live_seats().filter(person=decision.case.person_id, starts_at__gt=clock.now())
    found = []
    for seat in rows.select_related("application", "session__site").order_by("starts_at", "pk"):
        mine = seat.application_id == decision.case.application_id and seat.subject in cancelled
        barred = first is not None and first <= clock.local_day(seat.starts_at).isoformat() <= last
        if mine or barred:
            found.append(seat)
    return found


def other_live_applications(application: Application) -> list[Application]:
    """The person's other live applications, in any offering."""
    rows = Application.objects.filter(person=application.person_id, status__in=LIVE, concluded_at=None)
    return list(rows.exclude(pk=application.pk).select_related("offering__occupation").order_by("created_at"))


def subject_names(subjects: Sequence[str]) -> str:
    """「理论知识、操作技能」."""
    return "、".join(str(Subject(subject).label) for subject in subjects)


def sitting_text(seat: Seat) -> str:
    """「申报 2610000007 的理论知识（2026年10月12日）」."""
    day = day_text(clock.local_day(seat.starts_at))
    return f"申报 {seat.application.number} 的{Subject(seat.subject).label}（{day}）"

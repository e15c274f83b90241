"""By when scores are due: 20 or 30 working days from the last subject that is sat (N2026-3)."""

from collections.abc import Collection, Mapping
from uuid import UUID

from exams.arrangement.models import Seat
from exams.arrangement.queries import ended_subjects, live_seats
from exams.catalogue.models import Scheme
from exams.filing.models import Application
from portal import clock, workdays
from portal.rules import scores
from portal.rules.workdays import Counted


def due_days(applications: Collection[Application]) -> Mapping[UUID, Counted]:
    """By application, the day by which its scores are due; only of those who have sat all that is to be sat.

    A fixed number of queries. A subject that a decision cancelled, or that was given up, is waited for by nobody.
    """
    keys = [one.pk for one in applications]
    seats: dict[UUID, dict[str, Seat]] = {}
    for seat in live_seats().filter(application__in=keys):
        seats.setdefault(seat.application_id, {})[seat.subject] = seat
    ended, schemes = ended_subjects(keys), _schemes(applications)
    is_working_day, now = workdays.current(), clock.now()
    found = {}
    for one in applications:
        held = seats.get(one.pk, {})
        left = set(one.subjects) - ended.get(one.pk, set())
        if not held or not left <= set(held) or any(seat.ends_at > now for seat in held.values()):
            continue
        last = clock.local_day(max(seat.ends_at for seat in held.values()))
        known = [scheme for scheme in schemes.get(one.offering_id, []) if scheme.effective_from <= last]
        found[one.pk] = scores.due(last, is_working_day, inspected=bool(known) and known[-1].inspected)
    return found


def _schemes(applications: Collection[Application]) -> dict[int, list[Scheme]]:
    """The schemes of the offerings, the oldest first."""
    found: dict[int, list[Scheme]] = {}
    offerings = {one.offering_id for one in applications}
    for scheme in Scheme.objects.filter(offering__in=offerings).order_by("effective_from"):
        found.setdefault(scheme.offering_id, []).append(scheme)
    return found

"""Reminders before what was passed ends (N2026-4.1): a retake must be sat by then, or everything is sat anew.

Found by state; a message is written once a key, so a sweep may run late, twice, or side by side.
"""

from collections import defaultdict
from datetime import date, timedelta
from uuid import UUID

from exams.catalogue.models import Offering
from exams.catalogue.queries import policy_value
from exams.filing.models import LIVE, Application, Status
from exams.filing.telling import tell
from exams.passes.models import Pass
from exams.passes.queries import Retake, possibilities
from portal import clock
from portal.rules.wording import SUBJECT_NAMES, day_text


def remind_of_validity() -> int:
    """Tell everybody whose retake must be sat soon and who has not filed one; how many were due a reminder."""
    today = clock.today()
    days = sorted(
        (
            int(str(policy_value("validity_first_reminder_days", today))),
            int(str(policy_value("validity_last_reminder_days", today))),
        ),
        reverse=True,
    )
    told = 0
    for (occupation, grade), people in _ending(today, today + timedelta(days=days[0])).items():
        offering = Offering.objects.select_related("occupation").get(occupation=occupation, grade=grade)
        for person, possible in possibilities(people, offering, today).items():
            if possible.subjects and possible.last_day and not _filed_anew(person, offering):
                reminder = sum((possible.last_day - today).days <= before for before in days)
                told += _remind(possible, offering, reminder)
    return told


def _ending(first: date, last: date) -> dict[tuple[str, int], set[UUID]]:
    """By occupation and grade, who holds a pass that ends between the days and rests in no certificate."""
    passes = Pass.objects.filter(
        valid_until__range=(first, last), given_up_at=None, cancelled_at=None, from_competition=False
    ).exclude(pk__in=Pass.objects.filter(certificates__isnull=False).exclude(certificates__state="void"))
    found: dict[tuple[str, int], set[UUID]] = defaultdict(set)
    for occupation, grade, person in passes.values_list("occupation", "grade", "person"):
        found[occupation, grade].add(person)
    return found


def _filed_anew(person: UUID, offering: Offering) -> bool:
    """Whether something newer was handed in; a draft that lies about is no reason not to remind."""
    handed_in = [status for status in LIVE if status != Status.DRAFT]
    return Application.objects.filter(
        person=person, offering=offering, status__in=handed_in, concluded_at=None
    ).exists()


def _remind(possible: Retake, offering: Offering, reminder: int) -> int:
    """Write the reminder that is due now, counted from 1; a late sweep sends only the later one."""
    if not reminder:
        return 0
    row, _ = min(possible.kept, key=lambda one: one[0].valid_until)
    assert possible.last_day is not None
    application = Application.objects.select_related("person__account", "institution").get(
        pk=row.application_id
    )
    tell(
        application,
        "validity_ends",
        key=f"{row.pk}:{row.valid_until}:{reminder}",
        offering=str(offering),
        subjects="、".join(SUBJECT_NAMES[subject] for subject in possible.subjects),
        until=day_text(possible.last_day),
    )
    return 1

"""Filing whom an institution submitted: one by one, each in a transaction of its own, found by state (docs/adr/0065).

A submission waits while its `filed_at` is empty. Its people wait while they have no application submitted by it and no
obstacles. Two workers, a killed one, or a second run change nothing: each person is looked at again under the lock.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet

from exams.catalogue.models import Offering
from exams.filing.actions.drafting import discard_draft, start_application
from exams.filing.actions.submitting import submit_application
from exams.filing.groups.models import Clash, GroupSubmission, PreliminaryReview, RosterEntry
from exams.filing.groups.people.carrying import carry_over
from exams.filing.groups.people.obstacles import (
    FAULT,
    OTHER_GRADE,
    TWICE,
    as_obstacles,
    refuse_other_document,
)
from exams.filing.groups.people.printing import ask_for_forms
from exams.filing.groups.people.reviewing import lock_entry
from exams.filing.groups.queries import filing_of
from exams.filing.models import LIVE, Application, Status
from exams.filing.telling import tell, tell_institution
from portal import clock, leases
from portal.celery_app import nudge
from portal.faults import passes
from portal.messages import outbox
from portal.rules.findings import Finding, Refused

logger = logging.getLogger(__name__)
TASK = "exams.tasks.file_submissions"
ATTEMPTS = 3
A_CHUNK = 50
LEASE = timedelta(minutes=2)
"""Longer than a worker works at a stretch; a killed one's submission is taken up again after it."""


def file_submissions(*, seconds: float = 20) -> int:
    """Work off what institutions submitted, the oldest first, for so long; returns how many people were filed."""
    until, filed = time.monotonic() + seconds, 0
    unfiled = GroupSubmission.objects.filter(filed_at=None).order_by("at", "pk")
    while time.monotonic() < until and (submission := leases.claim(unfiled, LEASE)) is not None:
        try:
            filed += _work(submission, until)
        finally:
            leases.give_back(submission)
    if GroupSubmission.objects.filter(filed_at=None, leased_until=None).exists():
        nudge(TASK)
    return filed


def waiting(submission: GroupSubmission) -> QuerySet[RosterEntry]:
    """The people of a submission who are still to be filed by it."""
    not_yet = Q(application=None) | Q(application__status=Status.DRAFT)
    again = Q(application__status=Status.RETURNED, application__submitted_at__lt=F("submission__at"))
    return RosterEntry.objects.filter(not_yet | again, submission=submission, removed_at=None, obstacles=[])


def _work(submission: GroupSubmission, until: float) -> int:
    filed = 0
    while chunk := list(
        waiting(submission).order_by("added_at", "pk").values_list("pk", flat=True)[:A_CHUNK]
    ):
        for key in chunk:
            if time.monotonic() >= until:
                return filed
            filed += _try(key, submission)
    _finish(submission)
    return filed


def _try(key: UUID, submission: GroupSubmission) -> bool:
    """File one person; somebody at whom we fail again and again is set aside, so that nobody waits for them (R16)."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _file(key, submission)
        except Exception as error:  # whatever it is, the others go on
            if passes(error):
                raise  # nobody's fault here: the sweep comes again
            # The message may quote the person's data.
            logger.warning("entry %s not filed (%d): %s", key, attempt, type(error).__name__)
    RosterEntry.objects.filter(pk=key).update(obstacles=[FAULT.to_json()])
    return False


@transaction.atomic
def _file(key: UUID, submission: GroupSubmission) -> bool:
    """File or file again one person under the lock; whether it was done. What stands in the way is kept on the entry."""
    if not waiting(submission).filter(pk=key).exists():
        return False
    entry = lock_entry(RosterEntry.objects.get(pk=key))
    if not waiting(submission).filter(pk=key).exists():
        return False
    if not _stands_ready(entry):
        entry.submission = None  # corrected since: stays behind and comes with a later act
        entry.save(update_fields=["submission"])
        return False
    if other := _elsewhere(entry):
        _clash(entry, other)
        return False
    try:
        with transaction.atomic():
            application = _open(entry, submission)
            carry_over(entry, application, submission.at)
            submit_application(actor=submission.by, application=application, at=submission.at)
    except Refused as refusal:
        entry.refresh_from_db(fields=["application", "photo"])
        _set_aside(entry, submission, refusal.findings)
        return False
    return True


def _stands_ready(entry: RosterEntry) -> bool:
    """The conditions of the stage `ready`, which that of being filed covers."""
    passed = entry.review_result == PreliminaryReview.Result.PASSED
    after_return = entry.returned_at is None or entry.reviewed_at > entry.returned_at
    return bool(entry.confirmed and passed and after_return and entry.portrait_id)


def _offering(entry: RosterEntry) -> Offering:
    return Offering.objects.select_related("occupation").get(
        occupation=entry.filing.occupation_id, grade=entry.row.grade
    )


def _elsewhere(entry: RosterEntry) -> Application | None:
    """Another live application of the person for the same offering, a draft of their own included."""
    live = entry.person.applications.filter(
        offering=_offering(entry), status__in=LIVE, concluded_at=None
    ).exclude(pk=entry.application_id)
    return live.select_related("institution").first()


def _clash(entry: RosterEntry, other: Application) -> None:
    """The counter decides between the two; the person is told of it, the institutions once all are worked off."""
    clash = Clash.objects.create(id=uuid4(), entry=entry, other=other, found_at=clock.now())
    entry.obstacles = [TWICE.to_json()]
    entry.save(update_fields=["obstacles"])
    person = entry.person
    if address := person.account.phone if person.account else person.phone:
        outbox.post(
            "filed_twice",
            account=person.account,
            address=address,
            dedupe_key=f"filed_twice:{clash.pk}",
            offering=str(_offering(entry)),
            institution=entry.filing.institution.name,
            number=other.number,
        )


def _open(entry: RosterEntry, submission: GroupSubmission) -> Application:
    """The entry's application: the returned one, the draft that waited for the person, or a new one."""
    offering, application = _offering(entry), entry.application
    refuse_other_document(entry)
    if application is not None and application.offering_id != offering.pk:
        if application.status != Status.DRAFT:
            raise Refused(OTHER_GRADE)
        discard_draft(actor=submission.by, application=application)
        application = None
    if application is None:
        application = start_application(
            actor=submission.by, person=entry.person, offering=offering, at=submission.at
        )
    return application


def _set_aside(entry: RosterEntry, submission: GroupSubmission, findings: Sequence[Finding]) -> None:
    """Keep why this person could not be filed. Where only they themselves can help, by giving up passes by name, the
    application waits for them as a draft (N2026-4.2)."""
    if {one.code for one in findings} == {"forfeiture_not_confirmed"}:
        if entry.application_id is None or entry.application.status == Status.DRAFT:
            application = _open(entry, submission)
            carry_over(entry, application, submission.at)
        else:
            application = entry.application
        tell(
            application,
            "group_forfeiture_needed",
            key=f"{entry.pk}:{submission.serial}",
            offering=str(application.offering),
        )
    entry.obstacles = as_obstacles(findings)
    entry.save(update_fields=["obstacles"])


@transaction.atomic
def _finish(submission: GroupSubmission) -> None:
    """All are worked off: say since when, and tell the institutions what did not go."""
    submission = GroupSubmission.objects.select_for_update().get(pk=submission.pk)
    if submission.filed_at is not None or waiting(submission).exists():
        return
    submission.filed_at = clock.now()
    submission.save(update_fields=["filed_at"])
    ask_for_forms()
    entries = RosterEntry.objects.filter(submission=submission, removed_at=None)
    clashes = list(
        Clash.objects.filter(entry__in=entries, decided_at=None).select_related("other").order_by("found_at")
    )
    filing = submission.filing
    twice, not_filed = len(clashes), entries.exclude(obstacles=[]).count() - len(clashes)
    for event, persons in (("filing_filed_twice", twice), ("filing_not_filed", not_filed)):
        if persons:
            tell_institution(
                filing.institution, event, key=submission.pk, number=filing.number, persons=str(persons)
            )
    for clash in clashes:
        if others := filing_of(clash.other):
            tell_institution(
                others.institution, "filing_filed_twice", key=clash.pk, number=others.number, persons="1"
            )

"""Submission: the day's verdict, the window, the bar; then everything is frozen."""

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from exams.catalogue.models import FilingWindow
from exams.catalogue.queries import filing_windows
from exams.filing import transitions
from exams.filing.answers import digest
from exams.filing.checks import open_checks
from exams.filing.eligibility import verdict_text
from exams.filing.models import Application, Submission
from exams.filing.readiness import Readiness, mended_in_time, readiness
from exams.filing.telling import tell
from portal import clock
from portal.rules.findings import canonical_json, refuse_if_any
from portal.rules.timetable import window_for


@transaction.atomic
def submit_application(
    *, actor: Account, application: Application, at: datetime | None = None
) -> Application:
    """Submit a draft, or a returned application that has been mended.

    The moment is read once, under the lock, in Asia/Shanghai: at 24:00 of a window's last day it is closed. Whom an
    institution submitted in a batch is submitted `at` the moment of that act, whenever the batch is worked off. A
    mended application keeps its window until the day named in the return; after it, the window open on the day is
    taken, if one is. Raises `Refused` with everything that stands in the way; nothing typed is lost.
    """
    application = transitions.lock_for(application, "submit_application")
    if at is None:
        transitions.refuse_if_an_institutions(application)
    now = at or clock.now()
    on = clock.local_day(now)
    ready = readiness(application, on)
    refuse_if_any(ready.findings)
    if not mended_in_time(application, on):
        opens_on = window_for(on, filing_windows()).opens
        application.window = FilingWindow.objects.get(opens_on=opens_on)
        application.assess_by = application.window.assess_by
        application.assess_by_citation = ""
    application.submitted_at, application.mend_until = now, None
    submission = _freeze(application, ready, actor)
    transition = transitions.move(
        application, "submit_application", actor=actor, detail={"submission": submission.serial}
    )
    application.save(
        update_fields=["status", "window", "assess_by", "assess_by_citation", "submitted_at", "mend_until"]
    )
    tell(application, "application_submitted", key=transition.pk, offering=str(application.offering))
    return application


def _freeze(application: Application, ready: Readiness, actor: Account) -> Submission:
    if ready.facts is None or ready.verdict is None or application.submitted_at is None:
        raise ValueError("only what was judged can be frozen")
    submission = Submission.objects.create(
        id=uuid4(),
        application=application,
        serial=application.submissions.count() + 1,
        at=application.submitted_at,
        judged_on=ready.verdict.on,
        submitted_by=actor,
        answers=ready.answers,
        facts=canonical_json(ready.facts.to_json()).decode(),
        verdict=verdict_text(ready.verdict),
        answers_digest=digest(ready.answers),
    )
    open_checks(application, submission)
    return submission

"""The application forms of groups, printed beforehand one by one, so that hundreds can be taken as one document at once.

Found by state: the latest submission of an application under review that came with a group and has no form yet. May run
late, twice, side by side or be killed anywhere; the same submission gives the same bytes.
"""

import logging
import time
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from exams.filing.documents import render_form
from exams.filing.models import Status, Submission
from portal import clock
from portal.celery_app import nudge
from portal.files import store

logger = logging.getLogger(__name__)

TASK = "exams.tasks.print_forms"


def print_forms(*, seconds: float = 20) -> int:
    """Print what is due for about so many seconds; returns how many forms were made. What is left goes on at once."""
    deadline, made = time.monotonic() + seconds, 0
    for submission in unprinted().order_by("at", "pk").iterator(chunk_size=50):
        if time.monotonic() >= deadline:
            nudge(TASK)
            break
        made += print_form(submission)
    return made


def unprinted() -> QuerySet[Submission]:
    """Submissions whose form is still to be made. One that could not be printed was tried, and is not tried again."""
    newer = Submission.objects.filter(application=OuterRef("application"), serial__gt=OuterRef("serial"))
    return Submission.objects.filter(
        ~Exists(newer),
        form=None,
        form_tried_at=None,
        application__roster_entry__isnull=False,
        application__status__in=[Status.SUBMITTED, Status.APPROVED],
    ).select_related(
        "application__person", "application__institution", "application__window", "application__offering"
    )


def ask_for_forms() -> None:
    """Have a worker print what is due, once the transaction is through."""
    transaction.on_commit(partial(nudge, TASK))


def print_form(submission: Submission) -> bool:
    """One form, kept sealed; one that cannot be printed is named on the cover of the document, and holds up nobody."""
    mine = Submission.objects.filter(pk=submission.pk, form=None)
    submission.form_tried_at = clock.now()
    try:
        document = render_form(submission)
    except Exception as error:  # a character no font has, a damaged photo: whatever it is, the others go on
        logger.warning("form of submission %s not printed: %s", submission.pk, type(error).__name__)
        mine.update(form_tried_at=submission.form_tried_at)
        return False
    number = submission.application.number
    file = store.write(
        document, kind="form", media_type="application/pdf", display_name=f"报名表 {number}.pdf"
    )
    with transaction.atomic():
        file.save(force_insert=True)
        ours = mine.update(form=file, form_tried_at=submission.form_tried_at)
        if not ours:
            file.delete()
    if not ours:
        store.remove_bytes(file)
        submission.refresh_from_db(fields=["form", "form_tried_at"])
        return False
    submission.form = file
    return True

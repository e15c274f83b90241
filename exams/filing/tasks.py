"""Filing's background work. Each finds what is due by state and may run late, twice, or side by side."""

from celery import shared_task

from exams.filing.actions import quoting
from exams.filing.groups.batches import working as batch_work
from exams.filing.groups.people import printing, working_off
from exams.filing.groups.rosters import uploads as rosters
from exams.filing.groups.rosters.leases import unfinished_uploads
from portal import leases
from portal.celery_app import nudge


@shared_task(name="exams.tasks.lapse_quotes")
def lapse_quotes() -> int:
    """Let unpaid quotes lapse once their last day is over."""
    return quoting.lapse_unpaid_quotes()


@shared_task(name="exams.tasks.remind")
def remind() -> int:
    """Send the reminders of unpaid quotes that are due."""
    return quoting.remind_unpaid()


@shared_task(name="exams.tasks.file_submissions")
def file_submissions() -> int:
    """File, one by one, whom institutions submitted."""
    return working_off.file_submissions()


@shared_task(name=rosters.TASK)
def work_on_uploads() -> int:
    """Work off institutions' uploads for a while, and ask for more time where some is left."""
    turns = rosters.work_on_uploads()
    if unfinished_uploads().filter(leases.free()).exists():
        nudge(rosters.TASK)
    return turns


@shared_task(name="exams.tasks.work_on_batches")
def work_on_batches() -> int:
    """Carry out what the counter decided about many applications at once."""
    return batch_work.work_on_batches()


@shared_task(name=printing.TASK)
def print_forms() -> int:
    """Print the application forms of groups, to be taken as one document."""
    return printing.print_forms()

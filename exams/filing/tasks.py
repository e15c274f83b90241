"""Filing's background work. Each finds what is due by state and may run late, twice, or side by side."""

from celery import shared_task

from exams.filing.actions import quoting
from exams.filing.groups import working_off


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

"""Filing's background work. Each finds what is due by state and may run late, twice, or side by side."""

from celery import shared_task

from exams.filing.actions import quoting


@shared_task(name="exams.tasks.lapse_quotes")
def lapse_quotes() -> int:
    """Let unpaid quotes lapse once their last day is over."""
    return quoting.lapse_unpaid_quotes()


@shared_task(name="exams.tasks.remind")
def remind() -> int:
    """Send the reminders of unpaid quotes that are due."""
    return quoting.remind_unpaid()

"""The sweep as background work; `manage.py issue_due_tickets` does the same by hand."""

from celery import shared_task

from exams.tickets.due import sweep


@shared_task(name="exams.tasks.sweep_tickets")
def sweep_tickets() -> dict[str, int]:
    """Make what is due, end what changed, open what may be had, tell its people."""
    return sweep()

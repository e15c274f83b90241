"""Results' background work. It finds what is due by state and may run late, twice, or side by side."""

from celery import shared_task

from exams.results import reminding


@shared_task(name="exams.tasks.remind_of_validity")
def remind_of_validity() -> int:
    """Remind those whose passed subjects end soon of their retake."""
    return reminding.remind_of_validity()

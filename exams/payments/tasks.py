"""Payments' background work. It finds what is due by state and may run late, twice, or side by side."""

from celery import shared_task

from exams.payments import reminding


@shared_task(name="exams.tasks.remind_institutions")
def remind_institutions() -> None:
    """Tell institutions of people to bill, bills to pay and bills that lapsed."""
    reminding.remind_institutions()

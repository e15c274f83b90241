"""Background work on accounts."""

from celery import shared_task

from applicants.accounts import actions


@shared_task(name="applicants.tasks.forget_unfinished")
def forget_unfinished() -> int:
    """Delete sign-ups that never proved their number, and old codes."""
    return actions.forget_unfinished()

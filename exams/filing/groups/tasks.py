"""Background work about group filings that nobody waits for. It may run late, twice, or side by side."""

from celery import shared_task

from exams.filing.groups.rosters import retention


@shared_task(name="exams.tasks.forget_failed_uploads")
def forget_failed_uploads() -> int:
    """Delete the files of uploads that were no use, once their term is over."""
    return retention.forget_failed_uploads()

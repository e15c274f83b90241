"""The kernel's background work. Each finds what is due by state; none carries data in its message."""

from celery import shared_task

from portal.audit import trail
from portal.files import strays
from portal.messages import outbox


@shared_task(name="portal.tasks.send_messages")
def send_messages() -> int:
    """Send the messages that wait."""
    return outbox.send_waiting()


@shared_task(name="portal.tasks.seal_audit")
def seal_audit() -> int:
    """Chain the unsealed entries of the trail."""
    return trail.seal()


@shared_task(name="portal.tasks.clear_strays")
def clear_strays() -> int:
    """Delete what was written to disk and never came to be."""
    return strays.clear()

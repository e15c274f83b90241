"""When an application is over."""

from exams.filing.models import Application
from exams.results.queries import live_cancellations, standing_scores
from portal import clock


def conclude_if_complete(application: Application) -> None:
    """Concluded once every subject is published, absence included, or cancelled; open again where that was undone."""
    done = set(standing_scores().filter(application=application).values_list("subject", flat=True))
    done |= set(live_cancellations(application).values_list("subject", flat=True))
    complete = done >= set(application.subjects)
    if complete != (application.concluded_at is not None):
        application.concluded_at = clock.now() if complete else None
        application.save(update_fields=["concluded_at"])

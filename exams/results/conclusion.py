"""When an application is over."""

from exams.arrangement.queries import given_up_subjects
from exams.filing.models import LIVE, Application
from exams.results.queries import live_cancellations, standing_scores
from portal import clock


def is_complete(application: Application) -> bool:
    """Whether every subject is published, absence included, cancelled, or given up."""
    done = set(standing_scores().filter(application=application).values_list("subject", flat=True))
    done |= set(live_cancellations(application).values_list("subject", flat=True))
    done |= given_up_subjects([application.pk])[application.pk]
    return done >= set(application.subjects)


def conclude_if_complete(application: Application) -> None:
    """Conclude it once complete, open it again where that was undone. The caller holds the person.

    It stays concluded where its person has another live application for the offering by now, begun while a decision
    since reversed had made it complete: there may be one only, and what is missing is published all the same.
    """
    complete = is_complete(application)
    if complete == (application.concluded_at is not None) or (not complete and followed(application)):
        return
    application.concluded_at = clock.now() if complete else None
    application.save(update_fields=["concluded_at"])


def followed(application: Application) -> bool:
    """Whether the person has another live application for the same offering."""
    live = Application.objects.filter(
        person=application.person_id, offering=application.offering_id, status__in=LIVE, concluded_at=None
    )
    return live.exclude(pk=application.pk).exists()

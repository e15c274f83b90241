"""Background work: the Celery application, its embedded or Redis broker, and the schedule.

The database is the queue (rows found by state, claimed with a lease); the broker only carries nudges: losing
one delays work until the next sweep, no more. Every sweep may run late, twice, or side by side.
"""

import logging
import os
import time
from collections.abc import Mapping

from celery import Celery
from django.conf import settings
from kombu.exceptions import OperationalError

from portal import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

logger = logging.getLogger(__name__)

MINUTE = 60
SILENT_SECONDS = 30
# task name → seconds between two runs. A run that could not start before the next one is due is dropped.
SCHEDULE = {
    "exams.tasks.sweep_tickets": MINUTE,
    "certificates.tasks.make_certificates": MINUTE,
    "exams.tasks.file_submissions": MINUTE,
    "exams.tasks.work_on_uploads": MINUTE,
    "exams.tasks.work_on_batches": MINUTE,
    "portal.tasks.send_messages": MINUTE,
    "portal.tasks.seal_audit": MINUTE,
    "portal.tasks.clear_strays": 60 * MINUTE,
    "applicants.tasks.forget_unfinished": 60 * MINUTE,
    "exams.tasks.forget_failed_uploads": 60 * MINUTE,
    "exams.tasks.print_forms": MINUTE,
    "exams.tasks.lapse_quotes": 10 * MINUTE,
    "exams.tasks.remind": 10 * MINUTE,
    "exams.tasks.remind_institutions": 10 * MINUTE,
    "exams.tasks.remind_of_validity": 60 * MINUTE,
}


def _transport_options() -> Mapping[str, object]:
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        folders = {name: settings.VAR_DIR / "broker" / name for name in ("queue", "control")}
        for folder in folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        queue = str(folders["queue"])
        return {
            "data_folder_in": queue,
            "data_folder_out": queue,
            "control_folder": str(folders["control"]),
            "polling_interval": 0.2,
        }
    # Without the time-outs a Redis that hangs holds a web request for half a minute and more.
    patience = {"socket_timeout": 2, "socket_connect_timeout": 2, "retry_on_timeout": False}
    return patience | {"max_retries": 1, "interval_start": 0, "interval_step": 0}


broker.install()
app = Celery("portal")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport_options=_transport_options(),
    broker_connection_retry_on_startup=True,
    task_publish_retry=False,
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=500,
    task_soft_time_limit=4 * MINUTE,
    task_time_limit=5 * MINUTE,
    worker_hijack_root_logger=False,
    timezone=settings.TIME_ZONE,
    # The schedule is code and every entry a short interval: nothing need be remembered over a restart.
    beat_scheduler="celery.beat:Scheduler",
    beat_schedule={
        name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
        for name, seconds in SCHEDULE.items()
    },
)
app.autodiscover_tasks()


_silent_until = 0.0


def nudge(name: str) -> None:
    """Ask a worker to run the task of that name soon. Call it on commit.

    A broker that is down is only logged, since the sweep finds the work by its state; for half a minute after that
    this process asks it nothing, so that a hanging broker costs one request a few seconds, not every request.
    """
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        app.send_task(name)
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + SILENT_SECONDS
        logger.warning("Could not nudge %s, the sweep will find the work: %s", name, error)

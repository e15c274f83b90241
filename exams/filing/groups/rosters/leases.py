"""Claiming an upload to work on: found by its state, held with a lease, worked off in short transactions.

A worker may be killed anywhere, and two may want the same upload. Whoever claimed it owns it until the lease runs out;
each step proves in its own transaction that the lease still stands and renews it, so what one worker wrote is never
written again by another.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from exams.filing.groups.models import RosterUpload
from portal import clock

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
ATTEMPTS = 4
PAUSE = timedelta(seconds=30)
"""After a failure, before the next attempt."""

_State = RosterUpload.State
WORKING = (_State.WAITING, _State.CHECKING, _State.TAKING)
STEPS = ("state", "parsed_id", "total", "done", "counts", "problem", "report", "finished_at")
"""What a step may change."""


class LeaseLost(Exception):
    """Another worker has the upload now, or somebody decided on it meanwhile. Nothing was written."""


def claim_upload() -> RosterUpload | None:
    """The upload that has waited longest for a worker, with a lease on it; None where nothing waits.

    One whose workers keep dying or failing without a step forward is given up, so that it cannot hold up the others.
    """
    with transaction.atomic():
        now = clock.now()
        waiting = waiting_uploads(now)
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, of=("self",))
        waiting = waiting.select_related("filing__institution", "filing__occupation", "file", "uploaded_by")
        for upload in waiting.order_by(F("leased_until").asc(nulls_first=True), "uploaded_at")[:20]:
            if upload.attempts >= ATTEMPTS:
                _give_up(upload)
                continue
            upload.attempts += 1
            upload.leased_until = now + LEASE
            upload.save(update_fields=["attempts", "leased_until"])
            return upload
    return None


def waiting_uploads(now: datetime) -> QuerySet[RosterUpload]:
    """What a worker may claim at this moment."""
    unfinished = Q(state__in=WORKING) | Q(state=_State.DISCARDED, finished_at=None)
    return RosterUpload.objects.filter(unfinished, Q(leased_until=None) | Q(leased_until__lte=now))


@contextmanager
def hold_upload(upload: RosterUpload) -> Iterator[RosterUpload]:
    """One step, in a transaction: gives the upload's row afresh and locked, saves what the step changes of STEPS, and
    renews the lease. Raises LeaseLost where it is no longer ours."""
    with transaction.atomic():
        row = RosterUpload.objects.select_for_update(of=("self",)).get(pk=upload.pk)
        if row.leased_until != upload.leased_until or row.state != upload.state:
            raise LeaseLost
        yield row
        row.leased_until = clock.now() + LEASE
        row.attempts = 0
        row.save(update_fields=[*STEPS, "leased_until", "attempts"])
    for name in (*STEPS, "leased_until", "attempts"):
        setattr(upload, name, getattr(row, name))


def release_upload(upload: RosterUpload) -> None:
    """Give the lease back after work without fault: the next one is whoever waited longest."""
    ours = RosterUpload.objects.filter(pk=upload.pk, leased_until=upload.leased_until)
    ours.update(leased_until=clock.now(), attempts=0)


def pause_upload(upload: RosterUpload) -> None:
    """Let a failed attempt rest a little; the next one comes soon enough, the last one gives up."""
    ours = RosterUpload.objects.filter(pk=upload.pk, leased_until=upload.leased_until)
    ours.update(leased_until=clock.now() + PAUSE)


def _give_up(upload: RosterUpload) -> None:
    """What was being taken is a preview again, since nothing of it was written; anything else has failed."""
    logger.error("upload %s was given up in state %s", upload.pk, upload.state)
    was_taking = upload.state == _State.TAKING
    if was_taking:
        upload.rows.exclude(accepted_at=None).update(accepted_at=None)
    upload.state = _State.CHECKED if was_taking else _State.FAILED
    upload.problem = (
        "采用时多次出错，名单没有写入。请稍后再试；仍不行的，请联系协会。"
        if was_taking
        else "处理时多次中断，已停止。请检查文件后重新上传；仍不行的，请联系协会。"
    )
    upload.finished_at = None if was_taking else clock.now()
    upload.attempts, upload.leased_until = 0, None
    upload.save(update_fields=["state", "problem", "finished_at", "attempts", "leased_until"])

"""Claiming an upload to work on: found by its state, held with a lease, worked off in short transactions.

A worker may be killed anywhere, and two may want the same upload. Whoever claimed it owns it until the lease runs out;
each step proves in its own transaction that the lease still stands and renews it, so what one worker wrote is never
written again by another.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from exams.filing.groups.models import RosterUpload
from portal import clock, leases
from portal.leases import LeaseLost

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
ATTEMPTS = 4
PAUSE = timedelta(seconds=30)
"""After a failure, before the next attempt."""

_State = RosterUpload.State
WORKING = (_State.WAITING, _State.CHECKING, _State.TAKING)
STEPS = ("state", "parsed_id", "total", "done", "counts", "problem", "report", "finished_at")
"""What a step may change."""


def claim_upload() -> RosterUpload | None:
    """The upload that has waited longest for a worker, with a lease on it; None where nothing waits.

    One whose workers keep dying or failing without a step forward is given up, so that it cannot hold up the others.
    """
    waiting = unfinished_uploads().select_related(
        "filing__institution", "filing__occupation", "file", "uploaded_by"
    )
    longest_first = waiting.order_by(F("leased_until").asc(nulls_first=True), "uploaded_at")
    while (upload := leases.claim(longest_first, LEASE)) is not None:
        if upload.attempts <= ATTEMPTS:
            return upload
        _give_up(upload)
    return None


def unfinished_uploads() -> QuerySet[RosterUpload]:
    """What there is still work on."""
    return RosterUpload.objects.filter(Q(state__in=WORKING) | Q(state=_State.DISCARDED, finished_at=None))


@contextmanager
def hold_upload(upload: RosterUpload) -> Iterator[RosterUpload]:
    """One step, in a transaction: gives the upload's row afresh and locked, saves what the step changes of STEPS, and
    renews the lease. Raises LeaseLost where it is no longer ours."""
    with transaction.atomic():
        row = leases.still_ours(RosterUpload.objects.filter(state=upload.state), upload)
        yield row
        row.leased_until = clock.now() + LEASE
        row.attempts = 0
        row.save(update_fields=[*STEPS, "leased_until", "attempts"])
    for name in (*STEPS, "leased_until", "attempts"):
        setattr(upload, name, getattr(row, name))


def release_upload(upload: RosterUpload) -> None:
    """Give the lease back after work without fault: the next one is whoever waited longest."""
    leases.give_back(upload, until=clock.now(), attempts=0)


def pause_upload(upload: RosterUpload) -> None:
    """Let a failed attempt rest a little; the next one comes soon enough, the last one gives up."""
    leases.give_back(upload, until=clock.now() + PAUSE)


def _give_up(upload: RosterUpload) -> None:
    """What was being taken is a preview again, since nothing of it was written; anything else has failed."""
    logger.error("upload %s was given up in state %s", upload.pk, upload.state)
    with suppress(LeaseLost), hold_upload(upload) as held:
        if held.state == _State.TAKING:
            held.rows.exclude(accepted_at=None).update(accepted_at=None)
            held.state = _State.CHECKED
            held.problem = "采用时多次出错，名单没有写入。请稍后再试；仍不行的，请联系协会。"
        else:
            held.state, held.finished_at = _State.FAILED, clock.now()
            held.problem = "处理时多次中断，已停止。请检查文件后重新上传；仍不行的，请联系协会。"
    leases.give_back(upload)

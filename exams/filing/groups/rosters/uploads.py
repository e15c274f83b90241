"""Uploads of a group filing: received, worked off in the background, decided on.

An institution's roster becomes a preview; nothing of it counts before somebody takes its good rows (R15). The same
door takes the other kinds of uploads, which their own modules work off.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from time import monotonic
from uuid import uuid4

from django.db import transaction

from applicants.accounts.models import Account
from exams.catalogue.queries import open_offerings
from exams.filing.groups.access import demand_exchange, demand_role
from exams.filing.groups.exchange.replies import work_on_replies
from exams.filing.groups.models import GroupFiling, RosterRow, RosterUpload
from exams.filing.groups.rosters.files import work_on_files
from exams.filing.groups.rosters.leases import (
    WORKING,
    LeaseLost,
    claim_upload,
    hold_upload,
    pause_upload,
    release_upload,
)
from exams.filing.groups.rosters.staging import check_roster
from exams.filing.groups.rosters.taking import GOOD, take_upload
from portal import clock
from portal.audit import trail
from portal.celery_app import nudge
from portal.files import store
from portal.files.archives import MAX_ARCHIVE_BYTES
from portal.files.models import StoredFile
from portal.rules.findings import Finding, Refused
from portal.workbook.limits import MEBIBYTE
from portal.workbook.reading import MAX_BYTES

logger = logging.getLogger(__name__)

TASK = "exams.tasks.work_on_uploads"
MOST_BYTES = {
    RosterUpload.Kind.ROSTER: MAX_BYTES,
    RosterUpload.Kind.FILES: MAX_ARCHIVE_BYTES,
    RosterUpload.Kind.REPLIES: MAX_BYTES,
}
MOST_WAITING = 5
"""Uploads of one filing that may be in work at once."""

DELETED_AT_ONCE = 500
_State = RosterUpload.State


def receive_upload(
    *, actor: Account, filing: GroupFiling, kind: str, data: bytes | Iterable[bytes], filename: str
) -> RosterUpload:
    """Keep an uploaded file, sealed, and have it worked on. The same bytes may come again: they then change nothing.

    `data` may come in pieces, as Django's upload handlers give it. Raises Refused where the actor may not fill in for
    the institution, the filing is closed, or the file is empty or too large; whether it is any use is seen later.
    """
    # Answers come long after a filing was closed, and also to the counter.
    demand = demand_exchange if kind == RosterUpload.Kind.REPLIES else demand_open
    demand(actor, filing)
    pieces = _bounded([data] if isinstance(data, bytes) else data, MOST_BYTES[RosterUpload.Kind(kind)])
    file = store.write_large(
        pieces, kind=f"upload_{kind}", media_type="application/octet-stream", display_name=filename
    )
    try:
        if not file.size:
            raise _refusal("empty_file", "文件是空的（0 字节），可能没有传完。请重新选择。", "file")
        return _keep_upload(actor, filing, kind, file)
    except BaseException:
        store.remove_bytes(file)
        raise


def _bounded(pieces: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """The same pieces, refused once there are too many of them."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            sentence = f"文件超过上限 {limit // MEBIBYTE} MB。请分成几个文件上传。"
            raise _refusal("file_too_large", sentence, "file")
        yield piece


@transaction.atomic
def _keep_upload(actor: Account, filing: GroupFiling, kind: str, file: StoredFile) -> RosterUpload:
    filing = GroupFiling.objects.select_for_update().get(pk=filing.pk)
    if filing.uploads.filter(state__in=WORKING).count() >= MOST_WAITING:
        sentence = f"已有 {MOST_WAITING} 个文件正在处理。请等其中一个处理完，再上传。"
        raise _refusal("too_many_uploads", sentence, "file")
    file.save(force_insert=True)
    upload = RosterUpload.objects.create(
        id=uuid4(), filing=filing, kind=kind, file=file, uploaded_by=actor, uploaded_at=clock.now()
    )
    trail.record(
        "groups.receive_upload", actor=actor, subject=upload, detail={"kind": kind, "bytes": file.size}
    )
    transaction.on_commit(partial(nudge, TASK))
    return upload


@transaction.atomic
def take_rows(*, actor: Account, upload: RosterUpload) -> RosterUpload:
    """Decide to take the good rows of a checked roster. A worker does it, all at once; asking twice is asking once.

    Raises Refused where it is not checked (any more), has no good row, or the filing is closed.
    """
    demand_open(actor, upload.filing)
    upload = _lock(upload)
    if upload.state in (_State.TAKING, _State.TAKEN):
        return upload
    if upload.state != _State.CHECKED:
        raise _refusal("not_checked", f"这份名单当前是“{upload.get_state_display()}”，不能采用。")
    good = RosterRow.objects.filter(upload=upload, outcome__in=GOOD).count()
    if not good:
        raise _refusal("nothing_to_take", "这份名单里没有新增或更正的人员，不需要采用。")
    _decide(actor, upload, _State.TAKING)
    trail.record("groups.take_rows", actor=actor, subject=upload, detail={"rows": good})
    transaction.on_commit(partial(nudge, TASK))
    return upload


@transaction.atomic
def discard_upload(*, actor: Account, upload: RosterUpload) -> RosterUpload:
    """Decide to take nothing of an upload; its rows and its file are deleted in the background.

    Raises Refused where its rows are being taken or were. Discarding twice is discarding once.
    """
    demand_role(actor, upload.filing.institution)
    upload = _lock(upload)
    if upload.state == _State.DISCARDED:
        return upload
    if upload.state in (_State.TAKING, _State.TAKEN):
        raise _refusal("already_taken", "这份名单已经采用，不能放弃。个别人员不需要的，请逐人移出。")
    _decide(actor, upload, _State.DISCARDED)
    trail.record("groups.discard_upload", actor=actor, subject=upload)
    transaction.on_commit(partial(nudge, TASK))
    return upload


def _decide(actor: Account, upload: RosterUpload, state: str) -> None:
    upload.state, upload.decided_by, upload.decided_at = state, actor, clock.now()
    upload.leased_until, upload.attempts, upload.finished_at, upload.problem = None, 0, None, ""
    upload.save()


def _lock(upload: RosterUpload) -> RosterUpload:
    GroupFiling.objects.select_for_update().get(pk=upload.filing_id)
    rows = RosterUpload.objects.select_for_update(of=("self",)).select_related("filing__institution")
    return rows.get(pk=upload.pk)


def demand_open(actor: Account, filing: GroupFiling) -> None:
    """Raise Refused where the actor may not fill in for the filing's institution, it is closed, or nothing is offered."""
    demand_role(actor, filing.institution)
    if filing.closed_at is not None:
        raise _refusal("filing_closed", f"团体申报 {filing.number} 已关闭，不能再增改人员。")
    if not open_offerings(clock.today()).filter(occupation=filing.occupation_id).exists():
        raise _refusal("not_offered", f"{filing.occupation}目前不受理申报。开放情况以通知为准。")


def _refusal(code: str, sentence: str, field: str | None = None) -> Refused:
    return Refused(Finding("N2026-2.2", code, sentence, field=field))


# ── Work ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _work_on_roster(upload: RosterUpload, deadline: float) -> None:
    if upload.state == _State.TAKING:
        take_upload(upload)
    else:
        check_roster(upload, deadline)


WORKERS: dict[str, Callable[[RosterUpload, float], None]] = {
    RosterUpload.Kind.ROSTER: _work_on_roster,
    RosterUpload.Kind.FILES: work_on_files,
    RosterUpload.Kind.REPLIES: work_on_replies,
}
"""What works off an upload of each kind, in steps of `leases.hold_upload`, until about a moment of `time.monotonic`."""


def work_on_uploads(*, seconds: float = 20) -> int:
    """Work off uploads for about that long, half of it at most on one at a time, so that a long list does not keep a
    short one waiting. Returns how many turns were taken; may run late, twice, side by side, or be killed anywhere."""
    until, turns = monotonic() + seconds, 0
    while monotonic() < until and (upload := claim_upload()):
        turns += 1
        deadline = min(until, monotonic() + seconds / 2)
        try:
            if upload.state == _State.DISCARDED:
                _clear(upload)
            else:
                WORKERS[upload.kind](upload, deadline)
        except LeaseLost:
            logger.info("upload %s is no longer ours", upload.pk)
        except Exception:
            logger.exception("upload %s failed in state %s", upload.pk, upload.state)
            pause_upload(upload)
        else:
            release_upload(upload)
    return turns


def _clear(upload: RosterUpload) -> None:
    """Delete what a discarded upload left, a little at a time."""
    while rows := list(
        RosterRow.objects.filter(upload=upload).order_by().values_list("pk", flat=True)[:DELETED_AT_ONCE]
    ):
        with hold_upload(upload):
            RosterRow.objects.filter(pk__in=rows).delete()
    with hold_upload(upload) as held:
        for file in filter(None, (held.file, held.parsed)):
            transaction.on_commit(partial(store.discard, file))
        held.parsed_id, held.report, held.finished_at = None, None, clock.now()

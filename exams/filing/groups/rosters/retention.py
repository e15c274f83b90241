"""Uploads that were no use: kept sealed for a while, so that somebody can ask what was wrong with them, then deleted."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from exams.filing.groups.models import RosterUpload
from portal import clock
from portal.audit import trail
from portal.files import store

KEPT = timedelta(days=30)
"""From the failure on; docs/operations.md tells it, and so does the page of the upload."""

AT_ONCE = 200


def kept_until(upload: RosterUpload) -> datetime:
    """The moment from which on the file of an upload that was no use is deleted."""
    return (upload.finished_at or upload.uploaded_at) + KEPT


def forget_failed_uploads() -> int:
    """Delete the bytes and the staged rows of uploads whose term is over; the reason stays. Returns how many."""
    failed = RosterUpload.objects.filter(
        state=RosterUpload.State.FAILED, file__discarded_at=None, finished_at__lt=clock.now() - KEPT
    )
    due = list(failed.order_by("finished_at").values_list("pk", flat=True)[:AT_ONCE])
    for key in due:
        _forget(key)
    return len(due)


@transaction.atomic
def _forget(key: object) -> None:
    rows = RosterUpload.objects.select_for_update(of=("self",)).select_related("file", "parsed")
    upload = rows.get(pk=key)
    if upload.file.discarded_at is not None:
        return  # by a worker side by side with this one
    for file in filter(None, (upload.file, upload.parsed)):
        transaction.on_commit(partial(store.discard, file))
    upload.rows.all().delete()
    upload.parsed, upload.report = None, None
    upload.save(update_fields=["parsed", "report"])
    trail.record("groups.forget_upload", actor=None, subject=upload, detail={"kind": upload.kind})

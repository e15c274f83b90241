"""Keeping files: encrypted, under random names, out of any public address; read back only through checked views."""

import hashlib
import os
import secrets
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Sum
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from portal import clock
from portal.crypto import open_bytes, seal_bytes
from portal.files.models import StoredFile


class QuotaExceeded(ValueError):
    """This person's files would exceed FILE_QUOTA_BYTES."""


def keep(
    data: bytes, *, kind: str, media_type: str, display_name: str, person_id: UUID | None = None
) -> StoredFile:
    """`write` and make the row at once, for a file that stands by itself."""
    file = write(data, kind=kind, media_type=media_type, display_name=display_name, person_id=person_id)
    try:
        file.save(force_insert=True)
    except BaseException:
        remove_bytes(file)
        raise
    return file


def write(
    data: bytes, *, kind: str, media_type: str, display_name: str, person_id: UUID | None = None
) -> StoredFile:
    """Encrypt `data` and put it on disk for good; returns its row, which the caller saves in the transaction that
    refers to it: bytes are on disk before a row says so, and those whose row never comes are cleared after a day
    (portal.files.strays).

    Raises QuotaExceeded where a person's own files grow beyond the quota, OSError where the disk takes no more.
    """
    if person_id is not None:
        own = StoredFile.objects.filter(person_id=person_id, discarded_at=None)
        used = own.aggregate(sum=Sum("size"))["sum"] or 0
        if used + len(data) > settings.FILE_QUOTA_BYTES:
            raise QuotaExceeded
    file = StoredFile(
        id=uuid4(),
        kind=kind,
        person_id=person_id,
        media_type=media_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        display_name=display_name[:150],
        created_at=clock.now(),
    )
    name = secrets.token_hex(20)
    file.path = f"{name[:2]}/{name[2:]}"
    target = _on_disk(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    try:
        with open(draft, "xb") as handle:
            handle.write(seal_bytes(data, bound_to=f"file.{file.pk}"))
            handle.flush()
            os.fsync(handle.fileno())
        draft.rename(target)
        for folder in (target.parent, settings.FILES_DIR):
            _sync_folder(folder)  # else a power cut may take the name away again
    except BaseException:
        draft.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        raise
    return file


def read(file: StoredFile) -> bytes:
    """The clear bytes. Raises FileNotFoundError or portal.crypto.Unreadable."""
    return open_bytes(_on_disk(file).read_bytes(), bound_to=f"file.{file.pk}")


def discard(file: StoredFile) -> None:
    """Take a file out of use: its row says since when, its bytes are deleted. For what nothing refers to, on commit.

    The row goes first: killed in between, bytes are left that the strays' clearing finds, never a row without bytes.
    """
    file.discarded_at = clock.now()
    file.save(update_fields=["discarded_at"])
    remove_bytes(file)


def remove_bytes(file: StoredFile) -> None:
    """Delete the bytes of a file that has no row in use."""
    _on_disk(file).unlink(missing_ok=True)


def respond(file: StoredFile, *, as_attachment: bool = False, name: str = "") -> HttpResponse:
    """An answer carrying the file, never cached by others. The calling view has checked access and logs the look."""
    response = HttpResponse(read(file), content_type=file.media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment, name or file.display_name)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _on_disk(file: StoredFile) -> Path:
    return settings.FILES_DIR / file.path


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Keeping files: encrypted, under random names, out of any public address; read back only through checked views."""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.db.models import Sum
from django.http import HttpResponse

from portal import clock
from portal.crypto import Unreadable, open_bytes, seal_bytes
from portal.files.models import StoredFile
from portal.files.sending import private_document

SEGMENT_BYTES = 1024 * 1024
SEGMENTED = b"segments "
"""How a large file begins on disk: it is sealed piece by piece, so that neither writing nor reading needs it whole."""


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
    file = _row(kind, media_type, display_name, person_id)
    file.size, file.sha256 = len(data), hashlib.sha256(data).hexdigest()
    _put(file, [seal_bytes(data, bound_to=f"file.{file.pk}")])
    return file


def write_large(chunks: Iterable[bytes], *, kind: str, media_type: str, display_name: str) -> StoredFile:
    """`write` for what is too large to be held in memory at once, and belongs to nobody's quota."""
    file = _row(kind, media_type, display_name, None)
    digest = hashlib.sha256()

    def sealed() -> Iterator[bytes]:
        for place, segment in enumerate(_segments(chunks)):
            digest.update(segment)
            file.size = (file.size or 0) + len(segment)
            piece = seal_bytes(segment, bound_to=f"file.{file.pk}.{place}")
            if place == 0:
                yield SEGMENTED + b"%d\n" % (len(piece) - len(segment))
            yield piece

    file.size = 0
    _put(file, sealed())
    file.sha256 = digest.hexdigest()
    return file


def _row(kind: str, media_type: str, display_name: str, person_id: UUID | None) -> StoredFile:
    file = StoredFile(
        id=uuid4(),
        kind=kind,
        person_id=person_id,
        media_type=media_type,
        display_name=display_name[:150],
        created_at=clock.now(),
    )
    name = secrets.token_hex(20)
    file.path = f"{name[:2]}/{name[2:]}"
    return file


def _segments(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of SEGMENT_BYTES, the last one shorter."""
    held = b""
    for chunk in chunks:
        held += chunk
        while len(held) >= SEGMENT_BYTES:
            yield held[:SEGMENT_BYTES]
            held = held[SEGMENT_BYTES:]
    if held:
        yield held


def _put(file: StoredFile, sealed: Iterable[bytes]) -> None:
    """Sealed pieces on disk for good, or nothing of them."""
    target = _on_disk(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".part")
    try:
        with open(draft, "xb") as handle:
            for piece in sealed:
                handle.write(piece)
            handle.flush()
            os.fsync(handle.fileno())
        draft.rename(target)
        for folder in (target.parent, settings.FILES_DIR):
            _sync_folder(folder)  # else a power cut may take the name away again
    except BaseException:
        draft.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        raise


def read(file: StoredFile) -> bytes:
    """The clear bytes, all of them. Raises FileNotFoundError or portal.crypto.Unreadable."""
    return b"".join(read_chunks(file))


def read_chunks(file: StoredFile) -> Iterator[bytes]:
    """The clear bytes piece by piece: of a large file SEGMENT_BYTES at a time. Raises as `read`."""
    with open(_on_disk(file), "rb") as handle:
        if handle.read(len(SEGMENTED)) != SEGMENTED:
            handle.seek(0)
            yield open_bytes(handle.read(), bound_to=f"file.{file.pk}")
            return
    for start in range(0, file.size, SEGMENT_BYTES):
        yield read_range(file, start, SEGMENT_BYTES)


def read_range(file: StoredFile, start: int, length: int) -> bytes:
    """These clear bytes of a large file; fewer where it ends before. Raises as `read`."""
    end = min(start + length, file.size)
    found = []
    with open(_on_disk(file), "rb") as handle:
        head = handle.readline(32)
        if not head.startswith(SEGMENTED):
            raise Unreadable(f"file {file.pk} is not kept in pieces")
        try:
            added = int(head[len(SEGMENTED) :])
        except ValueError:
            raise Unreadable(f"file {file.pk} begins like no file of ours") from None
        for place in range(start // SEGMENT_BYTES, -(-end // SEGMENT_BYTES)):
            handle.seek(len(head) + place * (SEGMENT_BYTES + added))
            piece = open_bytes(handle.read(SEGMENT_BYTES + added), bound_to=f"file.{file.pk}.{place}")
            first = place * SEGMENT_BYTES
            found.append(piece[max(0, start - first) : end - first])
    return b"".join(found)


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
    return private_document(
        read(file), name or file.display_name, media_type=file.media_type, attached=as_attachment
    )


def _on_disk(file: StoredFile) -> Path:
    return settings.FILES_DIR / file.path


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

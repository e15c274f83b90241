"""ZIP archives of pictures: what is in them, and their files one after another, in memory that does not grow with them.

The archive lies sealed on disk (portal.files.store.write_large). Directory and members are read in the confined child.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from portal.files import store
from portal.files.errors import UnusableFile
from portal.files.intake import in_child
from portal.files.models import StoredFile
from portal.files.unzip import MAX_DIRECTORY_BYTES

MEBIBYTE = 1024 * 1024
MAX_ARCHIVE_BYTES = 300 * MEBIBYTE
BATCH_BYTES = 8 * MEBIBYTE
"""Of archive and of what comes out of it, given to one child."""

UNREADABLE = "压缩包无法读取，可能已损坏。请重新压缩后再上传。"


@dataclass(frozen=True)
class Member:
    """A file in an archive. `problem`: a Chinese sentence where it is not to be taken; else its place and sizes."""

    name: str
    start: int
    length: int
    packed: int
    size: int
    crc: int
    method: int
    problem: str = ""

    def as_record(self) -> dict[str, Any]:
        return dict(self.__dict__)


def list_members(archive: StoredFile) -> list[Member]:
    """What is in the archive, in its order, without folders and what systems leave in them. Raises UnusableFile."""
    length = min(archive.size, MAX_DIRECTORY_BYTES)
    tail = store.read_range(archive, archive.size - length, length)
    facts, _ = in_child("list-archive", tail, str(archive.size), unreadable=UNREADABLE)
    return [Member(**entry) for entry in facts["entries"]]


def unpack_members(
    archive: StoredFile, members: Iterable[Member]
) -> Iterator[tuple[Member, bytes | UnusableFile]]:
    """Each member with its bytes, or with what keeps it from being unpacked; a few at a time in memory."""
    for batch in _batches(members):
        spans = [store.read_range(archive, one.start, one.length) for one in batch]
        wanted = [
            {
                "length": len(span),
                "packed": one.packed,
                "size": one.size,
                "crc": one.crc,
                "method": one.method,
            }
            for one, span in zip(batch, spans, strict=True)
        ]
        request = json.dumps(wanted).encode() + b"\n" + b"".join(spans)
        del spans
        try:
            facts, blobs = in_child("unpack", request, unreadable=UNREADABLE)
        except UnusableFile as refusal:
            yield from ((member, refusal) for member in batch)
            continue
        for member, blob, problem in zip(batch, blobs, facts["problems"], strict=True):
            yield member, UnusableFile(problem) if problem else blob


def _batches(members: Iterable[Member]) -> Iterator[list[Member]]:
    batch: list[Member] = []
    held = 0
    for member in members:
        weight = member.length + member.size
        if batch and held + weight > BATCH_BYTES:
            yield batch
            batch, held = [], 0
        batch.append(member)
        held += weight
    if batch:
        yield batch

"""The one way in for uploaded files: sizes and first bytes are checked here, everything else in a confined child.

Functions take bytes and give bytes; keeping them is `portal.files.store`. Every refusal is an UnusableFile with a
Chinese sentence, whatever was uploaded.
"""

import itertools
import json
import logging
import os
import re
import signal
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from portal.files.errors import UnusableFile
from portal.files.kinds import PDF, kind_of

__all__ = [
    "EvidenceResult",
    "PhotoResult",
    "UnusableFile",
    "check_evidence",
    "check_photo",
    "display_name",
    "draw_first_page",
    "in_child",
]

MEBIBYTE = 1024 * 1024
MAX_PHOTO_BYTES = 12 * MEBIBYTE
MAX_EVIDENCE_BYTES = 15 * MEBIBYTE
CHILD = Path(__file__).with_name("child.py")
CHILD_SECONDS = 30
NAME_LENGTH = 100
PERSONAL_NUMBER = re.compile(r"\d{11,}[Xx]?|(?<![A-Za-z\d])[A-Za-z]{1,2}\d{7,9}(?!\d)")
"""What in a file's name may be the number of an identity document, a passport or a telephone."""

TOO_MUCH_WORK = "文件太复杂，没能在限定时间内检查完。请另存为普通照片或 PDF 后再上传。"
UNREADABLE = "文件无法打开，可能已损坏。请在电脑或手机上确认能正常打开，另存一份后再上传。"
# Last words of a library written in Rust.
OUT_OF_MEMORY = b"memory allocation of"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PhotoResult:
    """A photo fitted to the rule, its small copy for documents, and what a page needs to show how it was cut.

    `name`: the display name, with the ending that fits what the file has become.
    `photo`: JPEG 5:7 of `width` × `height` pixels, 20–200 KB. `print_copy`: JPEG 413×579, at most 30 KB.
    `source`: the upright upload as a small JPEG; `crop`: left, top, right, bottom of the kept part as
    shares (0–1) of it. `hints`: Chinese sentences on what may be found wanting; they stop nothing.
    """

    name: str
    photo: bytes
    print_copy: bytes
    width: int
    height: int
    source: bytes
    source_width: int
    source_height: int
    crop: tuple[float, float, float, float]
    hints: tuple[str, ...]


@dataclass(frozen=True)
class EvidenceResult:
    """`media_type` image/jpeg or application/pdf; `notes`: Chinese sentences on what was removed; `name` as above."""

    name: str
    media_type: str
    data: bytes
    pages: int
    notes: tuple[str, ...] = ()


def check_photo(data: bytes, filename: str) -> PhotoResult:
    """An uploaded portrait, fitted. Raises UnusableFile."""
    _check_size(data, MAX_PHOTO_BYTES, "照片")
    if kind_of(data) == PDF:
        raise UnusableFile("这是 PDF 文件。证件照请上传 JPEG 或 PNG 照片。")
    facts, (photo, print_copy, source) = in_child("photo", data)
    return PhotoResult(
        name=_renamed(filename, ".jpg"),
        photo=photo,
        print_copy=print_copy,
        width=facts["width"],
        height=facts["height"],
        source=source,
        source_width=facts["source_width"],
        source_height=facts["source_height"],
        crop=tuple(facts["crop"]),
        hints=tuple(facts["hints"]),
    )


def check_evidence(data: bytes, filename: str) -> EvidenceResult:
    """An uploaded piece of evidence: pictures come back as JPEG, PDF as PDF. Raises UnusableFile."""
    _check_size(data, MAX_EVIDENCE_BYTES, "文件")
    if kind_of(data) == PDF:
        facts, (clean,) = in_child("pdf", data)
        return EvidenceResult(
            _renamed(filename, ".pdf"), "application/pdf", clean, facts["pages"], tuple(facts["notes"])
        )
    _, (picture,) = in_child("evidence", data)
    return EvidenceResult(_renamed(filename, ".jpg"), "image/jpeg", picture, 1)


def draw_first_page(data: bytes) -> bytes:
    """The first page of a kept PDF as PNG, for the counter to see beside the fact. Raises UnusableFile."""
    _, (picture,) = in_child("preview", data)
    return picture


def display_name(filename: str) -> str:
    """A file's name fit to be kept in clear, shown and downloaded: one line, no folders, no hidden characters, at most
    100 long; of what may be the number of a document or telephone only the last four characters (P1).
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    shown = "".join(char for char in last if unicodedata.category(char)[0] != "C" or char.isspace())
    shown = PERSONAL_NUMBER.sub(lambda found: f"…{found[0][-4:]}", shown)
    name = " ".join(re.sub(r'[<>:"|?*]', "_", shown).split()).strip(". ")
    if len(name) > NAME_LENGTH:
        stem, dot, extension = name.rpartition(".")
        ending = f"{dot}{extension}" if stem and len(extension) <= 10 else ""
        name = name[: NAME_LENGTH - len(ending) - 1].rstrip() + "…" + ending
    return name or "未命名文件"


def _renamed(filename: str, ending: str) -> str:
    """The display name of what was re-encoded: an ending that names another format is replaced."""
    return re.sub(r"(?i)\.(?:jpe?g|jfif|png|pdf|hei[cf])$", "", display_name(filename)) + ending


def _check_size(data: bytes, limit: int, called: str) -> None:
    if not data:
        raise UnusableFile("文件是空的（0 字节），可能没有选对或没有传完。请重新选择。")
    if len(data) > limit:
        found, most = len(data) / MEBIBYTE, limit // MEBIBYTE
        raise UnusableFile(f"{called}大小为 {found:.1f} MB，超过上限 {most} MB。请压缩或缩小后再上传。")


def in_child(
    job: str,
    data: bytes,
    *arguments: str,
    seconds: float | None = None,
    too_much_work: str = TOO_MUCH_WORK,
    unreadable: str = UNREADABLE,
) -> tuple[dict, list[bytes]]:
    """The child's facts and blobs. Raises UnusableFile with its sentence, or with ours where it gave none."""
    try:
        command = [sys.executable, "-I", str(CHILD), job, *arguments]
        answer = run_confined(command, data, seconds=CHILD_SECONDS if seconds is None else seconds)
    except subprocess.TimeoutExpired:
        logger.warning("upload check timed out: job=%s size=%d", job, len(data))
        raise UnusableFile(too_much_work) from None
    except subprocess.CalledProcessError as failure:
        last_words = failure.stderr[-500:].decode(errors="replace").splitlines()[-1:]
        logger.warning(
            "upload check died: job=%s size=%d code=%d %s", job, len(data), failure.returncode, last_words
        )
        exhausted = failure.returncode == -signal.SIGXCPU or OUT_OF_MEMORY in failure.stderr
        raise UnusableFile(too_much_work if exhausted else unreadable) from None
    except OSError:
        logger.exception("upload check could not start: job=%s", job)
        raise UnusableFile("系统暂时无法检查文件，请稍后再试。") from None
    head, _, body = answer.partition(b"\n")
    facts = json.loads(head)
    if "refused" in facts:
        raise UnusableFile(facts["refused"])
    ends = list(itertools.accumulate(facts["blobs"], initial=0))
    return facts, [body[start:end] for start, end in itertools.pairwise(ends)]


def run_confined(command: list[str], data: bytes, *, seconds: float) -> bytes:
    """What `command` writes when fed `data`, killed after `seconds`.

    Its output goes to anonymous memory, where its file size limit holds: a pipe would let it fill ours.
    Raises TimeoutExpired, CalledProcessError, OSError.
    """
    with open(os.memfd_create("answer"), "w+b") as answer:
        subprocess.run(  # noqa: S603  a fixed command of ours
            command,
            input=data,
            stdout=answer,
            stderr=subprocess.PIPE,
            timeout=seconds,
            check=True,
            env={},
            cwd="/",
            start_new_session=True,
        )
        answer.seek(0)
        return answer.read()

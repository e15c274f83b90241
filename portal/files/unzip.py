"""Packed files, inside the confined child: what is in them by their directory, and single members unpacked.

Nothing is ever written under a name that stands in an archive. What an archive says of itself is checked against what is
found, and nothing is unpacked beyond the size it announced.
"""

import codecs
import json
import re
import struct
import zlib
from dataclasses import asdict, dataclass
from typing import Any

from portal.files.errors import UnusableFile

MEBIBYTE = 1024 * 1024
MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 2048 * MEBIBYTE
MAX_MEMBER_BYTES = 15 * MEBIBYTE
MAX_DIRECTORY_BYTES = 16 * MEBIBYTE
MAX_NAME_LENGTH = 300

_END = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
END_SEARCHED = _END.size + 0xFFFF
_MOST_BEFORE_DATA = _LOCAL.size + 2 * 0xFFFF
_ENCRYPTED, _UTF8 = 0x0001, 0x0800
_STORED, _DEFLATED = 0, 8
_UNICODE_PATH = 0x7075

NO_ARCHIVE = "这不是 ZIP 压缩包，或者没有传完整。请用电脑自带的压缩功能重新压缩成 .zip 后再上传。"
DAMAGED = "压缩包已损坏或经过改动，无法读取。请重新压缩后再上传。"
NOT_UNPACKED = "这个文件在压缩包里已损坏，没能取出。请重新压缩后再上传。"

# The confined child can load no codec later.
codecs.lookup("gb18030")

LITTER = re.compile(r"(?:^|/)(?:__MACOSX/|\.[^/]*$|Thumbs\.db$|desktop\.ini$|~\$[^/]*$)", re.IGNORECASE)
"""What systems and office programs leave in folders."""


@dataclass
class Entry:
    """One file of an archive. `start`, `length`: where it lies with its local header; `problem`: why it is not taken."""

    name: str
    start: int
    length: int
    packed: int
    size: int
    crc: int
    method: int
    problem: str = ""


def list_entries(tail: bytes, total: str) -> tuple[dict[str, Any], list[bytes]]:
    """The archive's files in its own order, from the end of it (`tail`); `total`: the bytes of all of it."""
    place = tail.rfind(b"PK\5\6", max(0, len(tail) - END_SEARCHED))
    if place < 0 or len(tail) - place < _END.size:
        raise UnusableFile(NO_ARCHIVE)
    _, disk, first_disk, here, count, size, start, _ = _END.unpack_from(tail, place)
    if count > MAX_MEMBERS:
        found = "6 万多" if count == 0xFFFF else str(count)
        raise UnusableFile(f"压缩包里有 {found} 个文件，最多 {MAX_MEMBERS} 个。请分成几个压缩包上传。")
    begins = int(total) - len(tail)
    if (disk, first_disk, here) != (0, 0, count) or start + size != begins + place:
        raise UnusableFile(DAMAGED)
    if start < begins:
        raise UnusableFile("压缩包的文件目录过大，无法读取。请分成几个压缩包上传。")
    entries = _entries(tail[start - begins : place], count)
    _bound(entries, end=start)
    kept = [entry for entry in entries if not _is_litter(entry)]
    for entry in kept:
        entry.problem = _problem(entry)
    return {"entries": [asdict(entry) for entry in kept]}, []


def unpack(data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """Several files: a line of JSON ([{length, packed, size, crc, method}]), then their bytes with local headers.

    For each a blob, empty where `problems` has a sentence at its place.
    """
    head, _, body = data.partition(b"\n")
    problems, blobs, at = [], [], 0
    for wanted in json.loads(head):
        span = body[at : at + wanted["length"]]
        at += wanted["length"]
        try:
            blob, problem = _unpack(span, **wanted), ""
        except (struct.error, zlib.error, UnusableFile):
            blob, problem = b"", NOT_UNPACKED
        problems.append(problem)
        blobs.append(blob)
    return {"problems": problems}, blobs


def _unpack(span: bytes, *, length: int, packed: int, size: int, crc: int, method: int) -> bytes:
    """Raises UnusableFile, struct.error, zlib.error."""
    signature, _, _, its_method, *_, name_length, extra_length = _LOCAL.unpack_from(span)
    begin = _LOCAL.size + name_length + extra_length
    data = span[begin : begin + packed]
    if signature != b"PK\3\4" or its_method != method or len(data) != packed:
        raise UnusableFile(NOT_UNPACKED)
    if method == _DEFLATED:
        data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size + 1)
    if len(data) != size or zlib.crc32(data) != crc:
        raise UnusableFile(NOT_UNPACKED)
    return data


def _entries(directory: bytes, count: int) -> list[Entry]:
    found, at = [], 0
    for _ in range(count):
        if len(directory) - at < _ENTRY.size or directory[at : at + 4] != b"PK\1\2":
            raise UnusableFile(DAMAGED)
        fields = _ENTRY.unpack_from(directory, at)
        flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
        name_length, extra_length, note_length, start = *fields[10:13], fields[16]
        if flags & _ENCRYPTED:
            raise UnusableFile("压缩包设了密码，无法读取。请去掉密码重新压缩后再上传。")
        at += _ENTRY.size
        raw = directory[at : at + name_length]
        extra = directory[at + name_length : at + name_length + extra_length]
        at += name_length + extra_length + note_length
        found.append((raw, flags, extra, Entry("", start, 0, packed, size, crc, method)))
    plain = [raw for raw, flags, extra, _ in found if not flags & _UTF8]
    encoding = "utf-8" if all(map(_is_utf8, plain)) else "gb18030"
    for raw, flags, extra, entry in found:
        given = _unicode_path(raw, extra)
        entry.name = given or raw.decode("utf-8" if flags & _UTF8 else encoding, "replace")
        entry.name = entry.name.replace("\\", "/")
    return [entry for *_, entry in found]


def _is_utf8(raw: bytes) -> bool:
    """One name alone may be either by chance; all names of an archive are written the same way."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unicode_path(raw: bytes, extra: bytes) -> str:
    """The name as Info-ZIP repeats it in UTF-8, where it belongs to this one."""
    at = 0
    while len(extra) - at >= 4:
        kind, length = struct.unpack_from("<HH", extra, at)
        body = extra[at + 4 : at + 4 + length]
        if (
            kind == _UNICODE_PATH
            and len(body) > 5
            and struct.unpack_from("<L", body, 1)[0] == zlib.crc32(raw)
        ):
            return body[5:].decode("utf-8", "replace")
        at += 4 + length
    return ""


def _bound(entries: list[Entry], *, end: int) -> None:
    """Give each entry its span, up to the next one. Raises where two share bytes or all together grow too large."""
    if sum(entry.size for entry in entries) > MAX_UNPACKED_BYTES:
        most = MAX_UNPACKED_BYTES // MEBIBYTE
        raise UnusableFile(f"压缩包展开后超过 {most} MB，无法处理。请分成几个压缩包上传。")
    ordered = sorted(entries, key=lambda entry: entry.start)
    for entry, after in zip(ordered, [*[one.start for one in ordered[1:]], end], strict=True):
        if entry.start + _LOCAL.size + entry.packed > after:
            raise UnusableFile(DAMAGED)
        entry.length = min(after - entry.start, _MOST_BEFORE_DATA + entry.packed)


def _is_litter(entry: Entry) -> bool:
    return entry.name.endswith("/") or LITTER.search(entry.name) is not None


def _problem(entry: Entry) -> str:
    parts = entry.name.split("/")
    if entry.name.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", entry.name):
        return "文件所在的文件夹写得不对（有“..”或盘符），没有读取。请重新压缩后再上传。"
    if len(entry.name) > MAX_NAME_LENGTH or "\0" in entry.name:
        return "文件名太长或有特殊字符，没有读取。"
    if re.search(r"\.(?:zip|rar|7z|tar|gz|tgz)$", entry.name, re.IGNORECASE):
        return "压缩包里又有压缩包，没有读取。请解压后把照片放在一起，重新压缩。"
    if entry.size > MAX_MEMBER_BYTES:
        return f"文件有 {entry.size / MEBIBYTE:.1f} MB，超过上限 {MAX_MEMBER_BYTES // MEBIBYTE} MB。请缩小后再上传。"
    if entry.method not in (_STORED, _DEFLATED):
        return "这种压缩方式读不了。请用电脑自带的压缩功能重新压缩成 .zip。"
    if entry.size == 0:
        return "文件是空的（0 字节）。"
    return ""

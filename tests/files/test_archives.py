"""ZIP archives as people and attackers make them: read by their directory, unpacked within what they announced."""

import io
import random
import struct
import zipfile
import zlib
from contextlib import suppress

import pytest

from portal.files import store
from portal.files.archives import list_members, unpack_members
from portal.files.errors import UnusableFile
from portal.files.models import StoredFile

pytestmark = pytest.mark.django_db
CONTENT = b"\xff\xd8\xff" + b"picture " * 2000


def packed(*names: str, content: bytes = CONTENT, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


def renamed(data: bytes, wanted: str, encoding: str) -> bytes:
    """The archive with its only name, given in ASCII of the same length, written in another encoding."""
    raw = wanted.encode(encoding)
    return data.replace(b"x" * len(raw), raw)


def kept(data: bytes) -> StoredFile:
    pieces = (data[start : start + 70_000] for start in range(0, len(data), 70_000))
    file = store.write_large(pieces, kind="archive", media_type="application/zip", display_name="a.zip")
    file.save(force_insert=True)
    return file


def names(data: bytes) -> list[str]:
    return [member.name for member in list_members(kept(data))]


def unpacked(data: bytes) -> dict[str, bytes | str]:
    file = kept(data)
    return {
        member.name: found.sentence if isinstance(found, UnusableFile) else found
        for member, found in unpack_members(file, list_members(file))
    }


def test_a_large_file_is_kept_in_pieces_and_read_from_anywhere() -> None:
    data = random.Random(7).randbytes(2 * store.SEGMENT_BYTES + 4321)
    file = kept(data)
    assert file.size == len(data)
    assert store.read(file) == data
    for start, length in (
        (0, 10),
        (store.SEGMENT_BYTES - 5, 10),
        (store.SEGMENT_BYTES, 1),
        (len(data) - 3, 99),
    ):
        assert store.read_range(file, start, length) == data[start : start + length]
    assert data[:100] not in (store._on_disk(file)).read_bytes()


def test_pieces_do_not_change_places() -> None:
    file = kept(random.Random(7).randbytes(2 * store.SEGMENT_BYTES))
    path = store._on_disk(file)
    head, _, body = path.read_bytes().partition(b"\n")
    half = len(body) // 2
    path.write_bytes(head + b"\n" + body[half:] + body[:half])
    with pytest.raises(ValueError, match="does not open"):
        store.read(file)


def test_every_member_comes_out_as_it_went_in() -> None:
    rng = random.Random(3)
    contents = {f"{serial}.jpg": rng.randbytes(rng.randrange(1, 900_000)) for serial in range(30)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for serial, (name, content) in enumerate(contents.items()):
            archive.writestr(name, content, zipfile.ZIP_DEFLATED if serial % 2 else zipfile.ZIP_STORED)
    assert unpacked(out.getvalue()) == contents


def test_a_stream_written_archive_with_sizes_after_the_data() -> None:
    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data) -> int:
            self.data += bytes(data)
            return len(data)

    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jpg", CONTENT)
        archive.writestr("b.jpg", CONTENT[::-1])
    assert unpacked(out.data) == {"a.jpg": CONTENT, "b.jpg": CONTENT[::-1]}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_names_without_the_flag_are_understood(encoding: str) -> None:
    wanted = "王秀英_照片.jpg"
    data = renamed(packed("x" * len(wanted.encode(encoding))), wanted, encoding)
    assert names(data) == [wanted]


def test_names_with_the_flag_and_rare_characters() -> None:
    assert names(packed("班级/𬀩㛃_1.jpg")) == ["班级/𬀩㛃_1.jpg"]


def test_a_name_repeated_in_utf_8_is_believed_only_for_itself() -> None:
    raw = b"xxxxxxxx"

    def with_extra(crc: int) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            info = zipfile.ZipInfo(raw.decode())
            body = b"\1" + struct.pack("<L", crc) + "王秀英.jpg".encode()
            info.extra = struct.pack("<HH", 0x7075, len(body)) + body
            archive.writestr(info, CONTENT)
        return out.getvalue()

    assert names(with_extra(zlib.crc32(raw))) == ["王秀英.jpg"]
    assert names(with_extra(1)) == ["xxxxxxxx"]


def test_what_systems_leave_in_folders_is_passed_over() -> None:
    litter = (
        "__MACOSX/._a.jpg",
        ".DS_Store",
        "班级/.DS_Store",
        "Thumbs.db",
        "班级/desktop.ini",
        "~$表.xlsx",
        "空/",
    )
    assert names(packed("班级/a.jpg", *litter)) == ["班级/a.jpg"]


def test_backslashes_of_windows_are_folders() -> None:
    data = renamed(packed("x" * len("班级\\甲.jpg".encode())), "班级\\甲.jpg", "utf-8")
    assert names(data) == ["班级/甲.jpg"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("../../etc/passwd.jpg", "文件夹写得不对"),
        ("/etc/a.jpg", "文件夹写得不对"),
        ("C:/a.jpg", "文件夹写得不对"),
        ("甲.zip", "压缩包里又有压缩包"),
        ("甲" * 301 + ".jpg", "文件名太长"),
    ],
)
def test_a_member_not_to_be_taken_is_named_and_holds_up_no_other(name: str, sentence: str) -> None:
    first, second = list_members(kept(packed(name, "b.jpg")))
    assert sentence in first.problem
    assert second.problem == ""


def test_a_member_too_large_or_empty() -> None:
    (large,) = list_members(kept(packed("a.jpg", content=bytes(16 * 1024 * 1024))))
    assert "超过上限 15 MB" in large.problem
    (empty,) = list_members(kept(packed("a.jpg", content=b"")))
    assert "空的" in empty.problem


def test_a_way_of_packing_we_do_not_read() -> None:
    (member,) = list_members(kept(packed("a.jpg", method=zipfile.ZIP_BZIP2)))
    assert "压缩方式" in member.problem


@pytest.mark.parametrize(
    "data",
    [b"PK", b"PK\x03\x04 and nothing more", b"GIF89a" * 100, packed("a.jpg")[:-30], packed("a.jpg")[40:]],
)
def test_what_is_no_whole_archive_is_refused(data: bytes) -> None:
    with pytest.raises(UnusableFile):
        list_members(kept(data))


def test_a_password_is_refused() -> None:
    data = bytearray(packed("a.jpg"))
    entry = data.rfind(b"PK\1\2")
    data[entry + 8] |= 1
    with pytest.raises(UnusableFile, match="设了密码"):
        list_members(kept(bytes(data)))


def test_a_hundred_thousand_members_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for serial in range(100_000):
            archive.writestr(f"{serial}.jpg", b"")
    with pytest.raises(UnusableFile, match="最多 20000 个"):
        list_members(kept(out.getvalue()))


def announcing(data: bytes, size: int) -> bytes:
    """The archive with another unpacked size in its directory."""
    changed = bytearray(data)
    struct.pack_into("<L", changed, changed.rfind(b"PK\1\2") + 24, size)
    return bytes(changed)


def test_a_member_that_unpacks_to_more_than_it_announced() -> None:
    bomb = announcing(packed("a.jpg", content=bytes(200 * 1024 * 1024)), 1000)
    (said,) = unpacked(bomb).values()
    assert "已损坏" in said


def test_members_that_announce_too_much_together() -> None:
    data = packed(*(f"{serial}.jpg" for serial in range(200)))
    changed = bytearray(data)
    at = changed.find(b"PK\1\2")
    while at >= 0:
        struct.pack_into("<L", changed, at + 24, 15 * 1024 * 1024)
        at = changed.find(b"PK\1\2", at + 4)
    with pytest.raises(UnusableFile, match="展开后超过"):
        list_members(kept(bytes(changed)))


def test_members_that_share_their_bytes_are_refused() -> None:
    data = bytearray(packed("a.jpg", "b.jpg"))
    second = data.rfind(b"PK\1\2")
    struct.pack_into("<L", data, second + 42, 0)
    with pytest.raises(UnusableFile, match="损坏"):
        list_members(kept(bytes(data)))


def test_altered_bytes_are_noticed() -> None:
    data = bytearray(packed("a.jpg", "b.jpg", method=zipfile.ZIP_STORED))
    data[100] ^= 1
    found = unpacked(bytes(data))
    assert "已损坏" in found["a.jpg"]
    assert found["b.jpg"] == CONTENT


def test_whatever_bytes_come_the_answer_is_a_refusal_or_the_content() -> None:
    whole, rng = packed("a.jpg", "b.jpg"), random.Random(11)
    for _ in range(12):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 30)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        file = kept(bytes(data))
        with suppress(UnusableFile):
            found = list(unpack_members(file, list_members(file)))
            assert all(isinstance(blob, UnusableFile) or blob == CONTENT for _, blob in found)

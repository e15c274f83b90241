"""A ZIP that is written while it is sent is the same to whoever opens it."""

import io
import zipfile
from datetime import datetime

from portal.clock import SHANGHAI
from portal.files.zipping import stream_zip

AT = datetime(2026, 9, 29, 8, 30, tzinfo=SHANGHAI)


def test_what_is_streamed_is_a_whole_archive():
    members = {
        "第1考场_03_𬀩㛃_202640000001.pdf": b"%PDF one",
        "名单/空.txt": b"",
        "大.bin": b"x" * 3_000_000,
    }
    archive = zipfile.ZipFile(io.BytesIO(b"".join(stream_zip(members.items(), at=AT))))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == members
    assert {info.date_time for info in archive.infolist()} == {(2026, 9, 29, 8, 30, 0)}


def test_a_member_is_asked_for_when_the_one_before_has_gone():
    asked = []

    def members():
        for number in range(3):
            asked.append(number)
            yield f"{number}.txt", b"x" * 1000

    chunks = stream_zip(members(), at=AT)
    assert asked == []
    assert len(next(chunks)) > 1000
    assert asked == [0]


def test_an_archive_of_nothing_is_still_one():
    assert zipfile.ZipFile(io.BytesIO(b"".join(stream_zip([], at=AT)))).namelist() == []

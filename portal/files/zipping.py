"""A ZIP file written while it is sent: neither disk nor memory ever holds it whole."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime


class _Sink(io.RawIOBase):
    """Takes what `zipfile` writes, until it is collected. It cannot seek, so sizes follow each member's bytes."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # type: ignore[override]
        self._held.append(bytes(data))
        return len(data)

    def collect(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held


def stream_zip(members: Iterable[tuple[str, bytes]], *, at: datetime) -> Iterator[bytes]:
    """The ZIP's bytes, a member at a time; names are UTF-8, `at` is what every member is dated (in its own zone).

    Members are kept as they are, as PDF and .xlsx hardly shrink any further.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, at.timetuple()[:6])
            info.external_attr = 0o600 << 16
            archive.writestr(info, data)
            yield sink.collect()
    yield sink.collect()

"""The embedded broker: kombu's file-system transport, but a message appears whole or not at all.

Kombu opens a message's file under its final name and writes afterwards. A worker that looks in between reads an empty
file, and dies of it. Here the file is written under another name and then renamed.
"""

import os
import time
from typing import Any
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Names begin with the time, because messages are taken in the order of their names."""
        name = f"{time.monotonic_ns()}_{uuid4()}.{queue}.msg"
        draft = os.path.join(self.data_folder_out, f".{name}.part")
        with open(draft, "w", encoding="utf-8") as file:
            file.write(dumps(payload))
        os.replace(draft, os.path.join(self.data_folder_out, name))


class Transport(filesystem.Transport):
    Channel = Channel


def install() -> None:
    """Let `filesystem://` mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"

"""Secrets for the demo and the tests, made once and kept in a file only its owner can read."""

import base64
import json
import os
import secrets
from pathlib import Path


def load_or_create(path: Path) -> dict[str, str]:
    """Return the secrets kept at `path`, making the file first if there is none.

    Two processes may start at once: the file is linked into place whole, and the loser reads the winner's.
    """
    if not path.exists():
        made = {"SECRET_KEY": secrets.token_urlsafe(50)}
        for name in ("FIELD_KEY", "INDEX_KEY", "TICKET_SIGNING_KEY"):
            made[name] = base64.b64encode(secrets.token_bytes(32)).decode()
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return json.loads(path.read_text())

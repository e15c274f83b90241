"""Bytes that no row stands for: what a killed process or an undone transaction left on the disk."""

import logging
import time
from pathlib import Path

from django.conf import settings

from portal.files.models import StoredFile

logger = logging.getLogger(__name__)

OLD_SECONDS = 24 * 60 * 60
MOST = 50


def clear() -> int:
    """Delete bytes older than a day without a row in use; returns how many.

    Killed processes leave a few. Where there are more, or more than files in use, the database is not the one these
    files belong to, as after half a restoration: then nothing is deleted and the log says so.
    """
    # A file's age is told by the machine's clock, not by the one that is moved for rehearsals.
    before = time.time() - OLD_SECONDS
    strays = [path for folder in _folders() for path in _strays(folder, before)]
    if len(strays) > min(MOST, StoredFile.objects.filter(discarded_at=None).count()):
        logger.error(
            "%d files without a row: none deleted; is this the database they belong to?", len(strays)
        )
        return 0
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def _folders() -> list[Path]:
    if not settings.FILES_DIR.is_dir():
        return []
    return sorted(path for path in settings.FILES_DIR.iterdir() if path.is_dir())


def _strays(folder: Path, before: float) -> list[Path]:
    old = {f"{folder.name}/{path.name}": path for path in folder.iterdir() if path.stat().st_mtime < before}
    in_use = StoredFile.objects.filter(path__in=old, discarded_at=None).values_list("path", flat=True)
    return [old[name] for name in sorted(old.keys() - set(in_use))]

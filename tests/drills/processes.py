"""Programs beside the test, on its own database, folder and keys, which may be killed at any moment."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

BEGIN = """
import os
from datetime import datetime
import django
django.setup()
from portal import clock
if moment := os.environ.get("DRILL_MOMENT"):
    clock.set_process_time(datetime.fromisoformat(moment))
"""


def environment(moment: datetime | None = None, **more: str) -> dict[str, str]:
    """What a program needs to work on this test's data, its clock set to `moment`."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        address = f"sqlite:///{where['NAME']}"
    else:
        address = (
            f"postgres://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
        )
    own = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_URL": address,
        "STAFF_SECOND_FACTOR": "false",
        "DRILL_MOMENT": moment.isoformat() if moment else "",
    }
    return os.environ | own | more


def start(code: str, moment: datetime | None = None, **more: str) -> subprocess.Popen[str]:
    """Start `code` as a program of its own, and leader of its own group."""
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + code],
        cwd=settings.BASE_DIR,
        env=environment(moment, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def run(code: str, moment: datetime | None = None, **more: str) -> str:
    """Run `code` to its end; what it printed."""
    program = start(code, moment, **more)
    out, err = program.communicate(timeout=180)
    assert program.returncode == 0, err
    return out


def manage(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`manage.py …` on this test's data, or where `more` points."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment(**more),
        capture_output=True,
        text=True,
        check=False,
    )


def files_on_disk() -> set[Path]:
    """Every file kept, drafts too."""
    return {path for path in settings.FILES_DIR.rglob("*") if path.is_file()}

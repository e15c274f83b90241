"""Backup and restoration: one command each way, and the restored copy passes every check (R10)."""

import os
import shutil
import tarfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from exams.tickets.due import sweep
from portal.backups import BackupError, read_contents
from tests.drills.processes import environment, files_on_disk, manage, run

pytestmark = pytest.mark.django_db(transaction=True)

OPEN_A_TICKET = """
from exams.tickets.models import Ticket
from portal.files import store
for ticket in Ticket.objects.order_by("number"):
    print(ticket.number, store.read(ticket.file)[:5].decode(), ticket.face["name"])
"""


@pytest.fixture
def elsewhere(tmp_path):
    """Another machine: an empty folder with the same secrets, and an empty database."""
    folder = tmp_path / "elsewhere"
    home = folder / os.environ.get("PYTEST_XDIST_WORKER", "main")
    home.mkdir(parents=True)
    shutil.copy(settings.VAR_DIR / "secrets.json", home)
    if connection.vendor == "sqlite":
        yield {"PORTAL_TEST_VAR": str(folder), "TEST_DATABASE_URL": f"sqlite:///{home / 'restored.sqlite3'}"}
        return
    name = f"restored_{os.getpid()}"  # the processes of one run share the server
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    address = urlsplit(environment()["TEST_DATABASE_URL"])._replace(path=f"/{name}").geturl()
    yield {"PORTAL_TEST_VAR": str(folder), "TEST_DATABASE_URL": address}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def archive(batch, tmp_path) -> Path:
    """A backup of two people with their tickets."""
    batch(2)
    sweep()
    done = manage("backup", str(tmp_path / "backup.tar"))
    assert done.returncode == 0, done.stderr
    assert "密钥不在备份里" in done.stdout
    return tmp_path / "backup.tar"


def test_a_restored_copy_holds_its_promises_and_its_tickets_open(archive, elsewhere):
    done = manage("restore", str(archive), **elsewhere)
    assert "校验值全部相符" in done.stdout, done.stderr
    assert "操作记录链完整" in done.stdout
    assert "项有问题" in done.stdout
    assert run(OPEN_A_TICKET, **elsewhere) == run(OPEN_A_TICKET)
    assert run(OPEN_A_TICKET, **elsewhere).count("%PDF-") == 2
    again = manage("restore", str(archive), **elsewhere)
    assert again.returncode == 1
    assert "不是空的" in again.stderr


def test_the_archive_is_for_its_owner_and_holds_no_secret(archive):
    assert archive.stat().st_mode & 0o777 == 0o600
    with tarfile.open(archive) as bundle:
        names = bundle.getnames()
    assert {name.split("/")[0] for name in names} == {"database", "files", "manifest.json"}
    assert len(names) == len(files_on_disk()) + 2
    whole = archive.read_bytes()
    secrets = (settings.VAR_DIR / "secrets.json").read_text().split('"')
    assert not [secret for secret in secrets if len(secret) > 30 and secret.encode() in whole]


def test_other_keys_are_refused_before_anything_is_written(archive, elsewhere):
    home = next(Path(elsewhere["PORTAL_TEST_VAR"]).iterdir())
    (home / "secrets.json").unlink()
    done = manage("restore", str(archive), **elsewhere)
    assert (done.returncode, "密钥与备份时不同" in done.stderr) == (1, True)
    assert not (home / "files").exists()


@pytest.mark.parametrize("harm", ["cut", "changed", "other"])
def test_a_harmed_archive_is_refused(archive, harm):
    whole = bytearray(archive.read_bytes())
    if harm == "cut":
        archive.write_bytes(whole[: len(whole) // 2])
    elif harm == "changed":
        whole[len(whole) // 2] ^= 1
        archive.write_bytes(whole)
    else:
        archive.write_bytes(b"PK\3\4 not ours")
    with pytest.raises(BackupError):
        read_contents(archive)

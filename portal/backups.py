"""One archive holding the database and the files, with the hash of everything in it; and the way back.

A tar file readable by its owner alone: `database` (an SQLite copy or a PostgreSQL dump), `files/…` as they lie on
disk (encrypted), and `manifest.json` last. The database is copied first: bytes come before their rows, so every row
in the copy finds its file. The secrets are not in it; only fingerprints of the keys are, so that a restoration
without them is refused in words instead of ending in unreadable rows.
"""

import hashlib
import hmac
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

DATABASE, FILES, MANIFEST = "database", "files", "manifest.json"
FORMAT = 1


class BackupError(Exception):
    """The backup or the restoration cannot be; the text says why, in Chinese. Nothing was changed."""


@dataclass(frozen=True)
class Contents:
    """What an archive holds: when and from which kind of database it was made, and name → SHA-256."""

    made_at: str
    vendor: str
    keys: dict[str, str]
    hashes: dict[str, str]

    @property
    def files(self) -> int:
        return len(self.hashes) - 1


def make(target: Path, now: datetime) -> Contents:
    """Write the archive; it appears under its name only when it is whole. Raises BackupError, OSError."""
    if target.exists():
        raise BackupError(f"{target} 已存在，请换一个文件名。")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            contents = _write(out, draft.parent, now)
            out.flush()
            os.fsync(out.fileno())
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    return contents


def restore(source: Path) -> Contents:
    """Put an archive into an empty database and an empty files folder. Raises BackupError before anything is written."""
    contents = read_contents(source)
    if contents.vendor != connection.vendor:
        raise BackupError(f"备份来自 {contents.vendor} 数据库，当前设置是 {connection.vendor}，不能恢复。")
    lacking = [name for name, mark in contents.keys.items() if _fingerprints().get(name) != mark]
    if lacking:
        raise BackupError(f"当前密钥与备份时不同或缺少（{'、'.join(lacking)}），请先放回备份时的密钥。")
    if connection.introspection.table_names() or _has_files():
        raise BackupError("数据库或文件夹不是空的。请恢复到空的数据库和空的 PORTAL_VAR，以免覆盖现有数据。")
    settings.FILES_DIR.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.FILES_DIR.parent) as folder:
        _unpack(source, contents, Path(folder))
        # Files before rows, as ever: interrupted here, there is a database without rows, not rows without files.
        unpacked = Path(folder) / FILES
        unpacked.mkdir(exist_ok=True)
        if settings.FILES_DIR.exists():
            settings.FILES_DIR.rmdir()
        unpacked.rename(settings.FILES_DIR)
        try:
            _load_database(Path(folder) / DATABASE)
        except BaseException:
            settings.FILES_DIR.rename(unpacked)
            raise
    return contents


def read_contents(source: Path) -> Contents:
    """The manifest, after every member was read and found to be what it says. Raises BackupError."""
    try:
        with tarfile.open(source) as archive:
            found, manifest = {}, None
            for member in archive:
                body = archive.extractfile(member)
                if body is None:
                    raise BackupError(f"备份里有不是文件的内容：{member.name}")
                if member.name == MANIFEST:
                    manifest = json.load(body)
                else:
                    found[member.name] = hashlib.file_digest(body, "sha256").hexdigest()
    except (OSError, tarfile.TarError, ValueError, EOFError) as error:
        raise BackupError(f"备份无法读取，可能不完整或已损坏：{error}") from error
    if manifest is None or manifest.get("format") != FORMAT:
        raise BackupError("备份不完整，或不是本系统的备份：没有清单。")
    contents = Contents(manifest["made_at"], manifest["vendor"], manifest["keys"], manifest["sha256"])
    wrong = sorted(
        name for name in found.keys() | contents.hashes.keys() if found.get(name) != contents.hashes.get(name)
    )
    if wrong:
        raise BackupError(f"备份已损坏，{len(wrong)} 个文件与清单不符：{'、'.join(wrong[:3])}")
    if strange := [name for name in found if name != DATABASE and not _is_file_name(name)]:
        raise BackupError(f"备份里有不属于本系统的文件名：{strange[0]}")
    return contents


def _write(out: io.BufferedWriter, folder: Path, now: datetime) -> Contents:
    hashes: dict[str, str] = {}
    with tarfile.open(fileobj=out, mode="w") as archive:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as scratch:
            copy = Path(scratch) / DATABASE
            _dump_database(copy)
            hashes[DATABASE] = _add(archive, DATABASE, copy)
        for path in _files_on_disk():
            name = f"{FILES}/{path.relative_to(settings.FILES_DIR).as_posix()}"
            try:
                hashes[name] = _add(archive, name, path)
            except FileNotFoundError:
                continue  # discarded while we were at it
        contents = Contents(now.isoformat(), connection.vendor, _fingerprints(), hashes)
        text = json.dumps(
            {
                "format": FORMAT,
                "made_at": contents.made_at,
                "vendor": contents.vendor,
                "keys": contents.keys,
                "sha256": hashes,
            }
        ).encode()
        member = tarfile.TarInfo(MANIFEST)
        member.size, member.mode = len(text), 0o600
        archive.addfile(member, io.BytesIO(text))
    return contents


def _add(archive: tarfile.TarFile, name: str, path: Path) -> str:
    """Put a file into the archive; returns the hash of what went in."""
    with path.open("rb") as body:
        digest = hashlib.file_digest(body, "sha256").hexdigest()
        body.seek(0)
        member = tarfile.TarInfo(name)
        member.size, member.mode = os.fstat(body.fileno()).st_size, 0o600
        archive.addfile(member, body)
    return digest


def _unpack(source: Path, contents: Contents, folder: Path) -> None:
    """Write the members below `folder`, each compared once more with its hash on the way."""
    with tarfile.open(source) as archive:
        for member in archive:
            if member.name == MANIFEST:
                continue
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            body = archive.extractfile(member)
            assert body is not None
            with target.open("xb") as out:
                shutil.copyfileobj(body, out)
                out.flush()
                os.fsync(out.fileno())
            with target.open("rb") as written:
                if hashlib.file_digest(written, "sha256").hexdigest() != contents.hashes[member.name]:
                    raise BackupError(f"写出的文件与清单不符，请检查磁盘：{member.name}")


def _files_on_disk() -> Iterator[Path]:
    if settings.FILES_DIR.is_dir():
        for path in sorted(settings.FILES_DIR.glob("*/*")):
            if path.is_file() and path.suffix != ".part":
                yield path


def _has_files() -> bool:
    return settings.FILES_DIR.is_dir() and any(settings.FILES_DIR.iterdir())


def _is_file_name(name: str) -> bool:
    """`files/ab/cdef…`, as `portal.files.store` names them."""
    parts = name.split("/")
    return len(parts) == 3 and parts[0] == FILES and all(part.isalnum() for part in parts[1:])


def _fingerprints() -> dict[str, str]:
    """Key id → a mark of that key that tells nothing of it (the keys are 32 bytes of chance)."""
    keys = {**settings.FIELD_KEYS, **settings.INDEX_KEYS}
    return {name: hmac.digest(b64decode(key), b"backup", "sha256").hex()[:16] for name, key in keys.items()}


def _dump_database(target: Path) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(target)) as copy:
            _copy_sqlite(_raw_connection(), copy)
        return
    _run_client("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")


def _raw_connection() -> sqlite3.Connection:
    connection.ensure_connection()
    return connection.connection


def _copy_sqlite(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    try:
        source.backup(target)
    except sqlite3.Error as error:
        raise BackupError(f"数据库复制失败：{error}") from error


def _load_database(copy: Path) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(copy)) as source:
            _copy_sqlite(source, _raw_connection())
        return
    _run_client(
        "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(copy)
    )


def _run_client(program: str, *arguments: str) -> None:
    """Run a PostgreSQL client program on our database; the password goes by the environment, where none looks."""
    where = connection.settings_dict
    command = [_client(program), f"--dbname={where['NAME']}", *arguments]
    given = {"PGHOST": where["HOST"], "PGPORT": str(where["PORT"]), "PGUSER": where["USER"]}
    given |= {"PGPASSWORD": where["PASSWORD"]}
    environment = os.environ | {name: value for name, value in given.items() if value}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{program} 失败：{done.stderr.strip()[-500:]}")


def _client(program: str) -> str:
    """The newest one installed: an older client refuses a newer server."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), key=lambda path: int(path.parts[4])
    )
    found = str(versions[-1]) if versions else shutil.which(program)
    if not found:
        raise BackupError(f"找不到 {program}，请先安装 PostgreSQL 客户端（Debian：postgresql-client）。")
    return found

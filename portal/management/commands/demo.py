"""`manage.py demo`: the whole portal on one machine, with people in every state, until Ctrl-C."""

import errno
import fcntl
import importlib.util
import io
import os
import signal
import socket
import sys
import threading
import time
import unicodedata
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils.module_loading import import_string

from portal import clock
from portal.rules.findings import Refused
from portal.supervisor import Part, Supervisor, say

DEFAULT_PORT = 8000
PORTS_TRIED = 50
# By name, since the kernel imports no app; in the order in which these build on each other.
SEEDS = (
    "applicants.demo.seed_demo",
    "exams.demo_after.seed_demo",
    "certificates.demo.seed_demo",
    "exams.demo.seed_demo",
)
COPY_NOTICE = "exams.catalogue.loading.copy_notice_into_year"
LOGINS = "applicants.demo.demo_logins"
Login = tuple[str, str, str, str]


class Command(BaseCommand):
    help = "启动演示：准备数据，运行网站、后台任务与定时任务，按 Ctrl-C 全部停止。"
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认 127.0.0.1")
        parser.add_argument("--port", type=int, help=f"端口，默认 {DEFAULT_PORT}，被占用时用下一个空闲端口")

    def handle(self, *, host: str, port: int | None, **options: object) -> None:
        if settings.PORTAL_ENV == "production":
            raise CommandError("演示会写入虚构的人和账号，不能在正式环境（PORTAL_ENV=production）中运行。")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _give_up)  # also where we inherited it as ignored
        with _only_one(), _listen(host, port) as listener:
            address = _public_address(host, listener.getsockname()[1])
            _remember(address)
            _prepare()
            os.environ["PUBLIC_BASE_URL"] = address
            if host not in {"127.0.0.1", "localhost"}:
                os.environ["ALLOWED_HOSTS"] = "*"
            greeting = threading.Thread(target=_greet, args=(address,), daemon=True)
            say("启动网站和后台任务……")
            code = Supervisor(_parts(listener)).run(greeting)
        say("演示已停止。")
        sys.exit(code)


def _prepare() -> None:
    """Database, notice and people; every step may be run again on what is there."""
    say("准备数据库……")
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("load_notice", stdout=io.StringIO())
    import_string(COPY_NOTICE)(clock.today().year)
    say("准备演示数据……第一次启动要建立人员、材料和申报，大约一分钟；以后几秒钟。")
    for name in SEEDS:
        if seed := _by_name(name):
            tell(seed)
    connections.close_all()


def tell(seed: Callable[[], None]) -> None:
    """One seed. What an older demo, or one that was killed while telling, left behind is no ground to build on."""
    try:
        seed()
    except Refused as refusal:
        raise CommandError(
            f"演示数据没有建完整（中断过，或由旧版本建立）：{refusal}请删除文件夹 {settings.VAR_DIR}，再重新启动演示。"
        ) from refusal


def _parts(listener: socket.socket) -> list[Part]:
    python = (sys.executable, "-m")
    web = (*python, "gunicorn", "portal.wsgi", "--bind", f"fd://{listener.fileno()}", "--workers", "2")
    web += ("--worker-class", "gthread", "--threads", "4", "--no-control-socket", "--log-level", "error")
    # Trying it as root is no accident here; in production the worker has a user of its own.
    quiet = ("-W", "ignore:You're running the worker with superuser privileges")
    celery = (sys.executable, *quiet, "-m", "celery", "--app", "portal.celery_app", "--quiet")
    worker = (*celery, "worker", "--concurrency", "2", "--loglevel", "warning")
    # One worker on one machine: nobody to gossip with.
    worker += ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return [
        Part("网站", web, pass_fds=(listener.fileno(),)),
        Part("后台任务", worker),
        Part("定时任务", (*celery, "beat", "--loglevel", "warning", "--pidfile=")),
    ]


def _listen(host: str, port: int | None) -> socket.socket:
    """A listening socket on the port asked for, or on the default one, or on the next that is free."""
    first = port or DEFAULT_PORT
    for candidate in range(first, min(first + PORTS_TRIED, 65536)):
        try:
            listener = socket.create_server((host, candidate), backlog=128)
        except PermissionError as error:
            raise CommandError(f"没有权限使用端口 {candidate}，请用 --port 指定 1024 以上的端口。") from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise CommandError(f"无法在 {host}:{candidate} 上监听：{error.strerror}。") from error
            continue
        if candidate == first:
            return listener
        if port is None:
            say(f"端口 {first} 已被其他程序占用，改用 {candidate}。也可以用 --port 指定。")
            return listener
        listener.close()
        raise CommandError(f"端口 {first} 已被其他程序占用。端口 {candidate} 空闲：--port {candidate}")
    raise CommandError(f"从 {first} 起的 {PORTS_TRIED} 个端口都被占用，请用 --port 指定其他端口。")


def _public_address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"", "0.0.0.0", "::"} else host  # noqa: S104 - compared, not listened on
    return f"http://{shown}:{port}"


@contextmanager
def _only_one() -> Iterator[None]:
    """Two demos on one folder would share database and queue: the second is told where the first is."""
    with (settings.VAR_DIR / "demo.lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise CommandError(
                f"演示已在运行：{lock.read().strip()}。要另开一份，请用环境变量 PORTAL_VAR 指定另一个文件夹。"
            ) from error
        yield


def _remember(address: str) -> None:
    (settings.VAR_DIR / "demo.lock").write_text(address, encoding="utf-8")


def _greet(address: str) -> None:
    """Once the site answers, print where it is and who can log in."""
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=60).close()  # noqa: S310 - our own address
            break
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.2)
    logins = _by_name(LOGINS)
    say(f"\n  {settings.ASSOCIATION_NAME}职业技能等级认定 · 演示\n\n  {address}\n")
    for line in _table((("身份", "手机号", "密码", "从这里开始"), *(logins() if logins else ()))):
        say(f"  {line}")
    say("\n  短信验证码显示在本窗口。按 Ctrl-C 停止。\n")


def _table(rows: Sequence[Login]) -> list[str]:
    """Lines of columns that stand in line although Chinese characters are twice as wide."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _by_name(name: str):
    module = name.rpartition(".")[0]
    return import_string(name) if importlib.util.find_spec(module) else None


def _give_up(number: int, frame: object) -> None:
    raise SystemExit(128 + number)

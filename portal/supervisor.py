"""Keeps a few programs running side by side and stops them all together: what `manage.py demo` stands on."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FrameType

from portal.processes import fresh_child

STOP_SECONDS = 15
# Ending this often within a minute is no accident: stop and say so.
ENOUGH_RESTARTS = 3
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Part:
    """One program: its name for people, its command, and descriptors it inherits."""

    name: str
    command: Sequence[str]
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    endings: list[float] = field(default_factory=list)
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=20))


class Supervisor:
    """Runs parts until a signal asks to stop, or until one of them keeps ending."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.asked_to_stop = threading.Event()

    def run(self, when_started: threading.Thread | None = None) -> int:
        """Start all, keep them up, stop all. 0 after a signal, 1 after a part that would not stay up."""
        for number in STOPPING:
            signal.signal(number, self._stop)  # also where we inherited it as ignored
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        try:
            for part in self.parts:
                self._start(part)
            if when_started:
                when_started.start()
            while not self.asked_to_stop.wait(0.3):
                for part in self.parts:
                    if part.process and part.process.poll() is not None and not self._restart(part):
                        return 1
            return 0
        finally:
            self._stop_all()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_stop.set()

    def _start(self, part: Part) -> None:
        part.process = subprocess.Popen(  # noqa: S603
            part.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=part.pass_fds,
            process_group=0,  # Ctrl-C reaches us alone; we stop the parts, in order
            preexec_fn=fresh_child(signal.SIGTERM),
        )
        threading.Thread(target=_relay, args=(part, part.process), daemon=True).start()

    def _restart(self, part: Part) -> bool:
        now = time.monotonic()
        part.endings = [moment for moment in part.endings if now - moment < 60] + [now]
        code = part.process.returncode if part.process else None
        if len(part.endings) >= ENOUGH_RESTARTS:
            say(f"{part.name} 接连 {len(part.endings)} 次意外结束（退出码 {code}），演示停止。最后的输出：")
            for line in part.last_lines:
                say(f"    {line}")
            return False
        say(f"{part.name} 意外结束（退出码 {code}），正在重新启动。")
        self._start(part)
        return True

    def _stop_all(self) -> None:
        running = [part.process for part in self.parts if part.process and part.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
        for process in running:
            # The group too: a part that was killed may have left children of its own.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def say(text: str) -> None:
    """Print to people; that nobody reads any more (a closed pipe) must not stop what runs."""
    with contextlib.suppress(BrokenPipeError, ValueError):
        # In one piece: two parts speak from two threads, and print would write the line and its end apart.
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _relay(part: Part, process: subprocess.Popen[bytes]) -> None:
    """Pass on a part's output line by line under its name, and keep the last lines for a post-mortem."""
    assert process.stdout is not None
    for raw in process.stdout:
        line = raw.decode(sys.getdefaultencoding(), errors="replace").rstrip()
        part.last_lines.append(line)
        say(f"[{part.name}] {line}")

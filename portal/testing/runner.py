"""The whole suite as phases of pytest, each in a process of its own, and one honest line at the end.

Without arguments:
1. linters, rules and everything else that needs no server, database tests on SQLite;
2. database tests again, on PostgreSQL and Redis;
3. journeys in a real browser on PostgreSQL;
4. the smoke journey on SQLite, the embedded default.
With arguments there is one phase: pytest with these arguments, on SQLite or on what TEST_DATABASE_URL names.

What a machine lacks is skipped and said at the end; where CI=true nothing may be skipped.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from portal import services
from portal.testing.browser import find_chromium
from portal.testing.report import Counts, read_junit

NO_TESTS_COLLECTED = 5
SERVERS = {"TEST_DATABASE_URL": services.postgresql, "TEST_REDIS_URL": services.redis}
TWO_PROCESSES = ("-n", "2", "--dist", "worksteal")


@dataclass(frozen=True)
class Phase:
    title: str
    arguments: tuple[str, ...]
    needs_servers: bool = False
    needs_browser: bool = False


PHASES = (
    Phase("checks, rules and SQLite", ("-m", "not journey and not postgres", *TWO_PROCESSES)),
    Phase(
        "PostgreSQL and Redis",
        ("-m", "not journey", "--database-only", *TWO_PROCESSES),
        needs_servers=True,
    ),
    Phase("journeys on PostgreSQL", ("tests/journeys",), needs_servers=True, needs_browser=True),
    Phase("smoke journey on SQLite", ("tests/journeys", "-m", "smoke"), needs_browser=True),
)


@dataclass
class PortalRunner:
    """Runs pytest with `arguments`, or every phase without any. `run()` gives the exit code."""

    arguments: Sequence[str]
    total: Counts = field(default_factory=Counts)
    notes: list[str] = field(default_factory=list)
    folder: Path = field(default_factory=lambda: Path(os.environ["PORTAL_TEST_VAR"]))

    def run(self) -> int:
        strict = os.environ.get("CI", "").lower() in {"1", "true"}
        if self.arguments:
            given = {name: os.environ[name] for name in SERVERS if name in os.environ}
            self._run_pytest(Phase("pytest", tuple(self.arguments)), servers=given)
        else:
            with ExitStack() as stack:
                servers = self._start_servers(stack)
                for phase in PHASES:
                    lacking = self._lacking(phase, servers)
                    if lacking:
                        self._leave_out(phase, lacking, strict=strict)
                    else:
                        self._run_pytest(phase, servers=servers if phase.needs_servers else {})
        if strict and self.total.skipped:
            self.notes.append("CI=true: nothing may be skipped")
            self.total += Counts(failed=1)
        shutil.rmtree(self.folder, ignore_errors=True)
        print()
        for note in self.notes:
            print(note)
        print(
            f"{self.total.passed} passed, {self.total.failed} failed, {self.total.skipped} skipped",
            flush=True,
        )
        return 1 if self.total.failed else 0

    def _start_servers(self, stack: ExitStack) -> dict[str, str]:
        servers = {}
        for name, start in SERVERS.items():
            try:
                servers[name] = stack.enter_context(start())
            except services.Unavailable as reason:
                self.notes.append(f"not started: {reason}")
        return servers

    def _lacking(self, phase: Phase, servers: dict[str, str]) -> str:
        if phase.needs_servers and len(servers) < 2:
            return "no PostgreSQL and Redis to run on"
        if phase.needs_browser and find_chromium() is None:
            return "no Chromium on this machine (Debian: apt-get install chromium)"
        return ""

    def _leave_out(self, phase: Phase, lacking: str, *, strict: bool) -> None:
        self.notes.append(f"{phase.title}: {'FAILED' if strict else 'skipped'}, {lacking}")
        self.total += Counts(failed=1) if strict else Counts(skipped=1)

    def _run_pytest(self, phase: Phase, *, servers: dict[str, str]) -> None:
        print(f"\n──── {phase.title} ────", flush=True)
        report = self.folder / "report.xml"
        report.unlink(missing_ok=True)
        # The report first: a person's own options may follow and win.
        command = [sys.executable, "-m", "pytest", f"--junit-xml={report}", *phase.arguments]
        environment = {name: value for name, value in os.environ.items() if name not in SERVERS}
        environment |= servers | {"PORTAL_TEST_VAR": str(self.folder / "phase")}
        code = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False).returncode  # noqa: S603
        counts = read_junit(report)
        if code and not counts.failed:
            why = "no test was found" if code == NO_TESTS_COLLECTED else f"pytest ended with code {code}"
            self.notes.append(f"{phase.title}: FAILED, {why}")
            counts += Counts(failed=1)
        else:
            self.notes.append(f"{phase.title}: {counts}")
        self.total += counts

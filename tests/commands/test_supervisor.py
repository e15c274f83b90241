"""Parts start, stay up and stop together, whatever signal ends them and however it was inherited."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

# Each part prints its process id; the supervisor marks the line with the part's name.
SCRIPT = """
import sys
from portal.supervisor import Part, Supervisor
parts = [Part(f"part{n}", [sys.executable, "-c", code]) for n, code in enumerate(sys.argv[1:])]
sys.exit(Supervisor(parts).run())
"""
LIVE = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
END = "print('no room', flush=True); raise SystemExit(3)"

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(project_root) -> Iterator[Start]:
    started = []

    def run(*parts: str, ignored: bool = False) -> subprocess.Popen[str]:
        def ignore() -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)

        process = subprocess.Popen(
            [sys.executable, "-u", "-c", SCRIPT, *parts],
            cwd=project_root,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=ignore if ignored else None,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def part_ids(supervisor: subprocess.Popen[str], count: int) -> list[int]:
    return [int(supervisor.stdout.readline().rpartition(" ")[2]) for _ in range(count)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("ignored", [False, True], ids=["usual", "inherited as ignored"])
def test_a_signal_stops_all(start, number, ignored):
    supervisor = start(LIVE, LIVE, ignored=ignored)
    ids = part_ids(supervisor, 2)
    supervisor.send_signal(number)
    assert supervisor.wait(timeout=60) == 0
    for process_id in ids:
        with pytest.raises(ProcessLookupError):
            os.kill(process_id, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's end")
def test_parts_do_not_outlive_a_killed_supervisor(start):
    supervisor = start(LIVE)
    (process_id,) = part_ids(supervisor, 1)
    watched = os.pidfd_open(process_id)
    supervisor.kill()
    ready, _, _ = select.select([watched], [], [], 30)
    os.close(watched)
    assert ready


def test_a_part_that_ends_once_is_started_again(start):
    supervisor = start(LIVE)
    (first,) = part_ids(supervisor, 1)
    os.kill(first, signal.SIGKILL)
    assert "part0 意外结束" in supervisor.stdout.readline()
    (second,) = part_ids(supervisor, 1)
    assert second != first


def test_a_part_that_keeps_ending_stops_all_and_its_last_words_are_shown(start):
    supervisor = start(LIVE, END)
    output, _ = supervisor.communicate(timeout=60)
    assert supervisor.returncode == 1
    assert "演示停止" in output
    assert "    no room" in output

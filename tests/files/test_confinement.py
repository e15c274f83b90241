"""What a file could make the child do, tried by programs that try it."""

import subprocess
import sys
from pathlib import Path

import pytest

from portal.files import intake
from portal.files.intake import UnusableFile, check_evidence, run_confined
from tests.files.samples import encoded, portrait

PROJECT = Path(intake.__file__).parents[2]

CONFINED = f"""
import os, socket, subprocess, sys
sys.path.insert(0, {str(PROJECT)!r})
from portal.files.confinement import confine
confine()
try:
    {{attempt}}
except (OSError, MemoryError) as error:
    print(type(error).__name__, end="")
else:
    print("succeeded", end="")
"""


def attempt(code: str) -> str:
    return run_confined([sys.executable, "-I", "-c", CONFINED.format(attempt=code)], b"", seconds=20).decode()


@pytest.mark.parametrize(
    "code",
    [
        "socket.socket()",
        "socket.socketpair()",
        "open('/etc/hostname')",
        "open('/tmp/left-behind', 'w')",
        "os.fork()",
        "subprocess.run(['/bin/true'])",
        "bytearray(2 << 30)",
    ],
)
def test_forbidden(code):
    # Which error it is depends on the kernel; that there is one must not.
    assert not attempt(code).endswith("succeeded")


def test_an_endless_answer_is_cut_off():
    with pytest.raises(subprocess.CalledProcessError):
        attempt("while os.write(1, bytes(1 << 20)): pass")


def test_what_is_not_forbidden_succeeds():
    assert attempt("bytearray(1 << 20)") == "succeeded"


def test_a_child_that_hangs_is_ended():
    with pytest.raises(subprocess.TimeoutExpired):
        run_confined([sys.executable, "-I", "-c", "import time; time.sleep(60)"], b"", seconds=0.5)


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import time; time.sleep(60)", "没能在限定时间内检查完"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "没能在限定时间内检查完"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "无法打开，可能已损坏"),
        ("raise SystemExit(1)", "无法打开，可能已损坏"),
    ],
    ids=["睡着不醒", "用尽处理器时间", "崩溃", "出错退出"],
)
def test_a_child_that_fails_is_reported_in_a_sentence(tmp_path, monkeypatch, program, sentence):
    child = tmp_path / "child.py"
    child.write_text(program)
    monkeypatch.setattr(intake, "CHILD", child)
    monkeypatch.setattr(intake, "CHILD_SECONDS", 1)
    with pytest.raises(UnusableFile, match=sentence):
        check_evidence(encoded(portrait(400, 560)), "a.jpg")

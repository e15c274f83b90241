"""`manage.py rules TOPIC` as a program: lines in, lines out, exit code, no database, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GOOD = b'{"session_on":"2026-10-12"}'


def _run(topic: str, given: bytes, var: Path) -> tuple[int, list[bytes], bytes]:
    done = subprocess.run(
        [sys.executable, "manage.py", "rules", topic],
        input=given,
        capture_output=True,
        cwd=ROOT,
        env={
            **os.environ,
            "PORTAL_VAR": str(var / "absent"),
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        },
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_good_lines_only_and_no_database(tmp_path: Path) -> None:
    code, lines, errors = _run("ticket", GOOD + b"\n\n  \r\n" + GOOD, tmp_path)
    assert (code, errors) == (0, b"")
    assert lines == [b'{"opens_on":"2026-09-29","provisional":false}'] * 2
    assert not (tmp_path / "absent").exists()


def test_bad_lines_are_answered_and_the_others_go_on(tmp_path: Path) -> None:
    bad = [
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b'{"session_on": NaN}',
        b'{"session_on": 1e999}',
        b'{"session_on": ' + b"9" * 5000 + b"}",
        b'{"session_on": "2026-10-12", "session_on": "2026-10-12"}',
        b'{"session_on": "2026-10-12", "\\ud800": 1}',
        b'{"session_on": "\\u0000"}',
        b'{"session_on": "\xff"}',
        b"\x00",
        b"[" * 100_000,
        b'{"session_on": ' + b'{"a":' * 50_000,
        b'{"session_on": "2026-10-12"} {}',
    ]
    code, lines, errors = _run("ticket", b"\n".join([*bad, GOOD]), tmp_path)
    assert (code, errors) == (1, b"")
    assert len(lines) == len(bad) + 1
    for line in lines[:-1]:
        error = json.loads(line)["error"]
        assert error.keys() == {"field", "message"}
        assert error["message"].endswith("。")
    assert lines[-1] == b'{"opens_on":"2026-09-29","provisional":false}'


def test_an_unknown_topic_is_told_without_a_traceback(tmp_path: Path) -> None:
    code, lines, errors = _run("weather", b"{}", tmp_path)
    assert code != 0
    assert not lines
    assert b"Traceback" not in errors


def test_answers_come_line_by_line_and_a_closed_pipe_is_quiet(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "manage.py", "rules", "ticket"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PORTAL_VAR": str(tmp_path)},
    ) as program:
        assert program.stdin
        assert program.stdout
        assert program.stderr
        program.stdin.write(GOOD + b"\n")
        program.stdin.flush()
        assert json.loads(program.stdout.readline())["opens_on"] == "2026-09-29"
        program.stdout.close()
        program.stdin.write((GOOD + b"\n") * 10)
        program.stdin.close()
        errors = program.stderr.read()
    assert errors == b""
    assert program.returncode == 0

"""`manage.py test`: arguments reach pytest, and the last line and the exit code tell the truth."""

import os
import subprocess
import sys

import pytest

from portal.testing.report import Counts, read_junit

SAMPLE = """
import pytest
def test_good(): pass
def test_fine(): pass
def test_bad(): assert False
def test_left_out(): pytest.skip("not today")
@pytest.fixture
def broken(): raise RuntimeError
def test_never_starts(broken): pass
@pytest.fixture
def untidy():
    yield
    raise RuntimeError
def test_does_not_end_well(untidy): pass
"""


@pytest.fixture
def manage_test(project_root, tmp_path):
    sample = tmp_path / "test_sample.py"
    sample.write_text(SAMPLE)

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if name not in {"CI", "PORTAL_TEST_VAR"}}
        return subprocess.run(
            [sys.executable, "manage.py", "test", str(sample), "-p", "no:cacheprovider", *arguments],
            cwd=project_root,
            env=kept | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.splitlines()[-1]


def test_counts_are_those_of_the_run(manage_test):
    done = manage_test()
    assert last_line(done) == "2 passed, 3 failed, 1 skipped"
    assert done.returncode == 1


def test_arguments_pass_through(manage_test):
    done = manage_test("-k", "good or left", "-x")
    assert last_line(done) == "1 passed, 0 failed, 1 skipped"
    assert done.returncode == 0


def test_nothing_may_be_skipped_in_ci(manage_test):
    done = manage_test("-k", "good or left", CI="true")
    assert last_line(done) == "1 passed, 1 failed, 1 skipped"
    assert done.returncode == 1


def test_finding_no_test_is_a_failure(manage_test):
    done = manage_test("-k", "nothing_of_that_name")
    assert last_line(done) == "0 passed, 1 failed, 0 skipped"
    assert done.returncode == 1


def test_a_missing_report_counts_nothing(tmp_path):
    assert read_junit(tmp_path / "absent.xml") == Counts()

"""From a bare python3 to a command inside `.venv`, in a small project with the real manage.py and bootstrap."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Stands for the installed framework: says which interpreter runs it and what it was told.
DJANGO = "import sys\ndef execute_from_command_line(argv): print(sys.prefix, *argv[1:])\n"


def lay_out(root: Path, source: Path) -> Path:
    (root / "portal" / "requirements").mkdir(parents=True)
    (root / "django" / "core" / "management").mkdir(parents=True)
    for name in ("manage.py", "portal/__init__.py", "portal/bootstrap.py"):
        shutil.copy(source / name, root / name)
    for name in ("runtime", "development"):
        (root / "portal" / "requirements" / f"{name}.txt").write_text(f"# {name}\n")
    for package in ("django", "django/core"):
        (root / package / "__init__.py").touch()
    (root / "django" / "core" / "management" / "__init__.py").write_text(DJANGO)
    return root


@pytest.fixture
def bare(tmp_path, project_root) -> Path:
    """The project as cloned."""
    return lay_out(tmp_path / "project", project_root)


@pytest.fixture(scope="module")
def used_once(tmp_path_factory, project_root) -> Path:
    root = lay_out(tmp_path_factory.mktemp("used") / "project", project_root)
    assert manage(root, "rules").returncode == 0
    return root


@pytest.fixture
def used(tmp_path, used_once) -> Path:
    """The project after `manage.py rules`: the environment holds the runtime lock."""
    return shutil.copytree(used_once, tmp_path / "project", symlinks=True)


def manage(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as a person types it, with the interpreter from which our own environment was made."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [os.path.realpath(sys.executable), str(project / "manage.py"), *arguments]
    return subprocess.run(
        command, cwd="/", env=clean | environment, capture_output=True, text=True, check=False
    )


def test_first_run_makes_an_environment_and_keeps_stdout_for_the_command(bare):
    done = manage(bare, "rules", "fee")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{bare / '.venv'} rules fee\n"
    assert "创建虚拟环境" in done.stderr


def test_second_run_is_silent_and_a_changed_lock_is_installed_again(used):
    again = manage(used, "rules")
    assert (again.returncode, again.stderr) == (0, "")
    (used / "portal" / "requirements" / "runtime.txt").write_text("# runtime, newer\n")
    changed = manage(used, "rules")
    assert "runtime.txt 安装依赖" in changed.stderr
    assert "创建虚拟环境" not in changed.stderr
    assert manage(used, "rules").stderr == ""


def test_the_development_lock_serves_every_command(used):
    assert "development.txt 安装依赖" in manage(used, "test").stderr
    assert manage(used, "test").stderr == ""
    assert manage(used, "rules").stderr == ""


def test_an_environment_whose_interpreter_is_gone_is_made_anew(used):
    python = used / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python3")
    done = manage(used, "rules")
    assert "创建虚拟环境" in done.stderr
    assert done.stdout == f"{used / '.venv'} rules\n"


def test_without_a_network_it_says_so_and_the_next_run_tries_again(used):
    lock = used / "portal" / "requirements" / "runtime.txt"
    lock.write_text(f"no-such-package-of-ours==1.0 --hash=sha256:{'0' * 64}\n")
    unreachable = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    done = manage(used, "rules", PIP_FIND_LINKS="", **unreachable)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "请检查网络" in done.stderr
    assert "Traceback" not in done.stderr
    lock.write_text("# reachable again\n")
    assert manage(used, "rules").returncode == 0


def test_inside_an_environment_it_only_asks_for_the_framework(used):
    inside = [str(used / ".venv" / "bin" / "python"), "manage.py", "rules"]
    (used / "portal" / "requirements" / "runtime.txt").write_text("# newer, and none of its business\n")
    done = subprocess.run(inside, cwd=used, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    shutil.rmtree(used / "django")
    done = subprocess.run(inside, cwd=used, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install --require-hashes" in done.stderr

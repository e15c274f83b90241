"""From a bare python3 to the project's own virtual environment, with the standard library alone.

Outside a virtual environment every command of manage.py passes through `enter`: it makes `.venv`, installs
the hashed lock where that changed, and starts the command again inside. Inside a virtual environment, and so
in the container image, which has one, it does nothing. It speaks on stderr: stdout is the command's own.
"""

import ctypes
import ctypes.util
import fcntl
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "portal" / "requirements"
STAMP = VENV / "installed-lock"

# What WeasyPrint opens at run time → Debian's package. Without the last a ticket takes fifty times as long.
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}


def enter(arguments: Sequence[str]) -> None:
    """Return inside a virtual environment; elsewhere make ours ready and start again inside it."""
    if sys.prefix != sys.base_prefix:
        _require_django()
        return
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older one is told so
        _stop(f"需要 Python 3.11 或更高版本，当前是 {sys.version.split()[0]}。")
    command = arguments[0] if arguments else ""
    if command in {"demo", "test"}:
        _require_packages(missing_libraries())
    lock = "development" if command == "test" else "runtime"
    try:
        _prepare(lock)
    except OSError as error:
        _stop(f"无法准备虚拟环境 {VENV}：{error}")
    python = str(VENV / "bin" / "python")
    sys.stdout.flush()
    os.execv(python, [python, str(ROOT / "manage.py"), *arguments])  # noqa: S606 - the point of this module


def missing_libraries() -> list[str]:
    """Debian names of the packages whose shared libraries this machine cannot open."""
    if sys.platform == "darwin":
        return [] if ctypes.util.find_library("pango-1.0") else ["pango"]
    return [package for library, package in LIBRARIES.items() if not _opens(library)]


def is_current(lock: str) -> bool:
    """Whether `.venv` holds the lock `runtime` or `development` as it now is; the latter contains the former."""
    try:
        stamp = STAMP.read_text(encoding="ascii")
    except OSError:
        return False
    return stamp in {_stamp(name) for name in {lock, "development"}} and (VENV / "bin" / "python").exists()


def _prepare(lock: str) -> None:
    if is_current(lock):
        return
    folder = os.open(LOCKS, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # two first runs at once: the second waits and finds it done
        if not is_current(lock):
            _make_venv()
            _install(lock)
    finally:
        os.close(folder)


def _make_venv() -> None:
    python = VENV / "bin" / "python"
    if python.exists() and _runs(python, "import pip"):
        return
    if importlib.util.find_spec("ensurepip") is None:
        _require_packages(["python3-venv"])
    _say(f"正在创建虚拟环境 {VENV} ……")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], stdout=sys.stderr, check=False)  # noqa: S603
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        _stop("创建虚拟环境失败，原因见上。")


def _install(lock: str) -> None:
    requirements = LOCKS / f"{lock}.txt"
    _say(f"正在按 {requirements.relative_to(ROOT)} 安装依赖（核对每个文件的摘要），首次约需一两分钟……")
    STAMP.unlink(missing_ok=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    command = [*pip, "--quiet", "--require-hashes", "--requirement", str(requirements)]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode:  # noqa: S603
        _stop(
            "安装依赖失败，原因见上。多半是网络不通：请检查网络或代理，\n"
            "或用环境变量 PIP_INDEX_URL 指定就近的镜像，然后再运行一次同样的命令。"
        )
    STAMP.write_text(_stamp(lock), encoding="ascii")


def _require_packages(packages: Sequence[str]) -> None:
    """Install missing system packages where that is ours to do, else say the line that does it and stop."""
    if not packages:
        return
    names = " ".join(packages)
    if sys.platform == "darwin":
        _stop(f"缺少系统组件，请先运行：\n  brew install {names}")
    if not shutil.which("apt-get"):
        _stop(f"缺少系统组件（以 Debian 的名称表示）：{names}\n请用本系统的软件管理工具安装后再试。")
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if os.geteuid() != 0:
        _stop(f"缺少系统组件，请先运行：\n  sudo {shlex.join(install)}")
    _say(f"缺少系统组件，正在用 apt-get 安装：{names}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "--quiet", "update"], install):
        # A package source that is out of reach need not stop us: the package may come from another.
        failed = subprocess.run(step, env=quiet, stdout=subprocess.DEVNULL, check=False).returncode  # noqa: S603
    if failed:
        _stop(f"安装系统组件失败，原因见上。请检查网络后运行：\n  {shlex.join(install)}")


def _require_django() -> None:
    if importlib.util.find_spec("django") is None:
        lock = (LOCKS / "development.txt").relative_to(ROOT)
        _stop(f"当前虚拟环境 {sys.prefix} 还没有安装依赖，请运行：\n  pip install --require-hashes -r {lock}")


def _opens(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _runs(python: Path, code: str) -> bool:
    """Whether that interpreter still works: a system upgrade can leave a virtual environment without one."""
    return not subprocess.run([str(python), "-c", code], capture_output=True, check=False).returncode  # noqa: S603


def _stamp(lock: str) -> str:
    return f"{lock} {hashlib.sha256((LOCKS / f'{lock}.txt').read_bytes()).hexdigest()}\n"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _stop(text: str) -> NoReturn:
    _say(text)
    raise SystemExit(1)

"""`manage.py demo` as a person meets it: an address that answers, and Ctrl-C that stops all."""

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from django.core.management.base import CommandError

from portal.celery_app import SCHEDULE, app
from portal.management.commands import demo
from portal.rules.findings import Finding, Refused


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    assert set(SCHEDULE) - set(app.tasks) == set()


def test_demo_answers_and_stops_on_a_signal_it_inherited_as_ignored(project_root, tmp_path):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PORTAL_"))
    }
    demo = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=project_root,
        env=environment | {"PORTAL_VAR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    try:
        said = ""
        while "Ctrl-C" not in said:
            line = demo.stdout.readline()
            assert line, said
            said += line
        address = re.search(r"http://127\.0\.0\.1:\d+", said).group()
        assert urllib.request.urlopen(address).status == 200
        second = subprocess.run(
            [sys.executable, "manage.py", "demo"],
            cwd=project_root,
            env=environment | {"PORTAL_VAR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert f"演示已在运行：{address}" in second.stderr
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=90)
    finally:
        demo.kill()
    assert demo.returncode == 0, rest
    assert "演示已停止" in rest


def test_what_an_unfinished_demo_left_behind_is_named_with_the_way_out(settings):
    def seed() -> None:
        raise Refused(Finding("N2026-2.2", "another_live_application", "您已有一份申报。"))

    with pytest.raises(CommandError, match=r"没有建完整.*您已有一份申报.*请删除文件夹") as told:
        demo.tell(seed)
    assert str(settings.VAR_DIR) in str(told.value)

"""The address that load balancers and the container ask."""

import os
import subprocess
import sys

import pytest


@pytest.mark.django_db
def test_it_answers_anybody_while_the_database_does(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.parametrize(("name", "code"), [("localhost", 0), ("a-name-that-is-not-ours.example.cn", 1)])
def test_the_container_asks_the_process_beside_it(live_server, project_root, name, code):
    done = subprocess.run(
        [sys.executable, "-m", "portal.healthcheck", str(live_server.thread.port)],
        cwd=project_root,
        env={"ALLOWED_HOSTS": f"{name},portal.example.cn"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert ("400" in done.stderr) == bool(code)


def test_a_lost_database_is_said_within_seconds_and_without_detail(project_root, tmp_path):
    """In a process of its own: its settings name a PostgreSQL that is not there."""
    lost = {
        "TEST_DATABASE_URL": "postgres://nobody:secret@127.0.0.1:1/none",
        "PORTAL_TEST_VAR": str(tmp_path),
    }
    script = (
        "import django; django.setup()\n"
        "from django.test import RequestFactory\n"
        "from portal.health import health\n"
        "answer = health(RequestFactory().get('/healthz'))\n"
        "print(answer.status_code, answer.content.decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=project_root,
        env={**os.environ, **lost},
        capture_output=True,
        text=True,
        timeout=25,  # the pool's default patience is 30
        check=True,
    )
    assert done.stdout.strip() == "503 database unavailable"

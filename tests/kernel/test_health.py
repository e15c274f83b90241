"""The address that load balancers and the container ask."""

import pytest

from portal import health


@pytest.mark.django_db
def test_it_answers_anybody_while_the_database_does(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_the_container_asks_the_process_beside_it(live_server, monkeypatch, capsys):
    monkeypatch.setenv("ALLOWED_HOSTS", "localhost,portal.example.cn")
    assert health.ask(port=live_server.thread.port) == 0
    monkeypatch.setenv("ALLOWED_HOSTS", "a-name-that-is-not-ours.example.cn")
    assert health.ask(port=live_server.thread.port) == 1
    assert "400" in capsys.readouterr().err

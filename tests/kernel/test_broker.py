"""The embedded broker: what a worker finds is whole, and in order."""

from pathlib import Path

import pytest
from kombu import Connection

from portal.celery_app import app  # installs the transport

FILESYSTEM = "filesystem://localhost"


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "queue"
    path.mkdir()
    return path


@pytest.fixture
def queue(folder):
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder.parent / "control"),
        "polling_interval": 0.01,
    }
    with Connection(FILESYSTEM, transport_options=options) as connection:
        # Kombu remembers bindings by process: a queue of the same name would not be bound in this folder.
        yield connection.SimpleQueue(folder.parent.name)


class Watching:
    """Part of a message that notes, while it is being written, which messages a worker would find."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.found = folder, ["not written"]

    def __json__(self) -> str:
        self.found = [file.name for file in self.folder.iterdir() if file.name.endswith(".msg")]
        return "written"


def test_a_message_is_not_found_before_it_is_written(queue, folder):
    watching = Watching(folder)
    name = queue.queue.name
    queue.channel._put(name, {"body": watching})
    assert watching.found == []
    assert [file.name.endswith(f".{name}.msg") for file in folder.iterdir()] == [True]
    assert queue.channel._get(name) == {"body": "written"}


def test_messages_come_in_the_order_in_which_they_were_put(queue):
    for number in range(50):
        queue.put({"number": number})
    assert [queue.get(timeout=30).payload["number"] for _ in range(50)] == list(range(50))


def test_celery_speaks_through_it(folder):
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder)}
    with app.connection(FILESYSTEM, transport_options=options) as connection:
        assert type(connection.transport).__module__ == "portal.broker"

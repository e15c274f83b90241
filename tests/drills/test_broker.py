"""The broker refuses, hangs, or cannot write: what people ask for succeeds, and the sweep catches up (R7)."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from portal.messages import outbox
from portal.messages.models import Message
from tests.drills.processes import run

pytestmark = pytest.mark.django_db(transaction=True)

SIGN_UP = """
import shutil
from pathlib import Path
from django.conf import settings
from portal import celery_app
os.environ.pop("CELERY_BROKER_URL", None)  # Celery would prefer it to what follows
settings.CELERY_BROKER_URL = os.environ["DRILL_BROKER"]
settings.VAR_DIR = Path(os.environ["DRILL_FOLDER"])
celery_app.app.conf.update(
    broker_url=settings.CELERY_BROKER_URL, broker_transport_options=celery_app._transport_options()
)
shutil.rmtree(settings.VAR_DIR, ignore_errors=True)
settings.VAR_DIR.write_text("no folder any more")
from django.test import Client
from django.urls import reverse
from tests.accounts.helpers import TYPED
print(Client(SERVER_NAME="localhost").post(reverse("account_signup"), TYPED).status_code, celery_app._silent_until > 0)
"""


@contextmanager
def hanging() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@contextmanager
def refusing() -> Iterator[str]:
    yield "redis://127.0.0.1:1/0"


@contextmanager
def unwritable() -> Iterator[str]:
    """The embedded broker whose folder is gone."""
    yield "filesystem://localhost"


@pytest.mark.parametrize("broker", [refusing, hanging, unwritable])
def test_somebody_signs_up_while_the_broker_is_down(broker, tmp_path):
    with broker() as address:
        said = run(SIGN_UP, DRILL_BROKER=address, DRILL_FOLDER=str(tmp_path / "var"))
    assert said.split() == ["302", "True"], "the page as ever, and the fault noticed"
    assert Message.objects.get().state == Message.State.WAITING
    assert outbox.send_waiting() == 1, "the sweep finds the message by its state"

"""A sender killed between claiming a message and marking it: sent at least once, and marked (pitfall 4)."""

import json
import os
import signal
from datetime import timedelta

import pytest
from django.conf import settings

from portal import clock
from portal.messages import outbox
from portal.messages.models import Message
from tests.drills.processes import start

pytestmark = pytest.mark.django_db(transaction=True)

SENDER = "from portal.messages.outbox import send_waiting\nsend_waiting()"


def hand_over(message: Message) -> None:
    with open(settings.VAR_DIR / "handed-over.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(str(message.pk)) + "\n")


class Provider:
    def send(self, message: Message) -> None:
        hand_over(message)


class KilledBefore:
    def send(self, message: Message) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class KilledAfter:
    def send(self, message: Message) -> None:
        hand_over(message)
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(("backend", "times"), [(KilledBefore, 1), (KilledAfter, 2)])
def test_the_message_arrives_and_is_marked(settings, process_day, backend, times):
    handed_over = settings.VAR_DIR / "handed-over.jsonl"
    handed_over.unlink(missing_ok=True)
    message = outbox.post(
        "application_withdrawn", account=None, address="+8613800138000", dedupe_key="k", number="A1"
    )
    killed = start(SENDER, MESSAGE_BACKEND=f"{__name__}.{backend.__name__}")
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    settings.MESSAGE_BACKEND = f"{__name__}.Provider"
    assert outbox.send_waiting() == 0, "the dead sender's lease holds others off"
    process_day(clock.now() + outbox.LEASE + timedelta(seconds=1))
    assert outbox.send_waiting() == 1
    message.refresh_from_db()
    assert (message.state, message.leased_until) == (Message.State.SENT, None)
    assert [json.loads(line) for line in handed_over.read_text().splitlines()] == [str(message.pk)] * times

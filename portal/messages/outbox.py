"""The outbox: `post` writes a message in the caller's transaction; `send_waiting` hands it to the provider.

A message is claimed with a lease before it is sent, so that two senders do not send it twice, and a killed sender's
messages are taken up again. The text of every event is in `texts.py`, the table of them in README.md.
"""

import logging
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from portal import clock, leases
from portal.messages.models import Message
from portal.messages.texts import TEXTS

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
ATTEMPTS = 5
# Providers repeat what they were given, and the reason is kept in the clear: no phone or code in it.
LONG_NUMBER = re.compile(r"\d{6,}")


def post(
    event: str,
    *,
    account: Any | None,
    address: str | None,
    dedupe_key: str,
    channel: str = Message.Channel.SMS,
    **values: Any,
) -> Message | None:
    """Write one message; the same `dedupe_key` again writes nothing and returns None.

    `values` fill the event's text. Raises KeyError for an unknown event or a missing value: a fault of ours.
    """
    text = TEXTS[event].format(association=settings.ASSOCIATION_NAME, **values)
    text = text.replace("。。", "。")  # a reason may end its own sentence
    if Message.objects.filter(dedupe_key=dedupe_key).exists():
        return None
    message = Message(
        id=uuid4(),
        event=event,
        channel=channel if address else Message.Channel.PAGE,
        account=account,
        address=address,
        text=text,
        dedupe_key=dedupe_key,
        created_at=clock.now(),
    )
    if message.channel == Message.Channel.PAGE:
        message.state, message.sent_at = Message.State.SENT, message.created_at
    message.save(force_insert=True)
    if message.state == Message.State.WAITING:
        transaction.on_commit(_nudge)
    return message


def send_waiting(limit: int = 200) -> int:
    """Send what waits, oldest first; returns how many were sent. Safe to run twice, late, or killed anywhere."""
    backend = import_string(settings.MESSAGE_BACKEND)()
    sent = 0
    for _ in range(limit):
        message = _claim()
        if message is None:
            break
        try:
            backend.send(message)
        except Exception as error:  # a provider fails in ways of its own; the row keeps the reason
            logger.warning("message %s not sent: %s", message.pk, type(error).__name__)
            _mark(message, error=LONG_NUMBER.sub("…", str(error))[:200])
        else:
            _mark(message)
            sent += 1
    return sent


def _claim() -> Message | None:
    return leases.claim(Message.objects.filter(state=Message.State.WAITING).order_by("created_at"), LEASE)


def _mark(message: Message, error: str = "") -> None:
    now = clock.now()
    if not error:
        changes = {"state": Message.State.SENT, "sent_at": now, "error": "", "leased_until": None}
    elif message.attempts >= ATTEMPTS:
        changes = {"state": Message.State.FAILED, "error": error, "leased_until": None}
    else:
        changes = {"error": error, "leased_until": now + LEASE * message.attempts}
    Message.objects.filter(pk=message.pk).update(**changes)


def _nudge() -> None:
    """Ask a worker to send now. A broker that is down costs nothing: the sweep finds the row."""
    from portal.celery_app import nudge

    nudge("portal.tasks.send_messages")

"""Where messages go: the setting MESSAGE_BACKEND names one class with `send(message)`, which raises to be tried again."""

import json
import logging
from typing import Protocol

from django.conf import settings
from django.core.mail import send_mail

from portal import clock
from portal.messages.models import Message

logger = logging.getLogger(__name__)


class Backend(Protocol):
    """What an SMS provider's adapter implements. The message id makes a repeated hand-over recognisable."""

    def send(self, message: Message) -> None: ...


class FileBackend:
    """For the demo: one JSON line a message in VAR_DIR/outbox.jsonl, and the text on the console."""

    def send(self, message: Message) -> None:
        line = {
            "id": str(message.pk),
            "to": message.address,
            "channel": message.channel,
            "text": message.text,
        }
        with open(settings.VAR_DIR / "outbox.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps({"at": clock.now().isoformat(), **line}, ensure_ascii=False) + "\n")
        logger.info("[%s → %s] %s", message.get_channel_display(), message.address, message.text)


class EmailBackend:
    """E-mail through Django's mail settings (EMAIL_URL)."""

    def send(self, message: Message) -> None:
        if message.channel != Message.Channel.EMAIL:
            raise ValueError(f"not an e-mail: {message.channel}")
        send_mail(settings.ASSOCIATION_NAME, message.text, None, [str(message.address)])

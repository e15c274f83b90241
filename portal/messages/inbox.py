"""What a person finds under 我的消息: what was sent to them, one-time codes left out."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from portal import clock
from portal.messages.models import Message

# Codes are for the moment, and these answers to strangers' attempts would only worry.
NOT_SHOWN = ("verification_code", "account_exists", "account_unknown", "invitation")


def inbox_of(account: Any) -> QuerySet[Message]:
    """The account's messages, the newest first."""
    return Message.objects.filter(account=account).exclude(event__in=NOT_SHOWN).order_by("-created_at", "-id")


def unread_count(account: Any) -> int:
    return inbox_of(account).filter(read_at=None).count()


def mark_read(keys: Collection[UUID]) -> None:
    """Note that these were shown."""
    Message.objects.filter(pk__in=keys, read_at=None).update(read_at=clock.now())

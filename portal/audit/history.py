"""The trail about one person as a history in words, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model

from portal.audit.models import AuditEntry
from portal.audit.trail import read_personal
from portal.audit.words import in_words

SHOWN = 60
TOLD = {"reason": "理由", "note": "说明", "old": "原值", "new": "新值"}
"""The personal values that a history tells."""


@dataclass(frozen=True)
class Deed:
    """What was done, when, by whom (系统 for the system), and the words that were given for it."""

    at: datetime
    what: str
    who: str
    note: str


def history_of_person(person_id: UUID) -> list[Deed]:
    """The latest deeds about a person, in a fixed number of queries but for those with personal values."""
    return deeds(AuditEntry.objects.filter(person_id=str(person_id)).order_by("-at", "-id")[:SHOWN])


def deeds(entries: Iterable[AuditEntry]) -> list[Deed]:
    """Entries of the trail in words."""
    rows = list(entries)
    names = actor_names(row.actor_id for row in rows)
    return [Deed(row.at, in_words(row.action), names.get(row.actor_id, "系统"), _note(row)) for row in rows]


def actor_names(keys: Iterable[str]) -> dict[str, str]:
    """Who stands behind the actors' ids, by id as text."""
    found = get_user_model().objects.filter(pk__in={key for key in keys if key})
    return {str(account.pk): str(account) for account in found}


def _note(entry: AuditEntry) -> str:
    values: dict[str, Any] = {**entry.detail, **(read_personal(entry) or {})}
    return "；".join(f"{title}：{values[name]}" for name, title in TOLD.items() if values.get(name))

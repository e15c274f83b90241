"""What must always hold of the kernel's own rows; each check yields the keys of the records that break it."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import models

from portal import clock
from portal.audit import trail
from portal.crypto import Unreadable
from portal.files import store
from portal.files.models import StoredFile
from portal.messages.models import Message
from portal.registry import Invariant

DOCUMENT_NUMBER = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
"""Eighteen characters in the shape of GB 11643, standing alone."""
OLD_MESSAGE_HOURS = 24


def broken_trail() -> Iterator[str]:
    """Whatever the verifier of the trail finds wrong."""
    yield from trail.verify()


def old_messages() -> Iterator[Any]:
    """Messages that have waited for a day, so that nobody looks after the outbox."""
    before = clock.now() - timedelta(hours=OLD_MESSAGE_HOURS)
    yield from Message.objects.filter(state=Message.State.WAITING, created_at__lt=before).values_list(
        "pk", flat=True
    )


def missing_files() -> Iterator[Any]:
    """Files in use whose bytes are gone, do not open, or are not those that were stored."""
    for file in StoredFile.objects.filter(discarded_at=None).iterator(chunk_size=500):
        try:
            digest = hashlib.sha256()
            for piece in store.read_chunks(file):
                digest.update(piece)
            whole = digest.hexdigest() == file.sha256
        except (OSError, Unreadable):
            whole = False
        if not whole:
            yield file.pk


def clear_document_numbers() -> Iterator[str]:
    """Rows with an identity number in clear in any text or JSON column (P1), as table.column:key."""
    for model in apps.get_models():
        fields = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
        ]
        if not fields:
            continue
        names = [field.attname for field in fields]
        for row in model._base_manager.values_list("pk", *names).iterator(chunk_size=2000):
            for name, value in zip(names, row[1:], strict=True):
                if value and DOCUMENT_NUMBER.search(str(value)):
                    yield f"{model._meta.db_table}.{name}:{row[0]}"


INVARIANTS = (
    Invariant("broken_trail", "操作记录链不完整", broken_trail),
    Invariant("old_message", "消息超过一天没有发出", old_messages),
    Invariant("missing_file", "有文件缺失、无法打开或被改动", missing_files),
    Invariant("clear_document_number", "有字段以明文存放证件号码", clear_document_numbers),
)

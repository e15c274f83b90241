"""The trail's one writer, its sealer and its verifier.

`record` inserts an unchained row inside the action's transaction, so writers never wait for each other. `seal`
chains what is not yet sealed; the sweep calls it every minute. Personal values are encrypted under a key per
person: erasing a person deletes the key, and the chain stays whole because it covers the ciphertext.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models, transaction

from portal import clock
from portal.audit.models import AccessEntry, AuditEntry, AuditSeal, PersonKey
from portal.crypto import open_bytes, seal_bytes

UNSEALED_ALARM = timedelta(minutes=5)
GENESIS = "0" * 64


def record(
    action: str,
    *,
    actor: models.Model | None,
    subject: models.Model,
    person_id: UUID | None = None,
    detail: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write what `actor` (None: the system) did to `subject`. Call it inside the action's transaction.

    `detail` holds nothing personal (codes, ids, amounts in fen); `personal` (names, numbers, free text about a
    person) needs `person_id` and is kept only encrypted.
    """
    if personal and person_id is None:
        raise ValueError("personal values need the person they are about")
    entry = AuditEntry(
        id=uuid4(),
        at=clock.now(),
        action=action,
        actor_id=str(actor.pk) if actor is not None else "",
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        person_id=str(person_id or ""),
        detail=json.loads(_canonical(detail or {})),
    )
    if personal:
        entry.personal = _seal_personal(personal, person_id, entry.id)
    entry.digest = _digest(entry)
    entry.save(force_insert=True)
    return entry


def record_access(
    kind: str,
    *,
    actor: models.Model | None,
    subject: models.Model,
    person_id: UUID | None = None,
    birth_date: date | None = None,
    reason: str = "",
) -> None:
    """Log a look at or a download of personal data; people under 18 are marked for the yearly report."""
    _access(kind, actor, subject, person_id, birth_date, reason).save(force_insert=True)


def record_accesses(
    kind: str, *, actor: models.Model, looked_at: Iterable[tuple[models.Model, UUID, date | None]]
) -> None:
    """`record_access` for what was taken of many people at once: (subject, person, birth date or None) for each."""
    entries = [_access(kind, actor, *one) for one in looked_at]
    AccessEntry.objects.bulk_create(entries, batch_size=500)


def _access(
    kind: str,
    actor: models.Model | None,
    subject: models.Model,
    person_id: UUID | None,
    birth_date: date | None,
    reason: str = "",
) -> AccessEntry:
    return AccessEntry(
        at=clock.now(),
        kind=kind,
        actor_id=str(actor.pk) if actor is not None else "",
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        person_id=str(person_id or ""),
        of_minor=birth_date is not None and _is_minor(birth_date),
        reason=reason[:200],
    )


def _is_minor(birth_date: date) -> bool:
    """Whether somebody born then is under 18 today."""
    today = clock.today()
    before_birthday = (today.month, today.day) < (birth_date.month, birth_date.day)
    return today.year - birth_date.year - before_birthday < 18


def read_personal(entry: AuditEntry) -> dict[str, Any] | None:
    """The personal values of an entry; None where there are none or the key they were sealed with was deleted.

    Whoever was erased but is kept, as the holder of a certificate, has another key as soon as something more is noted.
    """
    if not entry.personal:
        return None
    kept = PersonKey.objects.filter(pk=entry.person_id).first()
    if kept is None:
        return None
    key = open_bytes(kept.wrapped_key, bound_to=f"person-key.{entry.person_id}")
    sealed = bytes(entry.personal)
    try:
        return json.loads(AESGCM(key).decrypt(sealed[:12], sealed[12:], str(entry.id).encode()))
    except InvalidTag:  # of before the erasure; a value that was tampered with shows in `verify`
        return None


def erase_person(person_id: UUID) -> None:
    """Make all personal values about this person in the trail unreadable for good."""
    PersonKey.objects.filter(pk=person_id).delete()


@transaction.atomic
def seal(limit: int = 1000) -> int:
    """Chain up to `limit` unsealed entries, oldest first; returns how many. Safe to run twice at once."""
    # The last link is locked, so that two sealers cannot continue from it both; SQLite has one writer anyway.
    last = AuditSeal.objects.select_for_update().order_by("-sequence").first()
    sequence, chain = (last.sequence, last.chain) if last else (0, GENESIS)
    waiting = AuditEntry.objects.exclude(pk__in=AuditSeal.objects.values("entry_id")).order_by("at", "id")[
        :limit
    ]
    links = []
    for entry in waiting:
        sequence += 1
        chain = _link(chain, sequence, entry.pk, entry.digest)
        links.append(AuditSeal(sequence=sequence, entry_id=entry.pk, digest=entry.digest, chain=chain))
    AuditSeal.objects.bulk_create(links)
    return len(links)


def unsealed_too_long() -> int:
    """How many entries have waited longer than the alarm allows."""
    return (
        AuditEntry.objects.filter(at__lt=clock.now() - UNSEALED_ALARM)
        .exclude(pk__in=AuditSeal.objects.values("entry_id"))
        .count()
    )


def verify() -> list[str]:
    """Check the whole trail; returns a line for each thing wrong, none when it is whole."""
    problems: list[str] = []
    chain, expected = GENESIS, 0
    entries = AuditEntry.objects.in_bulk
    links = AuditSeal.objects.order_by("sequence").iterator(chunk_size=500)
    for batch in _batches(links, 500):
        found = entries([link.entry_id for link in batch])
        for link in batch:
            expected += 1
            if link.sequence != expected:
                problems.append(f"链在第 {expected} 环断开：下一环是第 {link.sequence} 环")
                expected = link.sequence
            chain = _link(chain, link.sequence, link.entry_id, link.digest)
            if chain != link.chain:
                problems.append(f"第 {link.sequence} 环的链值不符")
                chain = link.chain
            entry = found.get(link.entry_id)
            if entry is None:
                problems.append(f"第 {link.sequence} 环所指的记录 {link.entry_id} 不存在")
            elif _digest(entry) != link.digest or entry.digest != link.digest:
                problems.append(f"记录 {link.entry_id} 的内容与摘要不符")
    return problems


def _batches(rows, size):
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _link(previous: str, sequence: int, entry_id: UUID, digest: str) -> str:
    return hashlib.sha256(f"{previous}|{sequence}|{entry_id}|{digest}".encode()).hexdigest()


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def _digest(entry: AuditEntry) -> str:
    body = [
        str(entry.id),
        entry.at.astimezone(clock.SHANGHAI).isoformat(),
        entry.action,
        entry.actor_id,
        entry.subject_type,
        entry.subject_id,
        entry.person_id,
        _canonical(entry.detail),
        bytes(entry.personal).hex(),
    ]
    return hashlib.sha256(_canonical(body).encode()).hexdigest()


def _seal_personal(personal: Mapping[str, Any], person_id: UUID | None, entry_id: UUID) -> bytes:
    bound = f"person-key.{person_id}"
    kept, _ = PersonKey.objects.get_or_create(
        pk=person_id, defaults={"wrapped_key": seal_bytes(secrets.token_bytes(32), bound_to=bound)}
    )
    nonce = secrets.token_bytes(12)
    key = open_bytes(kept.wrapped_key, bound_to=bound)
    return nonce + AESGCM(key).encrypt(nonce, _canonical(personal).encode(), str(entry_id).encode())

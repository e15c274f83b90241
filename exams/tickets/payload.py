"""What a ticket's QR code carries: enough to admit its bearer with no network, signed so that none can be made up.

The payload is base64url without padding of a JSON array in UTF-8 followed by an Ed25519 signature (64 bytes) over
`PURPOSE` and that array:

    [key id, ticket number, version, name, last 4 of the document, digest, [sitting …], expires]
    sitting = [subject's first letter, start, minutes, room, seat]

`start` and `expires` are minutes since 1970 in UTC; a ticket expires at the end of its last sitting's day in Shanghai.
`digest` is 8 bytes of HMAC-SHA256 over ticket number and whole document number in base64url: it says nothing to the
bearer of a scanner (the key stays on the server), but lets the server tell whether the document shown at the door
is the one the ticket was made for (`is_for_document`). The reader refuses whatever it would not have written itself:
other alphabets, padding, stray bits, other orders.

The printed code is an address of the door page with the payload behind `#`, which browsers keep to themselves: no
log ever sees it. `static/js/door.js` verifies the same bytes in the browser.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from exams.tickets.face import TicketFace
from portal.clock import SHANGHAI

PURPOSE = b"admission-ticket-1\n"
SIGNATURE_BYTES = 64
LONGEST = 2000  # characters; a name of 50 and three sittings need half of it
SUBJECTS = {"t": "theory", "p": "practical", "r": "review"}


class NotATicket(ValueError):
    """The text was not written by `sign` under one of the given keys."""


@dataclass(frozen=True, slots=True)
class ScannedSitting:
    """A sitting as the code tells it; times are aware, in Shanghai."""

    subject: str
    starts_at: datetime
    ends_at: datetime
    room: str
    seat: int


@dataclass(frozen=True, slots=True)
class ScannedTicket:
    """What a genuine code says. Whether it has expired or been replaced is for the reader to ask."""

    key_id: str
    number: str
    version: int
    name: str
    document_tail: str
    document_digest: str
    sittings: tuple[ScannedSitting, ...]
    expires_at: datetime


def sign(face: TicketFace, *, key_id: str | None = None) -> str:
    """The payload of a ticket, signed under `key_id` (the setting TICKET_SIGNING_KEY_ID unless given)."""
    key_id = key_id or settings.TICKET_SIGNING_KEY_ID
    content = [
        key_id,
        face.number,
        face.version,
        face.name,
        face.document_number[-4:],
        _document_digest(face.number, face.document_number, key_id=key_id),
        [
            [
                sitting.subject[0],
                _minutes(sitting.starts_at),
                _minutes(sitting.ends_at) - _minutes(sitting.starts_at),
                sitting.room,
                sitting.seat,
            ]
            for sitting in face.sittings
        ],
        _minutes(_end_of_day(max(sitting.ends_at for sitting in face.sittings))),
    ]
    body = _json(content)
    return _encode(body + _private_key(key_id).sign(PURPOSE + body))


def verify(text: str, public_keys: Mapping[str, str]) -> ScannedTicket:
    """Read a payload. `public_keys`: key id → raw public key in base64, as `public_keys()` gives them.

    Raises NotATicket for anything that `sign` did not write under one of these keys, one flipped bit included.
    """
    if len(text) > LONGEST:
        raise NotATicket("too long for a ticket")
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        body, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
        content = json.loads(body)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_keys[content[0]]))
        key.verify(signature, PURPOSE + body)
    except (ValueError, LookupError, TypeError, RecursionError, InvalidSignature) as fault:
        raise NotATicket("the code is not a ticket of ours") from fault
    if _encode(raw) != text:
        raise NotATicket("the code is written otherwise than we write it")
    key_id, number, version, name, tail, digest, sittings, expires = content
    return ScannedTicket(
        key_id=key_id,
        number=number,
        version=version,
        name=name,
        document_tail=tail,
        document_digest=digest,
        sittings=tuple(_sitting(*sitting) for sitting in sittings),
        expires_at=_moment(expires),
    )


def is_for_document(scanned: ScannedTicket, document_number: str) -> bool:
    """Whether the code was made for this document; compared in constant time, on the server only."""
    expected = _document_digest(scanned.number, document_number, key_id=scanned.key_id)
    return hmac.compare_digest(expected, scanned.document_digest)


def public_keys() -> dict[str, str]:
    """Key id → raw public key (32 bytes) in base64: what the door page embeds."""
    return {
        key_id: base64.b64encode(
            _private_key(key_id).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        ).decode()
        for key_id in settings.TICKET_SIGNING_KEYS
    }


def _private_key(key_id: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.TICKET_SIGNING_KEYS[key_id]))


def _document_digest(number: str, document_number: str, *, key_id: str) -> str:
    key = _digest_key(settings.TICKET_SIGNING_KEYS[key_id])
    return _encode(hmac.digest(key, f"{number}\n{document_number}".encode(), "sha256")[:8])


@cache
def _digest_key(seed: str) -> bytes:
    """A key of its own out of the signing seed, so that a signature never helps against a digest."""
    return HKDF(SHA256(), 32, salt=None, info=b"admission-ticket document digest").derive(
        base64.b64decode(seed)
    )


def _sitting(subject: str, start: int, minutes: int, room: str, seat: int) -> ScannedSitting:
    starts_at = _moment(start)
    return ScannedSitting(SUBJECTS[subject], starts_at, starts_at + timedelta(minutes=minutes), room, seat)


def _end_of_day(moment: datetime) -> datetime:
    next_day = moment.astimezone(SHANGHAI).date() + timedelta(days=1)
    return datetime(next_day.year, next_day.month, next_day.day, tzinfo=SHANGHAI)


def _minutes(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _moment(minutes: int) -> datetime:
    return datetime.fromtimestamp(minutes * 60, UTC).astimezone(SHANGHAI)


def _json(content: list[Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

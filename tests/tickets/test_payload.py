"""The code on a ticket: what was signed comes back, and nothing else passes."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from exams.tickets import payload
from exams.tickets.documents import code_picture, door_address
from exams.tickets.samples import face

FACE = face(3)


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_what_was_signed_is_read():
    scanned = payload.verify(payload.sign(FACE), payload.public_keys())
    assert (scanned.number, scanned.version, scanned.name) == (FACE.number, FACE.version, FACE.name)
    assert scanned.document_tail == FACE.document_number[-4:]
    for read, printed in zip(scanned.sittings, FACE.sittings, strict=True):
        assert (read.subject, read.starts_at, read.ends_at) == (
            printed.subject,
            printed.starts_at,
            printed.ends_at,
        )
        assert (read.room, read.seat) == (printed.room, printed.seat)


def test_a_ticket_expires_when_its_last_day_ends_in_shanghai():
    scanned = payload.verify(payload.sign(FACE), payload.public_keys())
    assert scanned.expires_at == datetime(2026, 10, 24, 16, 0, tzinfo=UTC)


def test_the_document_is_told_by_whoever_holds_the_key_only():
    scanned = payload.verify(payload.sign(FACE), payload.public_keys())
    assert payload.is_for_document(scanned, FACE.document_number)
    assert not payload.is_for_document(scanned, "310105" + FACE.document_number[6:17] + "0")
    assert FACE.document_number not in _raw(payload.sign(FACE)).decode("latin-1")
    same_person = payload.verify(payload.sign(replace(FACE, number="2026100499999")), payload.public_keys())
    assert same_person.document_digest != scanned.document_digest


@given(st.data())
def test_one_flipped_bit_is_refused(data):
    raw = bytearray(_raw(payload.sign(FACE)))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(payload.NotATicket):
        payload.verify(_text(bytes(raw)), payload.public_keys())


@given(st.data())
def test_one_changed_character_is_refused(data):
    text = payload.sign(FACE)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(max_codepoint=0x2FFF).filter(lambda one: one != text[place]))
    with pytest.raises(payload.NotATicket):
        payload.verify(text[:place] + other + text[place + 1 :], payload.public_keys())


@given(st.text(max_size=400))
def test_any_other_text_is_refused_without_a_fault(text):
    with pytest.raises(payload.NotATicket):
        payload.verify(text, payload.public_keys())


@pytest.mark.parametrize(
    "change", [lambda text: text + "=", lambda text: text + "\n", lambda text: " " + text]
)
def test_other_spellings_of_the_same_bytes_are_refused(change):
    with pytest.raises(payload.NotATicket):
        payload.verify(change(payload.sign(FACE)), payload.public_keys())


def test_a_code_too_long_is_refused_before_it_is_parsed():
    with pytest.raises(payload.NotATicket):
        payload.verify(_text(b"[" * 100_000), payload.public_keys())


def test_another_key_under_our_name_is_refused():
    key_id = json.loads(_raw(payload.sign(FACE))[:-64])[0]
    body = _raw(payload.sign(FACE))[:-64]
    forged = _text(body + Ed25519PrivateKey.generate().sign(payload.PURPOSE + body))
    with pytest.raises(payload.NotATicket):
        payload.verify(forged, payload.public_keys())
    with pytest.raises(payload.NotATicket):
        payload.verify(payload.sign(FACE), {f"{key_id}x": payload.public_keys()[key_id]})


def test_a_retired_key_still_reads_its_tickets(settings):
    settings.TICKET_SIGNING_KEYS = {
        **settings.TICKET_SIGNING_KEYS,
        "new": base64.b64encode(b"n" * 32).decode(),
    }
    old = payload.sign(FACE)
    settings.TICKET_SIGNING_KEY_ID = "new"
    for text, key_id in ((old, next(iter(settings.TICKET_SIGNING_KEYS))), (payload.sign(FACE), "new")):
        assert payload.verify(text, payload.public_keys()).key_id == key_id


def test_the_code_stays_coarse_enough_for_cheap_phones(settings):
    """At 32 mm a module of version 14 (73 modules) is 0.44 mm wide."""
    import io

    from PIL import Image

    settings.PUBLIC_BASE_URL = "https://renzheng.shpa.org.cn"
    side, _ = Image.open(io.BytesIO(code_picture(door_address(FACE)))).size
    assert side // 4 <= 73

"""Encryption of single fields and files, and the blind index that lets an encrypted number be found.

AES-256-GCM. A sealed value is `key id.nonce+ciphertext`; its associated data names table, field and row, so that a
value copied to another row or column does not open. Rows therefore carry keys made by us (UUID) before INSERT.
No plain digest of a document number or phone is kept anywhere: eighteen digits are guessed in minutes.
"""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

NONCE_BYTES = 12


class Unreadable(ValueError):
    """A sealed value does not open: another row's, another key's, or altered."""


def _key(key_id: str) -> bytes:
    try:
        return base64.b64decode(settings.FIELD_KEYS[key_id])
    except KeyError:
        raise Unreadable(f"no field key {key_id!r}") from None


def seal_bytes(data: bytes, *, bound_to: str) -> bytes:
    """Encrypt `data` under the first field key; `bound_to` must be given again to open it."""
    key_id = next(iter(settings.FIELD_KEYS))
    nonce = secrets.token_bytes(NONCE_BYTES)
    return key_id.encode() + b"." + nonce + AESGCM(_key(key_id)).encrypt(nonce, data, bound_to.encode())


def open_bytes(sealed: bytes, *, bound_to: str) -> bytes:
    """Return what `seal_bytes` was given. Raises Unreadable."""
    key_id, _, body = bytes(sealed).partition(b".")
    try:
        return AESGCM(_key(key_id.decode())).decrypt(
            body[:NONCE_BYTES], body[NONCE_BYTES:], bound_to.encode()
        )
    except (InvalidTag, UnicodeDecodeError, ValueError):
        raise Unreadable(f"sealed value does not open as {bound_to}") from None


def blind_index(text: str, *, purpose: str, key_id: str | None = None) -> str:
    """A keyed digest (`key id:hex`) of a normalised value; equal values have equal indexes within a purpose."""
    key_id = key_id or next(iter(settings.INDEX_KEYS))
    key = base64.b64decode(settings.INDEX_KEYS[key_id])
    return f"{key_id}:{hmac.new(key, f'{purpose}|{text}'.encode(), hashlib.sha256).hexdigest()}"


def keyed_digest(data: bytes, *, purpose: str) -> str:
    """A short keyed digest (16 hex digits) of data printed on paper, so that a later look shows a change."""
    key = base64.b64decode(next(iter(settings.INDEX_KEYS.values())))
    return hmac.new(key, purpose.encode() + b"|" + data, hashlib.sha256).hexdigest()[:16]


def cache_key(key: str, key_prefix: str, version: int) -> str:
    """Django's KEY_FUNCTION: a cache entry's key, keyed, because a plain digest of a phone in it could be guessed."""
    return blind_index(f"{key_prefix}|{version}|{key}", purpose="cache")


class _Sealed(DeferredAttribute):
    """Opens the value when it is first asked for."""

    field: "SealedField"

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, bytes | memoryview):
            value = self.field.load(open_bytes(bytes(value), bound_to=self.field.bound_to(instance)))
            instance.__dict__[self.field.attname] = value
        return value

    # Having a setter puts the descriptor before the instance's own dictionary, where the sealed bytes lie.
    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedField(models.BinaryField):
    """A text value encrypted at rest. Python sees str; the column holds the sealed bytes.

    The row's key must be known before it is saved, because the value is bound to it. Not searchable: keep a
    `blind_index` beside it. The value is sealed on save and opened on first use, so a list that does not show it
    does not pay for it.
    """

    descriptor_class = _Sealed

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def dump(self, value: Any) -> bytes:
        return str(value).encode()

    def load(self, data: bytes) -> Any:
        return data.decode()

    def bound_to(self, instance: models.Model) -> str:
        return f"{instance._meta.db_table}.{self.attname}.{instance.pk}"

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | memoryview | None:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, bytes | memoryview):
            return value  # nothing to seal, or still sealed as it was read
        if model_instance.pk is None:
            raise ValueError(f"{self} needs a key made before it is saved")
        return seal_bytes(self.dump(value), bound_to=self.bound_to(model_instance))


class SealedJSONField(SealedField):
    """Like SealedField, for any JSON value."""

    # What the type checker's plugin reads of a field; BinaryField's would be bytes.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def dump(self, value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def load(self, data: bytes) -> Any:
        return json.loads(data)

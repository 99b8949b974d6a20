"""Field encryption and the blind index over document numbers and phones.

A sealed value is: key version (1 byte), nonce (12 bytes), AES-256-GCM text and tag. The
associated data `table:field:row` ties it to its place, so that a value copied into another
row does not open. The blind index is an HMAC-SHA256 under a key of its own: equal numbers
give equal indexes, and nothing else can be learnt without the key.
"""

import hashlib
import hmac
import os
import uuid
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

NONCE_BYTES = 12


@cache
def keys() -> tuple[int, dict[int, AESGCM], bytes]:
    """(newest version, ciphers by version, blind index key) out of FIELD_KEYS."""
    ciphers: dict[int, AESGCM] = {}
    index = b""
    newest = 0
    for part in settings.FIELD_KEYS.split(","):
        name, _, digits = part.strip().partition(":")
        try:
            key = bytes.fromhex(digits)
        except ValueError:
            key = b""
        if len(key) != 32:
            raise ImproperlyConfigured(f"FIELD_KEYS: key {name!r} is not 64 hex digits.")
        if name == "index":
            index = key
        elif name.isdigit() and 0 < int(name) < 256:
            ciphers[int(name)] = AESGCM(key)
            newest = newest or int(name)
        else:
            raise ImproperlyConfigured(f"FIELD_KEYS: {name!r} is neither 1-255 nor 'index'.")
    if not index or not newest:
        raise ImproperlyConfigured("FIELD_KEYS needs one numbered key and one named 'index'.")
    return newest, ciphers, index


def seal(text: str, place: str) -> bytes:
    """`text` encrypted under the newest key, bound to `place` (table:field:row)."""
    version, ciphers, _ = keys()
    nonce = os.urandom(NONCE_BYTES)
    return bytes([version]) + nonce + ciphers[version].encrypt(nonce, text.encode(), place.encode())


def unseal(sealed: bytes, place: str) -> str:
    """The text of a sealed value; cryptography's InvalidTag when it was moved or altered."""
    sealed = bytes(sealed)
    cipher = keys()[1][sealed[0]]
    return cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], place.encode()).decode()


def blind_index(kind: str, value: str) -> str:
    """64 hex digits that stand for `value` of `kind` ('id', 'phone', 'address') in look-ups."""
    return hmac.new(keys()[2], f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def place_of(table: str, name: str, key: uuid.UUID) -> str:
    """Where a sealed attribute of a row is at home."""
    return f"{table}:{name}:{key}"


class Sealed:
    """A text attribute kept encrypted in the BinaryField of the same name plus `_sealed`.

    >>> number = Sealed()          # reads and writes self.number_sealed
    """

    def __set_name__(self, owner: type[models.Model], name: str) -> None:
        self.name = name

    def _place(self, row: models.Model) -> str:
        if not isinstance(row.pk, uuid.UUID):
            raise TypeError("a sealed field needs a row whose UUID is known before it is saved")
        return place_of(row._meta.db_table, self.name, row.pk)

    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Any:
        if row is None:
            return self
        sealed = getattr(row, f"{self.name}_sealed")
        return unseal(sealed, self._place(row)) if sealed else ""

    def __set__(self, row: models.Model, text: str) -> None:
        setattr(row, f"{self.name}_sealed", seal(text, self._place(row)) if text else None)

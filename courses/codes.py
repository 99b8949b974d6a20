"""The rotating code on a session's screen: what it says, and whether it holds at a given moment.

30 bytes in 40 characters: direction, session, step, and the first 9 bytes of an HMAC-SHA256 over these three and the
session's nonce, under a key derived from SECRET_KEY for this purpose alone. A step is `STEP` of the server's clock;
nobody without the key can make the code of a later one. The step stands in it, so that a code that has run out is
told from a forged one.
"""

import base64
import binascii
import hmac
import struct
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import pgettext_lazy

STEP = timedelta(seconds=10)
#: So many steps before and after its own a code is still taken: who scans at the last moment isn't refused.
TOLERANCE = 1
_BODY = struct.Struct(">B16sI")
_PROOF_BYTES = 9


class Direction(models.TextChoices):
    IN = "in", pgettext_lazy("scan", "Check in")
    OUT = "out", pgettext_lazy("scan", "Check out")


@dataclass(frozen=True)
class Shown:
    """What a code claims; `verdict` says whether it is true."""

    session: uuid.UUID
    direction: Direction
    step: int
    proof: bytes


def step_of(now: datetime) -> int:
    return int(now.timestamp() // STEP.total_seconds())


def code_of(session: uuid.UUID, nonce: str, direction: Direction, now: datetime) -> str:
    """The code that the screen shows `now`."""
    body = _BODY.pack(Direction.values.index(direction), session.bytes, step_of(now))
    return base64.urlsafe_b64encode(body + _proof(body, nonce)).decode()


def parse(code: str) -> Shown | None:
    """What a code claims; None for what is no code at all."""
    try:
        raw = base64.b64decode(code.encode("ascii"), altchars=b"-_", validate=True)
        way, session, step = _BODY.unpack(raw[: _BODY.size])
        direction = Direction(Direction.values[way])
    except (UnicodeEncodeError, binascii.Error, struct.error, IndexError):
        return None
    proof = raw[_BODY.size :]
    return Shown(uuid.UUID(bytes=session), direction, step, proof) if len(proof) == _PROOF_BYTES else None


def verdict(shown: Shown, nonce: str, now: datetime) -> str:
    """Empty for a code that holds at `now`; else `code_wrong`, `code_expired` or `code_ahead`."""
    body = _BODY.pack(Direction.values.index(shown.direction), shown.session.bytes, shown.step)
    if not hmac.compare_digest(_proof(body, nonce), shown.proof):
        return "code_wrong"
    behind = step_of(now) - shown.step
    if abs(behind) <= TOLERANCE:
        return ""
    return "code_expired" if behind > 0 else "code_ahead"


def _proof(body: bytes, nonce: str) -> bytes:
    return salted_hmac("courses.codes", body + nonce.encode(), algorithm="sha256").digest()[:_PROOF_BYTES]

"""A session that is on now, and the addresses its screen shows."""

import base64
from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import unquote

import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from courses import codes
from courses.codes import Direction
from courses.models import Session
from tests import factories


def session_on_now(**kw: object) -> Session:
    """Began an hour ago, ends in two: one may check in and out."""
    return factories.make_session(starts_at=timezone.now() - timedelta(hours=1), **kw)


def address(session: Session, direction: Direction = Direction.IN, when: datetime | None = None) -> str:
    """What the code of the session's screen leads to, at the moment it is shown."""
    shown = codes.code_of(session.pk, session.nonce, direction, when or timezone.now())
    return reverse("scan", args=[shown])


def photo(text: str, name: str = "photo.png") -> SimpleUploadedFile:
    """A picture of a QR code that says `text`."""
    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=6)
    return SimpleUploadedFile(name, drawn.getvalue(), content_type="image/png")


def svg_of(picture: str) -> str:
    """The drawing in a data address."""
    head, _, data = picture.partition(",")
    return base64.b64decode(data).decode() if "base64" in head else unquote(data)

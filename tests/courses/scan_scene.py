"""A session that is on now, and the addresses its screen shows."""

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from courses import codes
from courses.codes import Direction
from courses.models import Session
from lms.registry.models import Membership, Person
from tests import factories


def session_on_now(**kw: Any) -> Session:
    """Began an hour ago, ends in two: one may check in and out."""
    return factories.make_session(starts_at=timezone.now() - timedelta(hours=1), **kw)


def person_of(by: Membership) -> Person:
    """Whom an account belongs to."""
    assert by.user.person is not None
    return by.user.person


def address(session: Session, direction: Direction = Direction.IN, when: datetime | None = None) -> str:
    """What the code of the session's screen leads to, at the moment it is shown."""
    shown = codes.code_of(session.pk, session.nonce, direction, when or timezone.now())
    return reverse("scan", args=[shown])


def photo(text: str, name: str = "photo.png") -> SimpleUploadedFile:
    """A picture of a QR code that says `text`."""
    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="png", scale=6)
    return SimpleUploadedFile(name, drawn.getvalue(), content_type="image/png")

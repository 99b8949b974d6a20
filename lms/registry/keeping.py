"""Keeping private files: hashed, checked by content, served only through an authorising view."""

import hashlib
from functools import partial

import filetype
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from lms.registry.errors import refuse
from lms.registry.models import PrivateFile, Purpose, User

#: What a decision or a scan may be.
DOCUMENT_TYPES = {"application/pdf", "image/jpeg", "image/png"}


def keep(content: bytes, *, name: str, purpose: Purpose, content_type: str, owner: User | None) -> PrivateFile:
    """Write `content` below media/private and its row; the row never changes afterwards."""
    row = PrivateFile(
        purpose=purpose,
        name=name[:200],
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        owner=owner,
    )
    row.file.save(name, ContentFile(content), save=False)
    row.save(force_insert=True)
    return row


def keep_document(upload: UploadedFile, *, purpose: Purpose, owner: User) -> PrivateFile:
    """Keep an uploaded PDF, JPEG or PNG, known by its content; anything else is `file_type`."""
    content = upload.read()
    kind = filetype.guess_mime(content[:4096])
    if kind not in DOCUMENT_TYPES:
        raise refuse("file_type")
    return keep(content, name=upload.name or "document", purpose=purpose, content_type=kind, owner=owner)


def erase(row: PrivateFile) -> None:
    """Remove the content of `row` once the caller's transaction has committed; the hash still says what it was.

    Its name goes too: people name files after people. Safe to repeat, also when the content went missing on the way.
    """
    row.erased_at = row.erased_at or timezone.now()
    row.name = str(row.pk)
    row.save(update_fields=["erased_at", "name"])
    transaction.on_commit(partial(remove_content, row))


def remove_content(row: PrivateFile) -> None:
    """Delete what lies on the disk; a file that is gone already is no fault."""
    row.file.storage.delete(row.file.name or "")

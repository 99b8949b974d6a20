"""Private files: scans, decisions, rosters, exports. Served only through an authorising view."""

import uuid

from django.core.files.storage import Storage, storages
from django.db import models
from django.utils.translation import gettext_lazy as _


def private_storage() -> Storage:
    """The storage below media/private; nothing there has a URL of its own."""
    return storages["private"]


def private_path(file: "PrivateFile", name: str) -> str:
    """Where a file lies: by purpose, under its UUID, so that no name gives it away."""
    return f"{file.purpose}/{file.id.hex[:2]}/{file.id.hex}"


class Purpose(models.TextChoices):
    ROSTER = "roster", _("Roster")
    BAN_DECISION = "ban_decision", _("Ban decision")
    CERTIFICATE = "certificate", _("Certificate")
    EXPORT = "export", _("Export")
    EVIDENCE = "evidence", _("Evidence")
    SCAN = "scan", _("Scan of a certificate")


class PrivateFile(models.Model):
    """One stored file, never changed after it was written; `sha256` proves it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    file = models.FileField(_("file"), storage=private_storage, upload_to=private_path, max_length=120)
    name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("content type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    owner = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    #: The content was removed when its time was up, or with a person's data; the hash still says what it was.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("private file")
        verbose_name_plural = _("private files")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

"""What the system tells people: on their desk, and by mail where they have an address."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.models.accounts import User


class Notice(models.Model):
    """One message to one account. `key` makes telling twice impossible.

    `code` and `context` are kept instead of a sentence, so that it is read in the reader's language.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.ForeignKey(User, models.CASCADE, related_name="notices", verbose_name=pgettext_lazy("notice", "to"))
    key = models.CharField(max_length=160, unique=True)
    code = models.CharField(max_length=40)
    context = models.JSONField(default=dict, blank=True)
    path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["to"], name="notices_unread", condition=Q(read_at__isnull=True))]

    def __str__(self) -> str:
        return self.code

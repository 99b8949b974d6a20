"""What every policy row says of itself, in whichever room it lives."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PolicyStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("policy", "Draft")
    CONSULTATION = "consultation", _("Consultation")
    IN_FORCE = "in_force", _("In force")
    EXTENDED = "extended", _("Extended after expiry")


class PolicyRow(models.Model):
    """What every policy row says of itself. Once `published_at` is set it never changes again:
    a trigger refuses UPDATE and DELETE, so figures that used it can always be explained.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.SlugField(_("code"), max_length=60, unique=True)
    paper = models.CharField(_("paper"), max_length=120)
    line = models.CharField(_("line"), max_length=20)
    status = models.CharField(_("status"), max_length=12, choices=PolicyStatus.choices)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code

    @property
    def source(self) -> str:
        """Paper and line, as shown behind a figure."""
        return f"{self.paper} {self.line}".strip()

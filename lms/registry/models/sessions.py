"""What signing in leaves behind: open sessions, codes sent by text message, tries that are counted."""

import uuid
from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.crypto import Sealed
from lms.registry.models.accounts import User
from lms.registry.models.people import Person


class OpenSession(AbstractBaseSession):
    """One browser's session; deleting the row signs it out at once.

    It names its account in a column, so that all sessions of an account can end in one statement,
    within the transaction of whatever made them end.
    """

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="open_sessions", verbose_name=_("account"))
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = pgettext_lazy("sign-in", "session")  # type: ignore[assignment]
        verbose_name_plural = pgettext_lazy("sign-in", "sessions")  # type: ignore[assignment]

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The engine of the SESSION_ENGINE setting."""
        from lms.registry.sessions import SessionStore

        return SessionStore


class CodePurpose(models.TextChoices):
    SIGN_IN = "sign_in", _("Sign in")
    ACTIVATE = "activate", _("Activate an account")
    CHANGE = "change", _("Change the sign-in phone")


class PhoneCode(models.Model):
    """A code that was asked for: for whom, and how often it was tried.

    The code itself is not kept: it is computed from `id` with a key that is not in the database.
    A row without account and person answers for a number nobody has: its code was never sent and fits nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=10, choices=CodePurpose.choices)
    number_index = models.CharField(max_length=64, editable=False)
    #: Kept until the message is out; where the number is what is to be proven, until the code is used or worthless.
    number_sealed = models.BinaryField(null=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now, db_index=True)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    #: When a process last took the message to send it.
    taken_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    number = Sealed()

    class Meta:
        verbose_name = _("code by text message")
        verbose_name_plural = _("codes by text message")
        indexes = [
            models.Index(fields=["expires_at"], name="codes_to_send", condition=Q(number_sealed__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Try(models.Model):
    """One try of something that may be tried only so often: what, and the keyed hash of who."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("counted try")
        verbose_name_plural = _("counted tries")
        indexes = [models.Index(fields=["kind", "key", "at"], name="tries_of_one")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"

"""Accounts and memberships: who may do what, where."""

import uuid
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.registry.crypto import Sealed, blind_index
from lms.registry.models.institutions import Institution, TrainingCentre
from lms.registry.models.people import Person
from lms.registry.models.regions import Region


class User(AbstractUser):
    """An account. What it may do comes from its memberships, never from flags here.

    `is_staff` only opens Wagtail's screens and is set with the content editor's role.
    """

    person = models.OneToOneField(
        Person, models.PROTECT, null=True, blank=True, related_name="user", verbose_name=_("person")
    )
    name = models.CharField(_("name"), max_length=100, blank=True)

    objects: ClassVar[UserManager["User"]] = UserManager()  # type: ignore[assignment]  # the plugin says Self

    class Meta(AbstractUser.Meta):
        verbose_name = _("account")  # type: ignore[assignment]
        verbose_name_plural = _("accounts")  # type: ignore[assignment]

    def get_full_name(self) -> str:
        return self.name or self.username

    get_short_name = get_full_name

    def __str__(self) -> str:
        return self.get_full_name()


class AccountPhone(models.Model):
    """The mobile number an account signs in with: sealed, and one account's only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, models.CASCADE, related_name="sign_in_phone", verbose_name=_("account"))
    number_sealed = models.BinaryField(editable=False)
    number_index = models.CharField(max_length=64, unique=True, editable=False)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    number = Sealed()

    class Meta:
        verbose_name = _("sign-in phone")
        verbose_name_plural = _("sign-in phones")

    def __str__(self) -> str:
        return str(self.user)

    def set_number(self, number: str) -> None:
        """Keep `number` sealed, and findable by its blind index."""
        self.number = number
        self.number_index = blind_index("phone", number)


class Role(models.TextChoices):
    BUREAU_OFFICER = "bureau_officer", _("Bureau officer")
    BUREAU_SUPERVISOR = "bureau_supervisor", _("Bureau supervisor")
    INSTITUTION_MANAGER = "institution_manager", _("Institution manager")
    CENTRE_STAFF = "centre_staff", _("Training centre staff")
    LEARNER = "learner", _("Learner")
    CONTENT_EDITOR = "content_editor", _("Content editor")
    PLATFORM_ADMIN = "platform_admin", _("Platform administrator")


#: The desk each role works at; the first part of its URLs.
AUDIENCE_OF_ROLE = {
    Role.BUREAU_OFFICER: "bureau",
    Role.BUREAU_SUPERVISOR: "bureau",
    Role.PLATFORM_ADMIN: "bureau",
    Role.INSTITUTION_MANAGER: "institution",
    Role.CENTRE_STAFF: "centre",
    Role.LEARNER: "learner",
    Role.CONTENT_EDITOR: "cms",
}


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> Self:
        """Memberships that have not ended, with their scopes at hand."""
        return self.filter(ended_at__isnull=True).select_related("user__person", "region", "institution", "centre")


class Membership(models.Model):
    """One role of one account in one scope. A request acts through exactly one of them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("account"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    institution = models.ForeignKey(Institution, models.PROTECT, null=True, blank=True, related_name="memberships")
    centre = models.ForeignKey(TrainingCentre, models.PROTECT, null=True, blank=True, related_name="memberships")
    started_at = models.DateTimeField(_("since"), default=timezone.now)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["role", "id"]
        constraints = [
            models.CheckConstraint(
                name="membership_scope_fits_role",
                condition=(
                    Q(role__in=["bureau_officer", "bureau_supervisor"], region__isnull=False)
                    & Q(institution__isnull=True, centre__isnull=True)
                )
                | (
                    Q(role="institution_manager", institution__isnull=False)
                    & Q(region__isnull=True, centre__isnull=True)
                )
                | (Q(role="centre_staff", centre__isnull=False) & Q(region__isnull=True, institution__isnull=True))
                | (
                    Q(role__in=["learner", "content_editor", "platform_admin"])
                    & Q(region__isnull=True, institution__isnull=True, centre__isnull=True)
                ),
            ),
            *(
                models.UniqueConstraint(
                    name=f"one_current_membership_per_{scope}",
                    fields=["user", "role", scope],
                    condition=Q(("ended_at__isnull", True), (f"{scope}__isnull", False)),
                )
                for scope in ("region", "institution", "centre")
            ),
            models.UniqueConstraint(
                name="one_current_membership_without_scope",
                fields=["user", "role"],
                condition=Q(ended_at__isnull=True, region__isnull=True, institution__isnull=True, centre__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.scope_name}"

    @property
    def audience(self) -> str:
        """bureau | institution | centre | learner | cms."""
        return AUDIENCE_OF_ROLE[Role(self.role)]

    @property
    def scope_name(self) -> str:
        """The region, institution or centre this role is held in; empty for the others."""
        return str(self.region or self.institution or self.centre or "")

"""Conduct cases and the lifetime ban (终身禁入) that may follow from one.

Law: Population and Family Planning Law art. 41(2); policy: Q193-195, S49, C69. A ban stands
from the moment its confirmation is committed until it is annulled; there is no date to
compare, so nothing can be back-dated around it. It is never deleted.
"""

import uuid
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.registry.models.files import PrivateFile
from lms.registry.models.institutions import Institution
from lms.registry.models.people import Person
from lms.registry.models.regions import Region


class ConductCase(models.Model):
    """A case about somebody's conduct towards children, kept by a bureau."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(_("case number"), max_length=60, unique=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    institution = models.ForeignKey(
        Institution,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases",
        verbose_name=_("institution"),
    )
    summary = models.TextField(_("summary"), max_length=2000)
    opened_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+", verbose_name=_("opened by"))
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)

    class Meta:
        verbose_name = _("conduct case")
        verbose_name_plural = _("conduct cases")
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return self.number


class BanScope(models.TextChoices):
    PERSON = "person", _("Person directly responsible")
    MANAGER = "manager", _("Direct manager")


class BanQuerySet(models.QuerySet["Ban"]):
    def standing(self) -> Self:
        """Confirmed and not annulled: the bans that bar somebody now."""
        return self.filter(confirmed_at__isnull=False, annulled_at__isnull=True)


class Ban(models.Model):
    """A lifetime ban on one person: proposed by one officer, confirmed by another.

    Ends only by annulment, again by two people; then everything stands as it stood.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="bans", verbose_name=_("person"))
    scope = models.CharField(_("scope"), max_length=7, choices=BanScope.choices)
    case = models.ForeignKey(ConductCase, models.PROTECT, related_name="bans", verbose_name=_("case"))
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    decision = models.ForeignKey(PrivateFile, models.PROTECT, related_name="+", verbose_name=_("decision document"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="bans", verbose_name=_("deciding region"))
    proposed_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    confirmed_by = models.ForeignKey(
        "registry.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    rejected_by = models.ForeignKey(
        "registry.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("rejected by"),
    )
    rejected_at = models.DateTimeField(_("rejected at"), null=True, blank=True)
    annulment_reason = models.CharField(_("reason for annulment"), max_length=1000, blank=True)
    annulment_proposed_by = models.ForeignKey(
        "registry.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("annulment proposed by"),
    )
    annulment_proposed_at = models.DateTimeField(_("annulment proposed at"), null=True, blank=True)
    annulled_by = models.ForeignKey(
        "registry.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("annulled by"),
    )
    annulled_at = models.DateTimeField(_("annulled at"), null=True, blank=True)

    objects = BanQuerySet.as_manager()

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        ordering = ["-proposed_at"]
        constraints = [
            models.CheckConstraint(
                name="ban_confirmed_by_a_second_person",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="ban_rejected_or_confirmed",
                condition=Q(rejected_at__isnull=True, rejected_by__isnull=True)
                | Q(rejected_at__isnull=False, rejected_by__isnull=False, confirmed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="ban_annulment_proposed_with_reason",
                condition=Q(annulment_proposed_by__isnull=True, annulment_proposed_at__isnull=True)
                | Q(
                    annulment_proposed_by__isnull=False,
                    annulment_proposed_at__isnull=False,
                    confirmed_at__isnull=False,
                )
                & ~Q(annulment_reason=""),
            ),
            models.CheckConstraint(
                name="ban_annulled_by_a_second_person",
                condition=Q(annulled_by__isnull=True, annulled_at__isnull=True)
                | Q(annulled_by__isnull=False, annulled_at__isnull=False, annulment_proposed_by__isnull=False)
                & ~Q(annulled_by=F("annulment_proposed_by")),
            ),
            models.CheckConstraint(name="ban_has_legal_basis", condition=~Q(legal_basis="")),
        ]
        indexes = [
            models.Index(
                fields=["person"],
                name="ban_standing_by_person",
                condition=Q(confirmed_at__isnull=False, annulled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.case}"

    @property
    def state(self) -> str:
        """proposed | rejected | standing | annulment_proposed | annulled."""
        if self.annulled_at:
            return "annulled"
        if self.annulment_proposed_at:
            return "annulment_proposed"
        if self.confirmed_at:
            return "standing"
        return "rejected" if self.rejected_at else "proposed"

"""Certificates from outside (外部证书), as claimed by a roster or a person."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certification.models.standards import CertificateKind
from lms.registry.models import Person, PrivateFile


class QualificationState(models.TextChoices):
    UNVERIFIED = "unverified", _("Awaiting verification")
    VALID = "valid", _("Valid")
    REFUSED = "refused", _("Refused")
    REVOKED = "revoked", _("Revoked")
    DOUBTFUL = "doubtful", _("Doubtful")


#: What a verified certificate is on screen once it has run out; nothing is written for it.
EXPIRED = "expired"


class QualificationQuerySet(models.QuerySet["Qualification"]):
    def valid_on(self, day: date) -> Self:
        """Verified, issued and not expired on `day`."""
        return self.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=day), state="valid").filter(
            Q(issued_on__isnull=True) | Q(issued_on__lte=day)
        )

    def standing_as(self, standing: str, day: date) -> Self:
        """Those whose `Qualification.standing(day)` is `standing`."""
        run_out = Q(state=QualificationState.VALID, expires_on__isnull=False, expires_on__lt=day)
        return self.filter(run_out) if standing == EXPIRED else self.filter(state=standing).exclude(run_out)


class Qualification(models.Model):
    """One certificate somebody else issued. Counts only once a bureau has verified it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="qualifications", verbose_name=_("person"))
    kind = models.ForeignKey(CertificateKind, models.PROTECT, related_name="+", verbose_name=_("kind"))
    level = models.PositiveSmallIntegerField(_("level"), null=True, blank=True)
    number = models.CharField(_("number"), max_length=60)
    issuer = models.CharField(_("issued by"), max_length=120, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=QualificationState.choices, default=QualificationState.UNVERIFIED
    )
    verified_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    scan = models.ForeignKey(PrivateFile, models.PROTECT, null=True, blank=True, related_name="+")
    #: Why it was refused, doubted or revoked, as its holder reads it.
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    #: A bureau recognised it as equivalent to this kind.
    counts_as = models.ForeignKey(
        CertificateKind, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("counts as")
    )
    submitted_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = QualificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("qualification")
        verbose_name_plural = _("qualifications")
        ordering = ["kind", "number"]
        constraints = [
            models.UniqueConstraint(
                name="one_qualification_per_person_kind_and_number", fields=["person", "kind", "number"]
            ),
            models.CheckConstraint(
                name="qualification_verified_by_somebody",
                condition=Q(state="unverified") | Q(verified_by__isnull=False, verified_at__isnull=False),
            ),
            models.CheckConstraint(
                name="qualification_refused_with_a_reason", condition=~Q(state="refused") | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="qualification_expires_after_issue",
                condition=Q(expires_on__isnull=True) | Q(issued_on__isnull=True) | Q(expires_on__gte=F("issued_on")),
            ),
        ]
        indexes = [models.Index(fields=["recorded_at", "id"], name="qualifications_oldest_first")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    def standing(self, day: date) -> str:
        """The state to show on `day`: `state`, or EXPIRED for a verified one whose last day has passed."""
        run_out = self.state == QualificationState.VALID and self.expires_on is not None and self.expires_on < day
        return EXPIRED if run_out else self.state

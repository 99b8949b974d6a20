"""Certificates we issue (本系统签发): frozen at issue, never changed, only superseded or revoked."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certification.models.standards import CertificateKind
from courses.models import HourEntry
from lms.registry.models import Ban, Person, PrivateFile, Region


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def valid_on(self, day: date) -> Self:
        """The one meaning of "valid": issued, not expired, superseded, revoked, nor its holder banned on `day`."""
        return (
            self.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=day), issued_on__lte=day)
            .exclude(Exists(Certificate.objects.filter(supersedes=OuterRef("pk"), issued_on__lte=day)))
            .exclude(Exists(Revocation.objects.filter(certificate=OuterRef("pk"), revoked_on__lte=day)))
            .exclude(Exists(Ban.objects.standing().filter(person=OuterRef("person"), confirmed_at__date__lte=day)))
            # What stayed with a merged record is worth as much as its person.
            .exclude(
                Exists(
                    Ban.objects.standing().filter(
                        person__merged_records=OuterRef("person"), confirmed_at__date__lte=day
                    )
                )
            )
        )


class Certificate(models.Model):
    """One certificate. Everything printed on it is copied here in the issuing transaction.

    `credential` names what it certifies ("2026" for a year, the run's code for a course):
    a person has at most one certificate per kind, credential and version.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    serial = models.CharField(_("serial number"), max_length=30, unique=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="certificates", verbose_name=_("person"))
    kind = models.ForeignKey(CertificateKind, models.PROTECT, related_name="certificates", verbose_name=_("kind"))
    credential = models.CharField(_("credential"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    supersedes = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("supersedes"),
    )
    region = models.ForeignKey(
        Region, models.PROTECT, related_name="certificates", verbose_name=_("authority's region")
    )
    issuer_name = models.CharField(pgettext_lazy("certificate", "issued by"), max_length=120)
    holder_name = models.CharField(_("holder"), max_length=100)
    holder_id_masked = models.CharField(_("identity number, masked"), max_length=30, blank=True)
    issued_on = models.DateField(pgettext_lazy("certificate", "issued on"))
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    #: Course title, minutes per bucket, standard's numbers and source: all the sheet prints.
    frozen = models.JSONField(_("frozen content"))
    issued_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_on", "serial"]
        constraints = [
            models.UniqueConstraint(
                name="one_certificate_per_person_and_credential",
                fields=["person", "kind", "credential", "version"],
            ),
            models.CheckConstraint(
                name="certificate_later_version_supersedes",
                condition=Q(version=1, supersedes__isnull=True) | Q(version__gt=1, supersedes__isnull=False),
            ),
            models.CheckConstraint(
                name="certificate_expires_after_issue",
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("issued_on")),
            ),
        ]
        indexes = [models.Index(fields=["-issued_on", "-serial"], name="certificates_newest_first")]

    def __str__(self) -> str:
        return self.serial


class CertificateEntry(models.Model):
    """An hour entry a certificate consumed; an entry can be spent only once."""

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="entries")
    entry = models.OneToOneField(HourEntry, models.PROTECT, related_name="spent_on")


class CertificateFile(models.Model):
    """The PDF of a certificate, drawn once and never again; its file carries the SHA-256."""

    certificate = models.OneToOneField(Certificate, models.PROTECT, related_name="pdf")
    file = models.OneToOneField(PrivateFile, models.PROTECT, related_name="+")


class Revocation(models.Model):
    """A certificate taken back, with who and why. Append-only."""

    certificate = models.OneToOneField(Certificate, models.PROTECT, related_name="revocation")
    reason = models.CharField(_("reason"), max_length=300)
    revoked_on = models.DateField(_("revoked on"))
    revoked_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("revocation")
        verbose_name_plural = _("revocations")
        constraints = [models.CheckConstraint(name="revocation_has_reason", condition=~Q(reason=""))]


class SerialCounter(models.Model):
    """The last number given out per authority and year; locked in the issuing transaction."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_counter_per_region_and_year", fields=["region", "year"])]


class FailedLookup(models.Model):
    """Wrong serials tried per address (as a keyed hash) and minute; too many answer 429."""

    address = models.CharField(max_length=64)
    minute = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="one_count_per_address_and_minute", fields=["address", "minute"])]

"""Metrics, targets, and figures as they were reported."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.registry.models import Institution, PolicyRow, Region


class Metric(models.Model):
    """A named, versioned figure, e.g. the holding rate N2/D2 (domain formula 3)."""

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=120)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    description = models.CharField(_("what it divides by what"), max_length=300)

    class Meta:
        verbose_name = _("metric")
        verbose_name_plural = _("metrics")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Target(PolicyRow):
    """The value a metric should reach in a region by the end of a year, in tenths of a per cent."""

    metric = models.ForeignKey(Metric, models.PROTECT, related_name="targets", verbose_name=_("metric"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="targets", verbose_name=_("region"))
    year = models.PositiveSmallIntegerField(_("year"))
    per_mille = models.PositiveSmallIntegerField(_("target in tenths of a per cent"))
    #: An official figure of the paper, or a step between two official ones.
    interpolated = models.BooleanField(_("interpolated"), default=False)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["region", "year"]
        constraints = [
            models.UniqueConstraint(
                name="one_published_target_per_metric_region_and_year",
                fields=["metric", "region", "year"],
                condition=Q(published_at__isnull=False),
            ),
            models.CheckConstraint(name="target_at_most_1000", condition=Q(per_mille__lte=1000)),
        ]


class RateSnapshot(models.Model):
    """A figure frozen as it was reported. Append-only: a late fact makes version 2 beside it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    metric = models.ForeignKey(Metric, models.PROTECT, related_name="snapshots")
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    institution = models.ForeignKey(Institution, models.PROTECT, null=True, blank=True, related_name="+")
    as_of = models.DateField(_("as of"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    numerator = models.PositiveIntegerField(_("numerator"))
    denominator = models.PositiveIntegerField(_("denominator"))
    evidence = models.JSONField(_("evidence"))
    rule_version = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("rate snapshot")
        verbose_name_plural = _("rate snapshots")
        ordering = ["-as_of", "-version"]
        constraints = [
            models.CheckConstraint(
                name="snapshot_of_region_or_institution",
                condition=Q(region__isnull=False, institution__isnull=True)
                | Q(region__isnull=True, institution__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_region_snapshot_per_day_and_version",
                fields=["metric", "region", "as_of", "version"],
                condition=Q(region__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_institution_snapshot_per_day_and_version",
                fields=["metric", "institution", "as_of", "version"],
                condition=Q(institution__isnull=False),
            ),
            models.CheckConstraint(
                name="snapshot_numerator_within_denominator", condition=Q(numerator__lte=F("denominator"))
            ),
        ]

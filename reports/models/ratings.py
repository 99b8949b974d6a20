"""Rating of institutions (等级评定): schemes, rounds and explained results (domain formula 6)."""

import uuid
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.models import Institution, PolicyRow, Region


class RatingScheme(PolicyRow):
    """A versioned set of indicators, grades and vetoes for a region."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="schemes", verbose_name=_("region"))
    name = models.CharField(_("name"), max_length=120)
    version = models.PositiveSmallIntegerField(_("version"))

    class Meta:
        verbose_name = _("rating scheme")
        verbose_name_plural = _("rating schemes")
        ordering = ["region", "-version"]
        constraints = [models.UniqueConstraint(name="one_scheme_per_region_and_version", fields=["region", "version"])]

    def __str__(self) -> str:
        return self.name


class Indicator(models.Model):
    """Points for one thing. Automatic ones name a function of reports.indicators in `source`."""

    scheme = models.ForeignKey(RatingScheme, models.PROTECT, related_name="indicators")
    code = models.SlugField(_("code"), max_length=40)
    domain = models.CharField(_("domain"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    points = models.DecimalField(_("points at most"), max_digits=6, decimal_places=1)
    #: Empty = entered by an officer; otherwise the automatic source and its parameters.
    source = models.CharField(_("automatic source"), max_length=40, blank=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(name="one_indicator_per_scheme_and_code", fields=["scheme", "code"])]

    def __str__(self) -> str:
        return self.name


class Grade(models.Model):
    """A grade, the points it needs, and the gate: the least holding rate in tenths of a per cent."""

    scheme = models.ForeignKey(RatingScheme, models.PROTECT, related_name="grades")
    name = models.CharField(_("name"), max_length=30)
    order = models.PositiveSmallIntegerField(_("order, best first"))
    #: Share of all points, in tenths of a per cent.
    least_points = models.PositiveSmallIntegerField(_("least points, in tenths of a per cent"))
    least_rate = models.PositiveSmallIntegerField(_("least holding rate, in tenths of a per cent"))

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(name="one_grade_per_scheme_and_order", fields=["scheme", "order"])]

    def __str__(self) -> str:
        return self.name


class Veto(models.Model):
    """A veto item (否决项); automatic ones name a function of reports.vetoes in `source`."""

    scheme = models.ForeignKey(RatingScheme, models.PROTECT, related_name="vetoes")
    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=160)
    source = models.CharField(_("automatic source"), max_length=40, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(name="one_veto_per_scheme_and_code", fields=["scheme", "code"])]

    def __str__(self) -> str:
        return self.name


class RatingRound(models.Model):
    """One rating of the institutions of a region under a scheme, as of a day."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", pgettext_lazy("round", "Closed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(_("code"), max_length=30, unique=True)
    scheme = models.ForeignKey(RatingScheme, models.PROTECT, related_name="rounds", verbose_name=_("scheme"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="rounds", verbose_name=_("region"))
    as_of = models.DateField(_("as of"))
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.OPEN)
    opened_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("rating round")
        verbose_name_plural = _("rating rounds")
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return self.code


class IndicatorScore(models.Model):
    """Points an officer entered for one institution and one indicator that is not automatic."""

    round = models.ForeignKey(RatingRound, models.PROTECT, related_name="scores")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+")
    points = models.DecimalField(_("points"), max_digits=6, decimal_places=1)
    note = models.CharField(_("note"), max_length=300, blank=True)
    entered_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_score_per_round_institution_and_indicator",
                fields=["round", "institution", "indicator"],
            ),
            models.CheckConstraint(name="score_not_negative", condition=Q(points__gte=0)),
        ]


class RatingQuerySet(models.QuerySet["Rating"]):
    def latest_versions(self) -> Self:
        """Of every institution and round the last version, which is the one that holds."""
        newer = Rating.objects.filter(
            round=OuterRef("round"), institution=OuterRef("institution"), version__gt=OuterRef("version")
        )
        return self.exclude(Exists(newer))


class Rating(models.Model):
    """The result for one institution. A change of the facts makes the next version beside it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(RatingRound, models.PROTECT, related_name="ratings", verbose_name=_("round"))
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="ratings", verbose_name=_("institution"))
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    points = models.DecimalField(_("points"), max_digits=7, decimal_places=1)
    grade = models.ForeignKey(Grade, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("grade"))
    vetoed = models.BooleanField(_("vetoed"), default=False)
    #: Every point, gate and veto with the people and rules behind it, as it was that day.
    explanation = models.JSONField(_("explanation"))
    sha256 = models.CharField(max_length=64)
    rated_at = models.DateTimeField(_("rated at"))

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        ordering = ["-points"]
        constraints = [
            models.UniqueConstraint(
                name="one_rating_per_round_institution_and_version",
                fields=["round", "institution", "version"],
            ),
            models.CheckConstraint(name="no_grade_when_vetoed", condition=Q(vetoed=False) | Q(grade__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.institution} · {self.round}"


class VetoFinding(models.Model):
    """A veto the machine proposes for an institution in a round; people decide it.

    Two officers confirm it (PIPL art. 24: no solely automated decision); a dismissal needs a reason.
    """

    round = models.ForeignKey(RatingRound, models.PROTECT, related_name="findings")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+")
    veto = models.ForeignKey(Veto, models.PROTECT, related_name="+")
    evidence = models.JSONField(_("evidence"))
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    first_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    second_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    dismissed_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    dismissal_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["found_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_finding_per_round_institution_and_veto", fields=["round", "institution", "veto"]
            ),
            models.CheckConstraint(
                name="veto_confirmed_by_a_second_person",
                condition=Q(second_by__isnull=True) | Q(first_by__isnull=False) & ~Q(second_by=F("first_by")),
            ),
        ]

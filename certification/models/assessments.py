"""A training year held against a standard."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from certification.models.standards import TrainingStandard
from lms.registry.models import Person, Region


class Assessment(models.Model):
    """Required, earned and missing minutes of a person and year, with the numbers it used.

    Rewritten whenever the training year changes; certificates copy it, nothing else reads old ones.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="assessments", verbose_name=_("person"))
    year = models.PositiveSmallIntegerField(_("year"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    standard = models.ForeignKey(TrainingStandard, models.PROTECT, related_name="+", verbose_name=_("standard"))
    required_skill = models.PositiveIntegerField(_("required skill minutes"))
    required_ethics = models.PositiveIntegerField(_("required ethics minutes"))
    earned_skill = models.PositiveIntegerField(_("earned skill minutes"))
    earned_ethics = models.PositiveIntegerField(_("earned ethics minutes"))
    reached = models.BooleanField(_("reached"))
    #: The spells, standards and fractions behind the requirement, for people to read.
    explanation = models.JSONField(_("explanation"))
    rule_version = models.CharField(_("rule version"), max_length=40)
    assessed_at = models.DateTimeField(_("assessed at"))

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(name="one_assessment_per_person_and_year", fields=["person", "year"])]
        indexes = [models.Index(fields=["year", "region", "reached"], name="assessment_by_year_and_region")]

    def __str__(self) -> str:
        return f"{self.person} {self.year}"

    def missing(self, bucket: str) -> int:
        """Minutes still missing in `bucket`, never negative."""
        return max(0, getattr(self, f"required_{bucket}") - getattr(self, f"earned_{bucket}"))

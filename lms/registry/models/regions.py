"""Administrative divisions (行政区划, GB/T 2260) down to the street."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    COUNTRY = "country", _("Country")
    PROVINCE = "province", _("Province")
    CITY = "city", _("City")
    DISTRICT = "district", _("District")
    STREET = "street", _("Street or town")


class Authority(models.TextChoices):
    """The department answering for childcare there: it differs between the five papers."""

    EDUCATION = "education", _("Education bureau")
    HEALTH = "health", _("Health commission")


class RegionQuerySet(models.QuerySet["Region"]):
    def within(self, region: "Region") -> Self:
        """`region` itself and everything below it."""
        return self.filter(prefix__startswith=region.prefix)

    def around(self, region: "Region") -> Self:
        """`region` itself and everything above it, nearest first."""
        return self.filter(prefix__in=region.lineage).order_by("-prefix")


class Region(models.Model):
    """One division. `prefix` is the significant part of `code`, so that the tree is a prefix.

    China itself has the code 000000 and the empty prefix; a province has 2 digits, a city 4,
    a district 6, a street 9.
    """

    code = models.CharField(_("code"), max_length=9, unique=True)
    prefix = models.CharField(_("prefix"), max_length=9, unique=True, blank=True)
    level = models.CharField(_("level"), max_length=8, choices=Level.choices)
    name = models.CharField(_("name"), max_length=60)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    authority = models.CharField(_("competent authority"), max_length=9, choices=Authority.choices, blank=True)
    authority_name = models.CharField(_("name of the authority"), max_length=80, blank=True)

    objects = RegionQuerySet.as_manager()

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="region_parent_unless_country",
                condition=Q(level="country", parent__isnull=True) | (~Q(level="country") & Q(parent__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lineage(self) -> list[str]:
        """Prefixes of this region and of everything above it, nearest first."""
        return [self.prefix[:length] for length in (9, 6, 4, 2, 0) if length <= len(self.prefix)]

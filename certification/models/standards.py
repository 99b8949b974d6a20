"""Policy as rows: how many hours a year asks, and which certificates a post asks for."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.models import ClassType, PostKind, Region


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


class Variant(models.TextChoices):
    """How a part of a year on post turns into required hours (domain formula 1)."""

    PRORATA = "prorata", _("By days on post")
    STRICT = "strict", _("The full year's figure")
    DEST = "dest", _("By the region held on 31 December")


class TrainingStandard(PolicyRow):
    """Lesson hours a person must reach per calendar year, for a region and a span of years."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="standards", verbose_name=_("region"))
    year_from = models.PositiveSmallIntegerField(_("from year"))
    year_to = models.PositiveSmallIntegerField(_("to year"), null=True, blank=True)
    skill_hours = models.PositiveSmallIntegerField(_("skill hours"))
    ethics_hours = models.PositiveSmallIntegerField(_("ethics hours"))
    lesson_minutes = models.PositiveSmallIntegerField(_("minutes in a lesson hour"))
    variant = models.CharField(_("variant"), max_length=7, choices=Variant.choices)
    categories = models.JSONField(_("mandatory content"), default=list, blank=True)

    class Meta:
        verbose_name = _("training standard")
        verbose_name_plural = _("training standards")
        ordering = ["region", "-year_from"]
        constraints = [
            models.UniqueConstraint(
                name="one_published_standard_per_region_and_start",
                fields=["region", "year_from"],
                condition=Q(published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="standard_years_in_order",
                condition=Q(year_to__isnull=True) | Q(year_to__gte=F("year_from")),
            ),
            models.CheckConstraint(name="standard_lesson_has_minutes", condition=Q(lesson_minutes__gte=1)),
        ]

    def covers(self, year: int) -> bool:
        """Whether `year` lies in its span of years."""
        return self.year_from <= year and (self.year_to is None or year <= self.year_to)


class CertificateKind(models.Model):
    """A kind of certificate, our own or from outside. New kinds are new rows."""

    class Origin(models.TextChoices):
        OWN = "own", _("Issued here")
        OUTSIDE = "outside", _("From outside")

    code = models.SlugField(_("code"), max_length=40, primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=120)
    origin = models.CharField(_("origin"), max_length=7, choices=Origin.choices)
    #: Months a certificate of ours is valid; null = for good.
    valid_months = models.PositiveSmallIntegerField(_("valid for months"), null=True, blank=True)
    template = models.CharField(_("template"), max_length=20, blank=True)
    #: Regular expressions one of which a number must match; none = anything goes.
    number_patterns = models.JSONField(_("patterns of the number"), default=list, blank=True)
    #: What a right number looks like, in words.
    number_hint = models.CharField(_("what the number looks like"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("kind of certificate")
        verbose_name_plural = _("kinds of certificate")
        ordering = ["origin", "code"]

    def __str__(self) -> str:
        return self.name


class HoldingRule(PolicyRow):
    """Which kinds count as holding a certificate (持证) for a post in a region (domain §3).

    `required` False takes the post out of denominator D2. The nearest region's rule wins.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="holding_rules", verbose_name=_("region"))
    post = models.CharField(_("post"), max_length=13, choices=PostKind.choices)
    required = models.BooleanField(_("a certificate is required"))
    kinds = models.ManyToManyField(CertificateKind, blank=True, related_name="+", verbose_name=_("kinds that count"))
    #: Volunteers and interns are outside D1 as well.
    counted = models.BooleanField(_("counted among staff"), default=True)
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("holding rule")
        verbose_name_plural = _("holding rules")
        ordering = ["region", "post", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                name="one_published_holding_rule_per_region_post_and_start",
                fields=["region", "post", "valid_from"],
                condition=Q(published_at__isnull=False),
            )
        ]


class ClassNorm(PolicyRow):
    """How large a class may be, and how many children one member of staff may have there (domain §2.7)."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="class_norms", verbose_name=_("region"))
    kind = models.CharField(_("type of class"), max_length=6, choices=ClassType.choices)
    max_children = models.PositiveSmallIntegerField(_("children at most"))
    children_per_staff = models.PositiveSmallIntegerField(_("children per member of staff"))
    #: Which posts count as care for the ratio.
    posts = models.JSONField(_("posts that count"), default=list)
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("norm of a class")
        verbose_name_plural = _("norms of classes")
        ordering = ["region", "kind", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                name="one_published_norm_per_region_kind_and_start",
                fields=["region", "kind", "valid_from"],
                condition=Q(published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="norm_counts_somebody", condition=Q(max_children__gte=1, children_per_staff__gte=1)
            ),
        ]


class CheckKind(models.TextChoices):
    """What is looked at before somebody comes on post, and again while she is on it."""

    IDENTITY = "identity", _("Identity")
    BAN = "ban", _("Ban list")
    NO_CRIME = "no_crime", _("No-crime check")
    HEALTH = "health", _("Health certificate")
    QUALIFICATION = "qualification", _("Qualification")


class CheckRule(PolicyRow):
    """A check that posts of a region need before anybody comes on them, and how long it holds.

    The nearest region's newest rule per check wins; `posts` empty means every post.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="check_rules", verbose_name=_("region"))
    kind = models.CharField(_("check"), max_length=13, choices=CheckKind.choices)
    posts = models.JSONField(_("posts"), default=list, blank=True)
    #: After so many months it must be made again; null = once is enough.
    valid_months = models.PositiveSmallIntegerField(_("valid for months"), null=True, blank=True)
    #: Days a new member of staff has to hand everything in.
    due_days = models.PositiveSmallIntegerField(_("days to hand it in"))
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("rule of entry review")
        verbose_name_plural = _("rules of entry review")
        ordering = ["region", "kind", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                name="one_published_check_rule_per_region_and_start",
                fields=["region", "kind", "valid_from"],
                condition=Q(published_at__isnull=False),
            )
        ]

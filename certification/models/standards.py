"""Policy as rows: how many hours a year asks, and which certificates a post asks for."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.models import ClassType, PolicyRow, PostKind, Region


class Variant(models.TextChoices):
    """How a part of a year on post turns into required hours (domain formula 1)."""

    PRORATA = "prorata", _("By days on post")
    STRICT = "strict", _("The full year's figure")
    DEST = "dest", _("By the region held on 31 December")


class YearKind(models.TextChoices):
    """When a training year begins: 1 January, or 1 September of the year it is named for."""

    CALENDAR = "calendar", _("Calendar year")
    SCHOOL = "school", _("School year, from 1 September")


class TrainingStandard(PolicyRow):
    """Lesson hours a person must reach per training year, for a region and a span of years.

    A standard comes from a paper (`load_policies`), or is drafted on a page by one officer and published by
    another. The conditions below the hours are optional: none of the five papers sets them.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="standards", verbose_name=_("region"))
    year_from = models.PositiveSmallIntegerField(_("from year"))
    year_to = models.PositiveSmallIntegerField(_("to year"), null=True, blank=True)
    skill_hours = models.PositiveSmallIntegerField(_("skill hours"))
    ethics_hours = models.PositiveSmallIntegerField(_("ethics hours"))
    lesson_minutes = models.PositiveSmallIntegerField(_("minutes in a lesson hour"))
    variant = models.CharField(_("variant"), max_length=7, choices=Variant.choices)
    categories = models.JSONField(_("mandatory content"), default=list, blank=True)
    year_kind = models.CharField(
        pgettext_lazy("standard", "training year"), max_length=8, choices=YearKind.choices, default=YearKind.CALENDAR
    )
    #: Least lesson hours per category, by its name; they are part of the bucket's hours, not on top of them.
    category_hours = models.JSONField(_("least hours per category"), default=dict, blank=True)
    #: Of every bucket's required hours at least this share is earned on site.
    onsite_percent = models.PositiveSmallIntegerField(_("share on site, per cent"), default=0)
    #: More lesson hours than this on one day don't count; null = no ceiling.
    day_ceiling = models.PositiveSmallIntegerField(_("lesson hours a day at most"), null=True, blank=True)
    drafted_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    published_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")

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
            models.CheckConstraint(name="standard_share_out_of_100", condition=Q(onsite_percent__lte=100)),
            models.CheckConstraint(
                name="standard_published_by_a_second_person",
                condition=Q(published_at__isnull=True)
                | Q(drafted_by__isnull=True)
                | Q(published_by__isnull=False) & ~Q(published_by=F("drafted_by")),
            ),
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

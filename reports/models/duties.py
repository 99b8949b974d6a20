"""What an organiser owes every year (≥ 6 trainings, the signed hospital's visits), and what was done for it."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models import CourseRun
from lms.registry.models import Institution, PolicyRow, PrivateFile, Region


class Duty(PolicyRow):
    """Something to be done so many times a year, for a region as a whole or for every institution in it.

    It is the organiser's (Q101-104, S25, X144, C68): nothing of it counts as hours of a person.
    """

    class Per(models.TextChoices):
        REGION = "region", _("For the region as a whole")
        INSTITUTION = "institution", _("For every institution")

    region = models.ForeignKey(Region, models.PROTECT, related_name="duties", verbose_name=_("region"))
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=120)
    per = models.CharField(pgettext_lazy("duty", "owed"), max_length=11, choices=Per.choices)
    times = models.PositiveSmallIntegerField(_("times a year at least"))
    #: Whom it reaches, in the paper's words; empty when it says nothing.
    audiences = models.JSONField(_("for whom"), default=list, blank=True)
    year_from = models.PositiveSmallIntegerField(_("from year"))
    year_to = models.PositiveSmallIntegerField(_("to year"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("organiser", "duty")
        verbose_name_plural = pgettext_lazy("organiser", "duties")
        ordering = ["region", "code"]
        constraints = [
            models.CheckConstraint(name="duty_is_owed", condition=Q(times__gte=1)),
            models.CheckConstraint(
                name="duty_years_in_order", condition=Q(year_to__isnull=True) | Q(year_to__gte=F("year_from"))
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DutyAct(models.Model):
    """One time a duty was done, with its evidence: a paper, or a run held here. Append-only.

    A mistake is taken back by a second row that names it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    duty = models.ForeignKey(Duty, models.PROTECT, related_name="acts", verbose_name=pgettext_lazy("organiser", "duty"))
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="duty_acts", verbose_name=_("institution")
    )
    on = models.DateField(_("day"))
    year = models.PositiveSmallIntegerField(_("year"))
    audience = models.CharField(_("for whom"), max_length=60, blank=True)
    title = models.CharField(_("what was done"), max_length=120)
    organiser = models.CharField(_("by whom"), max_length=120)
    headcount = models.PositiveSmallIntegerField(_("people reached"))
    run = models.ForeignKey(
        CourseRun, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("course run")
    )
    evidence = models.ForeignKey(PrivateFile, models.PROTECT, null=True, blank=True, related_name="+")
    takes_back = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="taken_back_by")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    recorded_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        verbose_name = _("act of a duty")
        verbose_name_plural = _("acts of duties")
        ordering = ["-on", "-recorded_at"]
        constraints = [
            models.CheckConstraint(
                name="duty_act_is_proved",
                condition=Q(takes_back__isnull=False) & ~Q(reason="")
                | Q(takes_back__isnull=True) & (Q(run__isnull=False) | Q(evidence__isnull=False)),
            ),
            models.CheckConstraint(name="duty_act_in_its_year", condition=Q(on__year=F("year"))),
        ]
        indexes = [models.Index(fields=["duty", "year"], name="duty_acts_of_a_year")]

    def __str__(self) -> str:
        return self.title

"""Posts (岗位/在岗记录): who works where, as what, from when to when."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.registry.models.institutions import Institution
from lms.registry.models.people import Person


class PostKind(models.TextChoices):
    DIRECTOR = "director", _("Director")
    TEACHER = "teacher", _("Teacher")
    CARER = "carer", _("Carer")
    HEALTH_WORKER = "health_worker", _("Health worker")
    NUTRITION = "nutrition", _("Nutrition and kitchen")
    GUARD = "guard", _("Guard")
    ADMIN = "admin", _("Administration")
    CLEANING = "cleaning", _("Cleaning")
    DRIVER = "driver", _("Driver")
    VOLUNTEER = "volunteer", _("Volunteer")
    INTERN = "intern", _("Intern")


class PostState(models.TextChoices):
    ON_POST = "on_post", _("On post")
    PROBATION = "probation", _("On probation")
    LEAVE = "leave", _("On leave")
    SUSPENDED = "suspended", _("Suspended pending inquiry")
    LEFT = "left", _("Left")


class PostQuerySet(models.QuerySet["Post"]):
    def on(self, day: date) -> Self:
        """Posts held on `day`: begun, and not ended before or on it (half-open)."""
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day), started_on__lte=day)


class Post(models.Model):
    """One spell of work of one person at one institution: [started_on, ended_on)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name=_("person"))
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="posts", verbose_name=_("institution"))
    kind = models.CharField(_("post"), max_length=13, choices=PostKind.choices)
    state = models.CharField(_("state"), max_length=9, choices=PostState.choices, default=PostState.ON_POST)
    full_time = models.BooleanField(_("full time"), default=True)
    started_on = models.DateField(_("on post since"))
    ended_on = models.DateField(_("left on"), null=True, blank=True)
    health_number = models.CharField(_("health certificate number"), max_length=40, blank=True)
    health_expires_on = models.DateField(_("health certificate until"), null=True, blank=True)
    no_crime_checked_on = models.DateField(_("no-crime check on"), null=True, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["started_on"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_post_per_person_and_institution",
                fields=["person", "institution"],
                condition=Q(ended_on__isnull=True),
            ),
            models.CheckConstraint(
                name="post_ends_after_it_starts",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
            ),
            models.CheckConstraint(
                name="post_left_has_end",
                condition=Q(state="left", ended_on__isnull=False) | (~Q(state="left") & Q(ended_on__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["institution", "started_on", "ended_on"], name="post_of_institution_in_time")]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_kind_display()}"

"""Classes (班型), the children in them, and who cares for them."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.registry.models.institutions import ClassType, Institution
from lms.registry.models.posts import Post


class ClassGroup(models.Model):
    """One class of an institution: [opened_on, closed_on)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="classes", verbose_name=_("institution"))
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("type of class"), max_length=6, choices=ClassType.choices)
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_class_per_name", fields=["institution", "name"], condition=Q(closed_on__isnull=True)
            ),
            models.CheckConstraint(
                name="class_closes_after_it_opens",
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClassCount(models.Model):
    """How many children a class has from a day on, until the next count."""

    group = models.ForeignKey(ClassGroup, models.CASCADE, related_name="counts", verbose_name=_("class"))
    since = models.DateField(_("since"))
    children = models.PositiveSmallIntegerField(_("children"))

    class Meta:
        verbose_name = _("number of children")
        verbose_name_plural = _("numbers of children")
        ordering = ["-since"]
        constraints = [models.UniqueConstraint(name="one_count_per_class_and_day", fields=["group", "since"])]

    def __str__(self) -> str:
        return f"{self.group} {self.since}: {self.children}"


class ClassDutyQuerySet(models.QuerySet["ClassDuty"]):
    def on(self, day: date) -> Self:
        """Duties that hold on `day`."""
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day), started_on__lte=day)


class ClassDuty(models.Model):
    """A post serves in a class: [started_on, ended_on). Somebody may serve in several."""

    group = models.ForeignKey(ClassGroup, models.CASCADE, related_name="duties", verbose_name=_("class"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="duties", verbose_name=_("post"))
    started_on = models.DateField(_("since"))
    ended_on = models.DateField(_("until"), null=True, blank=True)

    objects = ClassDutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("duty in a class")
        verbose_name_plural = _("duties in classes")
        ordering = ["started_on"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_duty_per_class_and_post", fields=["group", "post"], condition=Q(ended_on__isnull=True)
            ),
            models.CheckConstraint(
                name="duty_ends_after_it_starts",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} · {self.group}"

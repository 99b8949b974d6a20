"""Courses: the lasting records behind the catalogue's pages."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.models import Region


class Bucket(models.TextChoices):
    """Kinds of hours (学时类别); the two never offset each other (Q99-101, S25)."""

    SKILL = "skill", _("Skills")
    ETHICS = "ethics", _("Professional ethics")


class CourseKind(models.TextChoices):
    IN_SERVICE = "in_service", _("In-service training")
    PRE_SERVICE = "pre_service", _("Pre-service training")


class Course(models.Model):
    """A course of the catalogue. Never deleted once a run exists: certificates name it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.SlugField(pgettext_lazy("course", "code"), max_length=40, unique=True)
    title = models.CharField(pgettext_lazy("course", "title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=11, choices=CourseKind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("offered in"))
    summary = models.CharField(pgettext_lazy("course", "summary"), max_length=300, blank=True)
    skill_minutes = models.PositiveIntegerField(_("skill minutes"), default=0)
    ethics_minutes = models.PositiveIntegerField(_("ethics minutes"), default=0)
    #: PostKind codes the course is meant for; empty = everybody.
    audience = models.JSONField(_("for posts"), default=list, blank=True)
    #: Code of the CertificateKind that passing a run of it earns; pre-service courses only.
    awards = models.CharField(_("certificate it leads to"), max_length=40, blank=True)
    active = models.BooleanField(pgettext_lazy("course", "active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                name="course_awards_only_if_pre_service",
                condition=Q(awards="") | Q(kind="pre_service"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

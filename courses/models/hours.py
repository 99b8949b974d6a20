"""The ledger of hours and its sum per person and year."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.courses import Bucket
from courses.models.runs import Session
from lms.registry.models import Person


class Source(models.TextChoices):
    SESSION = "session", _("Session attended")
    #: Hours of a pre-service course earn the post certificate and do not move the training year.
    PRE_SERVICE = "pre_service", _("Pre-service session attended")


class HourEntry(models.Model):
    """Whole minutes earned (学时记录). Append-only: a mistake is reversed by an entry with the
    opposite sign that names it; triggers refuse UPDATE and DELETE.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="hour_entries", verbose_name=_("person"))
    bucket = models.CharField(_("bucket"), max_length=6, choices=Bucket.choices)
    minutes = models.IntegerField(_("minutes"))
    day = models.DateField(_("day, Beijing time"))
    year = models.PositiveSmallIntegerField(_("year"))
    source = models.CharField(_("source"), max_length=11, choices=Source.choices)
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="hour_entries", verbose_name=_("session")
    )
    #: The attendance's revision this entry was credited for; with `session` it makes crediting safe to repeat.
    revision = models.PositiveSmallIntegerField(default=1)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("reverses")
    )
    rule_version = models.CharField(_("rule version"), max_length=40)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_by = models.ForeignKey("registry.User", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("hour entry")
        verbose_name_plural = _("hour entries")
        ordering = ["day", "created_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_entry_per_person_session_and_revision",
                fields=["person", "session", "revision"],
                condition=Q(reverses__isnull=True, session__isnull=False),
            ),
            models.CheckConstraint(
                name="entry_positive_unless_reversal",
                condition=Q(reverses__isnull=True, minutes__gt=0) | Q(reverses__isnull=False, minutes__lt=0),
            ),
            models.CheckConstraint(
                name="entry_from_session_names_it",
                condition=Q(session__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["person", "year"], name="entries_of_person_and_year")]

    def __str__(self) -> str:
        return f"{self.person} {self.day} {self.minutes}"


class TrainingYear(models.Model):
    """Minutes per person, year and bucket (年度学时), kept in the ledger's own transaction.

    A row whose `changed_at` is later than its `assessed_at` is waiting to be assessed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="training_years", verbose_name=_("person"))
    year = models.PositiveSmallIntegerField(_("year"))
    skill_minutes = models.PositiveIntegerField(_("skill minutes"), default=0)
    ethics_minutes = models.PositiveIntegerField(_("ethics minutes"), default=0)
    changed_at = models.DateTimeField(default=timezone.now)
    assessed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("training year")
        verbose_name_plural = _("training years")
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(name="one_training_year_per_person", fields=["person", "year"])]
        indexes = [models.Index(fields=["changed_at"], name="training_year_by_change")]

    def __str__(self) -> str:
        return f"{self.person} {self.year}"

    def minutes(self, bucket: str) -> int:
        """Minutes earned in `bucket`."""
        return self.skill_minutes if bucket == Bucket.SKILL else self.ethics_minutes

"""When a bureau has people reminded of the hours they still lack."""

import uuid
from calendar import monthrange
from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from certification.rules import Span
from lms.registry.models import Region, User


class HoursReminder(models.Model):
    """A day of every training year on which people on post in a region are told what they lack, and their managers.

    The day is so many days before the year's last day, or a month and day of it. It never changes: it is ended,
    and another one set.
    """

    class Whom(models.TextChoices):
        MISSING = "missing", _("Everybody who lacks hours")
        WILL_MISS = "will_miss", _("Who will miss them at the pace so far")
        UNBOOKED = "unbooked", _("Who is not booked for all that is missing")

    class Tone(models.TextChoices):
        REMIND = "remind", _("Reminder")
        URGE = "urge", _("Last call")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="hours_reminders", verbose_name=_("region"))
    days_before = models.PositiveSmallIntegerField(_("days before the end of the year"), null=True, blank=True)
    month = models.PositiveSmallIntegerField(_("month"), null=True, blank=True)
    day = models.PositiveSmallIntegerField(_("day of the month"), null=True, blank=True)
    whom = models.CharField(_("who is told"), max_length=9, choices=Whom.choices)
    tone = models.CharField(_("tone"), max_length=6, choices=Tone.choices)
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("set by"))
    set_at = models.DateTimeField(_("set at"), auto_now_add=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("reminder of hours")
        verbose_name_plural = _("reminders of hours")
        ordering = ["region", F("days_before").desc(nulls_last=True), "month", "day", "id"]
        constraints = [
            models.CheckConstraint(
                name="reminder_has_one_day",
                # An unknown is no refusal to a check: what must be there is asked for by name.
                condition=Q(days_before__isnull=False, days_before__lte=364, month__isnull=True, day__isnull=True)
                | Q(days_before__isnull=True, month__isnull=False, day__isnull=False)
                & Q(month__range=(1, 12), day__range=(1, 31)),
            ),
            models.CheckConstraint(
                name="reminder_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_reminder_per_days_before_and_people",
                fields=["region", "days_before", "whom"],
                condition=Q(ended_at__isnull=True, days_before__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_reminder_per_day_and_people",
                fields=["region", "month", "day", "whom"],
                condition=Q(ended_at__isnull=True, days_before__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region} · {self.get_whom_display()}"

    def due_on(self, year: Span) -> date:
        """Its day in that training year; a day that a month doesn't have is the month's last."""
        if self.days_before is not None:
            return year.end - timedelta(days=1 + self.days_before)
        assert self.month is not None
        assert self.day is not None
        for number in (year.start.year, year.end.year):
            found = date(number, self.month, min(self.day, monthrange(number, self.month)[1]))
            if year.start <= found < year.end:
                break
        return found

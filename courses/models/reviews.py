"""What looks wrong about recorded attendance, and what a bureau made of it; samples for audit."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models.presence import SessionPaper
from courses.models.runs import Session
from lms.registry.models import ConductCase, Person, PolicyRow, Region, TrainingCentre, User


class Pattern(models.TextChoices):
    """What a detector looks for (domain §7)."""

    TWO_PLACES = "two_places", _("At two places at once")
    ON_LEAVE = "on_leave", _("There while on leave")
    ON_DUTY = "on_duty", _("There while on duty with a class")
    BURST = "burst", _("Many scans within moments")
    SHARED_DEVICE = "shared_device", _("One device for several people")
    FAR_AWAY = "far_away", _("Scanned far from the room")
    IDENTICAL_TIMES = "identical_times", _("Everybody there, with identical times")
    LONG_DAY = "long_day", _("More hours in a day than can be")
    TRAINER_TWICE = "trainer_twice", _("A trainer in two sessions at once")
    OUTLIER = "outlier", _("A centre unlike all others")


class DetectorRule(PolicyRow):
    """From when on a pattern is worth a human's look, in a region; the nearest region's newest rule wins.

    What `threshold` and `seconds` mean is said by the detector of the pattern (`courses.detecting`).
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="detector_rules", verbose_name=_("region"))
    pattern = models.CharField(_("pattern"), max_length=15, choices=Pattern.choices)
    threshold = models.PositiveIntegerField(_("threshold"))
    seconds = models.PositiveIntegerField(_("within seconds"), default=0)
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("rule of detection")
        verbose_name_plural = _("rules of detection")
        ordering = ["region", "pattern", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                name="one_published_detector_rule_per_region_and_start",
                fields=["region", "pattern", "valid_from"],
                condition=Q(published_at__isnull=False),
            )
        ]


class Anomaly(models.Model):
    """One thing that looks wrong, with what was seen, until an officer accepts or rejects it.

    Accepted: the hours are honest and stay. Rejected: they are false, reversed, and may open a conduct case.
    `key` names what was seen, so that it is found once however often the detectors run.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("anomaly", "To be looked at")
        ACCEPTED = "accepted", pgettext_lazy("anomaly", "Accepted as honest")
        REJECTED = "rejected", pgettext_lazy("anomaly", "Rejected as false")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=160, unique=True)
    pattern = models.CharField(_("pattern"), max_length=15, choices=Pattern.choices)
    centre = models.ForeignKey(TrainingCentre, models.PROTECT, related_name="anomalies", verbose_name=_("centre"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="anomalies")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="anomalies")
    #: What was seen: facts by name, keys of rows, never ID numbers or phones. Attendances concerned: "attendances".
    evidence = models.JSONField(default=dict)
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    case = models.ForeignKey(ConductCase, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("anomaly")
        verbose_name_plural = _("anomalies")
        ordering = ["-found_at"]
        constraints = [
            models.CheckConstraint(
                name="anomaly_decided_with_reason",
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="open") & Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason=""),
            )
        ]
        indexes = [
            models.Index(fields=["region", "-found_at"], name="anomalies_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return self.key


class AuditSample(models.Model):
    """Sessions of a quarter drawn at random to be checked against their paper sheets.

    The same seed over the same `drawn_from` (keys of the quarter's sessions, in order) draws the same ones.
    Append-only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    quarter = models.CharField(_("quarter"), max_length=6)
    seed = models.CharField(_("seed"), max_length=40)
    size = models.PositiveSmallIntegerField(_("sessions drawn"))
    drawn_from = models.JSONField(_("drawn from"), default=list)
    drawn_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("drawn by"))
    drawn_at = models.DateTimeField(_("drawn at"), auto_now_add=True)

    class Meta:
        verbose_name = _("audit sample")
        verbose_name_plural = _("audit samples")
        ordering = ["-quarter", "-drawn_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_sample_per_region_quarter_and_seed", fields=["region", "quarter", "seed"]
            ),
            models.CheckConstraint(name="quarter_is_one", condition=Q(quarter__regex=r"^20[0-9]{2}Q[1-4]$")),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.quarter}"


class SampledSession(models.Model):
    """One session of a sample: the photo of its paper sheet, and whether the two say the same."""

    class Verdict(models.TextChoices):
        OPEN = "open", pgettext_lazy("sample", "Sheet awaited")
        AGREES = "agrees", pgettext_lazy("sample", "Sheet and record agree")
        DIFFERS = "differs", pgettext_lazy("sample", "Sheet and record differ")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(AuditSample, models.PROTECT, related_name="sessions")
    session = models.ForeignKey(Session, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    paper = models.ForeignKey(SessionPaper, models.PROTECT, null=True, blank=True, related_name="+")
    verdict = models.CharField(_("verdict"), max_length=7, choices=Verdict.choices, default=Verdict.OPEN)
    note = models.CharField(_("note"), max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("sampled session")
        verbose_name_plural = _("sampled sessions")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="one_place_in_a_sample", fields=["sample", "session"]),
            models.CheckConstraint(
                name="sampled_session_decided_by_somebody",
                condition=Q(verdict="open", decided_by__isnull=True) | ~Q(verdict="open") & Q(decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sample} · {self.session}"

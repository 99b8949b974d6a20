"""How somebody's being there was recorded, and what became of it: scans, papers, excuses, corrections.

`Attendance` is the outcome; the rows here are the evidence and are kept.
"""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models.runs import Attendance, AttendanceState, Session
from lms.registry.models import Person, PolicyRow, PrivateFile, Region, User


class Late(models.TextChoices):
    PRORATA = "prorata", _("Counts for the time she was there")
    NONE = "none", _("Counts for nothing")


class AttendanceRule(PolicyRow):
    """What being late means in a region, and how scanning works there; the nearest region's newest rule wins."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="attendance_rules", verbose_name=_("region"))
    #: Late, or gone early, by more than this is `late`; up to it she counts for the time she was there.
    grace_minutes = models.PositiveSmallIntegerField(_("minutes of grace"))
    late = models.CharField(_("who is later"), max_length=7, choices=Late.choices)
    #: So long before a session scanning in begins, and so long after it scanning out ends.
    early_minutes = models.PositiveSmallIntegerField(_("minutes before"))
    after_minutes = models.PositiveSmallIntegerField(_("minutes after"))
    #: A scan from further away than this is flagged, never refused.
    near_metres = models.PositiveIntegerField(_("metres around the room"))
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("rule of attendance")
        verbose_name_plural = _("rules of attendance")
        ordering = ["region", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                name="one_published_attendance_rule_per_region_and_start",
                fields=["region", "valid_from"],
                condition=Q(published_at__isnull=False),
            )
        ]


class Scan(models.Model):
    """One person's check-in and check-out at one session by code, or at the centre's kiosk.

    Times are the server's. `device` is the keyed hash of a random cookie, empty at a kiosk. A place, kept
    only with her consent, is {"latitude", "longitude", "accuracy", "metres"} (from the room; null when
    unknown): evidence, never trusted alone. Written once for coming and once for going.
    """

    class Way(models.TextChoices):
        CODE = "code", _("Scanned the code")
        KIOSK = "kiosk", _("At the centre's kiosk")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="scans", verbose_name=_("session"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="scans", verbose_name=_("person"))
    way = models.CharField(_("way"), max_length=5, choices=Way.choices)
    came_at = models.DateTimeField(_("came at"))
    device = models.CharField(max_length=64, blank=True)
    came_place = models.JSONField(null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    left_device = models.CharField(max_length=64, blank=True)
    left_place = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name = _("scan")
        verbose_name_plural = _("scans")
        ordering = ["came_at"]
        constraints = [
            models.UniqueConstraint(name="one_scan_per_person_and_session", fields=["session", "person"]),
            models.UniqueConstraint(
                name="one_person_per_device_and_session", fields=["session", "device"], condition=~Q(device="")
            ),
            models.UniqueConstraint(
                name="one_person_leaves_per_device", fields=["session", "left_device"], condition=~Q(left_device="")
            ),
            models.CheckConstraint(
                name="scan_out_after_in", condition=Q(left_at__isnull=True) | Q(left_at__gte=F("came_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.session}"


class SessionPaper(models.Model):
    """A photo that backs a session's attendance: the signed sheet, or the room."""

    class Kind(models.TextChoices):
        SHEET = "sheet", _("Signed sheet")
        ROOM = "room", _("Photo of the room")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="papers", verbose_name=_("session"))
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices)
    file = models.ForeignKey(PrivateFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    sent_at = models.DateTimeField(_("sent at"), auto_now_add=True)

    class Meta:
        verbose_name = _("paper of a session")
        verbose_name_plural = _("papers of sessions")
        ordering = ["sent_at"]

    def __str__(self) -> str:
        return f"{self.session} · {self.get_kind_display()}"


class Excuse(models.Model):
    """A request to be excused from a session, with evidence, and the centre's decision."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("excuse", "Awaiting decision")
        GRANTED = "granted", pgettext_lazy("excuse", "Granted")
        REFUSED = "refused", pgettext_lazy("excuse", "Refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="excuses", verbose_name=_("session"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="excuses", verbose_name=_("person"))
    reason = models.CharField(pgettext_lazy("excuse", "reason"), max_length=300)
    evidence = models.ForeignKey(PrivateFile, models.PROTECT, null=True, blank=True, related_name="+")
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.OPEN)
    decision = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("excuse")
        verbose_name_plural = _("excuses")
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(name="one_excuse_per_person_and_session", fields=["session", "person"]),
            models.CheckConstraint(name="excuse_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="excuse_decided_by_somebody",
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="open") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.session}"


class CorrectionProposal(models.Model):
    """What one person of a centre wants an attendance to say, until a second one confirms or rejects it."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("proposal", "Awaiting a second person")
        CONFIRMED = "confirmed", pgettext_lazy("proposal", "Confirmed")
        REJECTED = "rejected", pgettext_lazy("proposal", "Rejected")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="proposals")
    #: Of the attendance when it was proposed: confirming something that changed since is refused.
    revision = models.PositiveSmallIntegerField()
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    reason = models.CharField(pgettext_lazy("correction", "reason"), max_length=300)
    evidence = models.ForeignKey(PrivateFile, models.PROTECT, null=True, blank=True, related_name="+")
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    decision = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("proposed correction")
        verbose_name_plural = _("proposed corrections")
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_proposal_per_attendance", fields=["attendance"], condition=Q(state="open")
            ),
            models.CheckConstraint(name="proposal_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="proposal_decided_by_a_second_person",
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="open")
                & Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("proposed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attendance} · {self.get_state_display()}"


class AttendanceCorrection(models.Model):
    """What an attendance said before somebody corrected it, and why. Append-only."""

    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="corrections")
    proposal = models.OneToOneField(CorrectionProposal, models.PROTECT, related_name="correction")
    revision = models.PositiveSmallIntegerField()
    old_state = models.CharField(max_length=14, choices=AttendanceState.choices)
    old_arrived_at = models.DateTimeField(null=True, blank=True)
    old_left_at = models.DateTimeField(null=True, blank=True)
    old_minutes = models.PositiveSmallIntegerField()
    corrected_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("attendance correction")
        verbose_name_plural = _("attendance corrections")
        ordering = ["revision"]
        constraints = [
            models.UniqueConstraint(name="one_correction_per_revision", fields=["attendance", "revision"]),
        ]

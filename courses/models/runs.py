"""Runs of a course, their sessions, who is enrolled and who was there."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models.courses import Bucket, Course
from lms.registry.models import Institution, Person, Region, TrainingCentre


class RunState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Open for enrolment")
    FINISHED = "finished", _("Finished")
    CANCELLED = "cancelled", _("Cancelled")


class CourseRunQuerySet(models.QuerySet["CourseRun"]):
    def with_places(self) -> Self:
        """Annotate `taken` = enrolled people, withdrawn ones apart; safe beside other joins."""
        taken = models.Count("enrollments", filter=~Q(enrollments__state="withdrawn"), distinct=True)
        return self.annotate(taken=taken)


class CourseRun(models.Model):
    """One run (班次) of a course by a centre in a region."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(pgettext_lazy("course", "code"), max_length=30, unique=True)
    course = models.ForeignKey(Course, models.PROTECT, related_name="runs", verbose_name=_("course"))
    centre = models.ForeignKey(TrainingCentre, models.PROTECT, related_name="runs", verbose_name=_("training centre"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    title = models.CharField(pgettext_lazy("course", "title"), max_length=120)
    place = models.CharField(_("place"), max_length=120)
    capacity = models.PositiveIntegerField(_("places"))
    state = models.CharField(_("state"), max_length=9, choices=RunState.choices, default=RunState.PLANNED)
    created_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CourseRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("course run")
        verbose_name_plural = _("course runs")
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(name="run_has_places", condition=Q(capacity__gte=1))]

    def __str__(self) -> str:
        return f"{self.title} ({self.code})"


class SessionQuerySet(models.QuerySet["Session"]):
    def with_counts(self) -> Self:
        """Annotate `expected` (enrolled people), `marked` and `there` (whose presence counts)."""
        enrolled = Enrollment.objects.filter(run=OuterRef("run")).exclude(state="withdrawn")
        marked = Attendance.objects.filter(session=OuterRef("pk"))
        return self.annotate(
            expected=_number_of(enrolled, "run"),
            marked=_number_of(marked, "session"),
            there=_number_of(marked.exclude(state="absent"), "session"),
        )

    def awaiting_roll_call(self) -> Self:
        """Begun, of a run that is on or over, and somebody enrolled is not marked yet."""
        marks = Attendance.objects.filter(session=OuterRef(OuterRef("pk")), person=OuterRef("person"))
        unmarked = Enrollment.objects.filter(~Exists(marks), run=OuterRef("run")).exclude(state="withdrawn")
        return self.filter(
            Exists(unmarked), starts_at__lte=timezone.now(), run__state__in=[RunState.OPEN, RunState.FINISHED]
        )


def _number_of(rows: models.QuerySet[Any], per: str) -> Coalesce:
    counted = rows.order_by().values(per).annotate(number=models.Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0, output_field=models.IntegerField())


class Session(models.Model):
    """One meeting (课次): [starts_at, ends_at) less its break; its minutes go to one bucket."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(CourseRun, models.PROTECT, related_name="sessions", verbose_name=_("run"))
    number = models.PositiveSmallIntegerField(pgettext_lazy("session", "number"))
    title = models.CharField(pgettext_lazy("course", "title"), max_length=120, blank=True)
    bucket = models.CharField(_("bucket"), max_length=6, choices=Bucket.choices)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    break_minutes = models.PositiveSmallIntegerField(_("break in minutes"), default=0)
    trainer = models.CharField(_("trainer"), max_length=60, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at", "number"]
        constraints = [
            models.UniqueConstraint(name="session_number_in_run", fields=["run", "number"]),
            models.CheckConstraint(name="session_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
        ]
        indexes = [models.Index(fields=["starts_at"], name="session_by_start")]

    def __str__(self) -> str:
        return self.title or f"{self.run.title} {self.number}"

    @property
    def net_minutes(self) -> int:
        """Minutes that count for somebody who is there from beginning to end."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60 - self.break_minutes


class EnrollmentState(models.TextChoices):
    ENROLLED = "enrolled", _("Enrolled")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Not passed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class EnrollmentSource(models.TextChoices):
    SELF = "self", _("By herself")
    CENTRE = "centre", _("By the centre")
    INSTITUTION = "institution", _("By her institution")


class Enrollment(models.Model):
    """A person's place in a run. `changed_at` later than `assessed_at` is certification's queue."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(CourseRun, models.PROTECT, related_name="enrollments", verbose_name=_("run"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="enrollments", verbose_name=_("person"))
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    state = models.CharField(
        _("state"), max_length=9, choices=EnrollmentState.choices, default=EnrollmentState.ENROLLED
    )
    source = models.CharField(_("enrolled"), max_length=11, choices=EnrollmentSource.choices)
    #: Result of the closing exam out of 100; null when none was held.
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    enrolled_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    enrolled_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)
    assessed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ["enrolled_at"]
        constraints = [
            models.UniqueConstraint(name="one_enrolment_per_person_and_run", fields=["run", "person"]),
            models.CheckConstraint(name="score_out_of_100", condition=Q(score__isnull=True) | Q(score__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.run}"


class AttendanceState(models.TextChoices):
    PRESENT = "present", _("Present")
    LATE = "late", _("Came late")
    LEFT_EARLY = "left_early", _("Left early")
    LATE_AND_EARLY = "late_and_early", _("Came late and left early")
    ABSENT = "absent", _("Absent")


class Attendance(models.Model):
    """Arrival and departure (签到签退) of one person at one session, and the minutes they give."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="attendances", verbose_name=_("session"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="attendances", verbose_name=_("person"))
    state = models.CharField(_("state"), max_length=14, choices=AttendanceState.choices)
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes that count"))
    revision = models.PositiveSmallIntegerField(default=1)
    recorded_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.UniqueConstraint(name="one_attendance_per_person_and_session", fields=["session", "person"]),
            models.CheckConstraint(
                name="attendance_times_fit_state",
                condition=Q(state="absent", arrived_at__isnull=True, left_at__isnull=True, minutes=0)
                | (~Q(state="absent") & Q(arrived_at__isnull=False, left_at__gt=F("arrived_at"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.session}"


class AttendanceCorrection(models.Model):
    """What an attendance said before somebody corrected it, and why. Append-only."""

    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="corrections")
    revision = models.PositiveSmallIntegerField()
    old_state = models.CharField(max_length=14, choices=AttendanceState.choices)
    old_arrived_at = models.DateTimeField(null=True, blank=True)
    old_left_at = models.DateTimeField(null=True, blank=True)
    old_minutes = models.PositiveSmallIntegerField()
    reason = models.CharField(pgettext_lazy("correction", "reason"), max_length=300)
    corrected_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("attendance correction")
        verbose_name_plural = _("attendance corrections")
        ordering = ["revision"]
        constraints = [
            models.UniqueConstraint(name="one_correction_per_revision", fields=["attendance", "revision"]),
            models.CheckConstraint(name="correction_has_reason", condition=~Q(reason="")),
        ]

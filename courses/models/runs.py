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
from courses.models.rooms import Room, Trainer
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


#: States of an attendance without presence.
NOT_THERE = ("absent", "excused")


class SessionQuerySet(models.QuerySet["Session"]):
    def with_counts(self) -> Self:
        """Annotate `expected` (enrolled people), `marked` and `there` (whose presence counts)."""
        enrolled = Enrollment.objects.filter(run=OuterRef("run")).exclude(state="withdrawn")
        marked = Attendance.objects.filter(session=OuterRef("pk"))
        return self.annotate(
            expected=_number_of(enrolled, "run"),
            marked=_number_of(marked, "session"),
            there=_number_of(marked.exclude(state__in=NOT_THERE), "session"),
        )

    def awaiting_roll_call(self) -> Self:
        """Begun, of a run that is on or over, and somebody enrolled is not marked yet."""
        marks = Attendance.objects.filter(session=OuterRef(OuterRef("pk")), person=OuterRef("person"))
        unmarked = Enrollment.objects.filter(~Exists(marks), run=OuterRef("run")).exclude(state="withdrawn")
        return self.filter(
            Exists(unmarked),
            starts_at__lte=timezone.now(),
            cancelled_at__isnull=True,
            run__state__in=[RunState.OPEN, RunState.FINISHED],
        )


def _number_of(rows: models.QuerySet[Any], per: str) -> Coalesce:
    counted = rows.order_by().values(per).annotate(number=models.Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0, output_field=models.IntegerField())


class Session(models.Model):
    """One meeting (课次): [starts_at, ends_at) less its break.

    Its minutes go to `bucket` and `category`, or are split as its `shares` say.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(CourseRun, models.PROTECT, related_name="sessions", verbose_name=_("run"))
    number = models.PositiveSmallIntegerField(pgettext_lazy("session", "number"))
    title = models.CharField(pgettext_lazy("course", "title"), max_length=120, blank=True)
    bucket = models.CharField(_("bucket"), max_length=6, choices=Bucket.choices)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    break_minutes = models.PositiveSmallIntegerField(_("break in minutes"), default=0)
    #: Name of a category of hours; what it is for where `shares` don't say otherwise.
    category = models.CharField(_("category"), max_length=40, blank=True)
    trainer = models.ForeignKey(
        Trainer, models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("trainer")
    )
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("room")
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    #: Attendance is final from here on: nothing is marked, scanned or corrected until a bureau reopens it.
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    #: Part of every code shown; drawn anew it makes all earlier codes worthless.
    nonce = models.CharField(max_length=32, blank=True, editable=False)

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


class SessionShare(models.Model):
    """A part of a session's minutes: so many `parts` of all its shares' parts go to this bucket and category."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="shares", verbose_name=_("session"))
    number = models.PositiveSmallIntegerField(pgettext_lazy("session", "number"))
    bucket = models.CharField(_("bucket"), max_length=6, choices=Bucket.choices)
    category = models.CharField(_("category"), max_length=40, blank=True)
    parts = models.PositiveSmallIntegerField(_("parts"))

    class Meta:
        verbose_name = _("share of a session")
        verbose_name_plural = _("shares of sessions")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(name="one_share_per_number", fields=["session", "number"]),
            models.CheckConstraint(name="share_has_parts", condition=Q(parts__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.session} · {self.get_bucket_display()}"


class SessionAct(models.Model):
    """A session moved, cancelled, closed or reopened, with what it was before and why. Append-only."""

    class Step(models.TextChoices):
        MOVE = "move", pgettext_lazy("session", "Moved")
        CANCEL = "cancel", pgettext_lazy("session", "Cancelled")
        CLOSE = "close", pgettext_lazy("session", "Closed")
        REOPEN = "reopen", pgettext_lazy("session", "Reopened")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="acts", verbose_name=_("session"))
    step = models.CharField(_("step"), max_length=6, choices=Step.choices)
    was_starts_at = models.DateTimeField()
    was_ends_at = models.DateTimeField()
    was_room = models.ForeignKey(Room, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("act on a session")
        verbose_name_plural = _("acts on sessions")
        ordering = ["-at"]
        constraints = [models.CheckConstraint(name="session_act_says_why", condition=Q(step="close") | ~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.session} · {self.get_step_display()}"


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
    EXCUSED = "excused", _("Excused")


class Way(models.TextChoices):
    """How an attendance was recorded."""

    HAND = "hand", _("Called by hand")
    CODE = "code", _("Scanned the code")
    KIOSK = "kiosk", _("At the centre's kiosk")
    FILE = "file", _("From a file")


class Less(models.TextChoices):
    """Why a presence gives fewer minutes than she was there (`courses.rules.LESS`)."""

    LATE = "late", _("Later than the rule allows")
    SUSPENDED = "suspended", _("Suspended on that day")
    OVERLAP = "overlap", _("The same time counts elsewhere")
    FALSE = "false", _("Rejected by the bureau as false")


class Attendance(models.Model):
    """Arrival and departure (签到签退) of one person at one session, and the minutes they give."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="attendances", verbose_name=_("session"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="attendances", verbose_name=_("person"))
    state = models.CharField(_("state"), max_length=14, choices=AttendanceState.choices)
    arrived_at = models.DateTimeField(_("arrived at"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes that count"))
    way = models.CharField(_("way"), max_length=7, choices=Way.choices, default=Way.HAND)
    #: Why the minutes are fewer than she was there; a code of `courses.rules.LESS`, empty for almost everybody.
    less = models.CharField(max_length=20, blank=True)
    revision = models.PositiveSmallIntegerField(default=1)
    #: Null: read in by a command, which nobody signs in for.
    recorded_by = models.ForeignKey("registry.User", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.UniqueConstraint(name="one_attendance_per_person_and_session", fields=["session", "person"]),
            models.CheckConstraint(
                name="attendance_times_fit_state",
                condition=Q(state__in=["absent", "excused"], arrived_at__isnull=True, left_at__isnull=True, minutes=0)
                | (~Q(state__in=["absent", "excused"]) & Q(arrived_at__isnull=False, left_at__gt=F("arrived_at"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.session}"

    @property
    def less_words(self) -> str:
        """`less` in words; empty for almost everybody."""
        return str(Less(self.less).label) if self.less else ""

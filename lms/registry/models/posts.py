"""Posts (岗位/在岗记录): who works where, as what, from when to when."""

import uuid
from datetime import date
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.models.files import PrivateFile
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


class Employment(models.TextChoices):
    OWN = "own", _("Employed by the institution")
    DISPATCHED = "dispatched", _("Dispatched by an agency")


class PostQuerySet(models.QuerySet["Post"]):
    def on(self, day: date) -> Self:
        """Posts held on `day`: begun, and not ended before or on it (half-open)."""
        return self.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=day), started_on__lte=day)


class Post(models.Model):
    """One spell of work of one person at one institution: [started_on, ended_on)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    #: Indexed by "posts_of_person".
    person = models.ForeignKey(Person, models.PROTECT, related_name="posts", verbose_name=_("person"), db_index=False)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="posts", verbose_name=_("institution"))
    kind = models.CharField(_("post"), max_length=13, choices=PostKind.choices)
    state = models.CharField(_("state"), max_length=9, choices=PostState.choices, default=PostState.ON_POST)
    full_time = models.BooleanField(_("full time"), default=True)
    started_on = models.DateField(_("on post since"))
    ended_on = models.DateField(_("left on"), null=True, blank=True)
    health_number = models.CharField(_("health certificate number"), max_length=40, blank=True)
    health_expires_on = models.DateField(_("health certificate until"), null=True, blank=True)
    no_crime_checked_on = models.DateField(_("no-crime check on"), null=True, blank=True)
    employment = models.CharField(_("employment"), max_length=10, choices=Employment.choices, default=Employment.OWN)
    #: The direct manager (直接管理人员), whom a ban may reach too.
    manager = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="managed", verbose_name=_("direct manager")
    )
    probation_until = models.DateField(_("on probation until"), null=True, blank=True)
    contract_until = models.DateField(_("contract until"), null=True, blank=True)
    social_insurance = models.BooleanField(_("social insurance"), null=True, blank=True)
    #: Work permit of foreign staff.
    work_permit_number = models.CharField(_("work permit number"), max_length=40, blank=True)
    work_permit_until = models.DateField(_("work permit until"), null=True, blank=True)
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
        indexes = [
            models.Index(fields=["institution", "started_on", "ended_on"], name="post_of_institution_in_time"),
            # All that lists of people ask of posts, so that they need not read them.
            models.Index(
                fields=["person", "started_on", "ended_on", "state", "kind", "institution"], name="posts_of_person"
            ),
            models.Index(fields=["kind", "state", "person"], name="posts_by_kind"),
            models.Index(fields=["state", "person"], name="posts_not_at_work", condition=~Q(state="on_post")),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_kind_display()}"


class LeaveKind(models.TextChoices):
    MATERNITY = "maternity", _("Maternity leave")
    SICK = "sick", _("Sick leave")
    OTHER = "other", _("Other leave")
    SUSPENSION = "suspension", _("Suspended pending inquiry")


class Leave(models.Model):
    """Days away from a post (休假, 停岗调查): [started_on, ended_on); open while `ended_on` is null.

    Maternity, sick leave of 30 days or more and suspension lower the hours of the year (domain formula 1).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, models.PROTECT, related_name="leaves", verbose_name=_("post"))
    kind = models.CharField(_("kind"), max_length=10, choices=LeaveKind.choices)
    started_on = models.DateField(_("away since"))
    #: A suspension names its last day; it may be renewed.
    expected_until = models.DateField(_("expected until"), null=True, blank=True)
    ended_on = models.DateField(_("back on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    evidence = models.ForeignKey(PrivateFile, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey("registry.User", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("leave")
        verbose_name_plural = pgettext_lazy("plural", "leave")
        ordering = ["-started_on"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_leave_per_post", fields=["post"], condition=Q(ended_on__isnull=True)
            ),
            models.CheckConstraint(
                name="leave_ends_after_it_starts",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("started_on")),
            ),
            models.CheckConstraint(
                name="suspension_has_a_term", condition=~Q(kind="suspension") | Q(expected_until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} · {self.get_kind_display()}"


class NoteKind(models.TextChoices):
    APPRAISAL = "appraisal", _("Appraisal")
    REWARD = "reward", _("Reward")
    SANCTION = "sanction", _("Sanction")
    CONTRACT = "contract", _("Contract")


class EmploymentNote(models.Model):
    """An entry of the employment file: appraisals, rewards, sanctions, contracts. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    post = models.ForeignKey(Post, models.PROTECT, related_name="notes", verbose_name=_("post"))
    kind = models.CharField(_("kind"), max_length=9, choices=NoteKind.choices)
    on = models.DateField(_("date"))
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"), max_length=2000, blank=True)
    evidence = models.ForeignKey(PrivateFile, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("entry of the employment file")
        verbose_name_plural = _("entries of the employment file")
        ordering = ["-on", "-recorded_at"]

    def __str__(self) -> str:
        return self.title

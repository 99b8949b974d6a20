"""The job row: what is to be done, how far it has come, and who holds it."""

import uuid
from datetime import timedelta
from typing import Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class JobState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


FINISHED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
#: A job that ended so gives its idempotency key free; the same wish may then be tried again.
ENDED_IN_VAIN = (JobState.FAILED, JobState.CANCELLED)


class JobQuerySet(models.QuerySet["Job"]):
    def claimable(self) -> Self:
        """Nobody works on it: waiting, or its worker's lease ran out, by the database's clock."""
        return self.filter(Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=Now()))

    def owned_by(self, user_id: int | None) -> Self:
        """Jobs this account started; nobody owns the ones the system started itself."""
        return self.none() if user_id is None else self.filter(owner_id=user_id)


class Job(models.Model):
    """One piece of long work. This row is its only truth; messages to workers may get lost or doubled.

    `owner_id` is the account's id without a foreign key, because this room knows no accounts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=64)
    state = models.CharField(_("state"), max_length=16, choices=JobState, default=JobState.QUEUED)
    args = models.JSONField(_("arguments"), default=dict, encoder=DjangoJSONEncoder)
    cursor = models.JSONField(_("where to resume"), default=dict, encoder=DjangoJSONEncoder)
    done = models.PositiveIntegerField(_("units done"), default=0)
    total = models.PositiveIntegerField(_("units in all"), null=True, blank=True)
    result = models.JSONField(_("result"), default=dict, encoder=DjangoJSONEncoder)
    error_code = models.CharField(_("error code"), max_length=64, blank=True)
    error_message = models.TextField(_("error message"), blank=True)
    owner_id = models.BigIntegerField(pgettext_lazy("job", "owner"), null=True, blank=True)
    idempotency_key = models.CharField(_("idempotency key"), max_length=200, null=True, blank=True)
    claim = models.UUIDField(_("claim of the worker"), null=True, blank=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("tries since the last progress"), default=0)
    created_at = models.DateTimeField(_("created at"), db_default=Now())
    nudged_at = models.DateTimeField(_("workers last nudged at"), db_default=Now())
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    heartbeat = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-created_at"]
        indexes = [
            models.Index(F("owner_id"), F("created_at").desc(), name="job_of_owner"),
            models.Index(
                fields=["nudged_at"],
                condition=Q(state__in=[JobState.QUEUED, JobState.RUNNING]),
                name="job_unfinished",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["idempotency_key"],
                condition=~Q(state__in=ENDED_IN_VAIN),
                name="job_key_once",
            ),
            models.CheckConstraint(name="job_state_known", condition=Q(state__in=JobState.values)),
            models.CheckConstraint(
                name="job_running_is_held",
                condition=Q(state=JobState.RUNNING, claim__isnull=False, lease_until__isnull=False)
                | (~Q(state=JobState.RUNNING) & Q(claim__isnull=True, lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="job_finished_has_time",
                condition=Q(state__in=FINISHED, finished_at__isnull=False)
                | (~Q(state__in=FINISHED) & Q(finished_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="job_failed_says_why",
                condition=(Q(state=JobState.FAILED) & ~Q(error_code=""))
                | (~Q(state=JobState.FAILED) & Q(error_code="")),
            ),
            models.CheckConstraint(
                name="job_done_within_total",
                condition=Q(total__isnull=True) | Q(done__lte=F("total")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.pk])

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED

    @property
    def percent(self) -> int | None:
        """Whole per cent done, rounded down; None while the total is unknown."""
        return self.done * 100 // self.total if self.total else None

    @property
    def remaining(self) -> timedelta | None:
        """Time still needed at the pace so far; None before there is a pace to go by."""
        if self.state != JobState.RUNNING or not (self.total and self.done):
            return None
        if self.started_at is None or self.heartbeat is None:
            return None
        return (self.heartbeat - self.started_at) * (self.total - self.done) / self.done

"""Who would like a place, and who is asked to send staff."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models.runs import CourseRun, EnrollmentSource
from lms.registry.models import Institution, Person, User


class WaitingPlace(models.Model):
    """A person's turn in the queue for a full run: the oldest open row gets the next free place.

    Open until she got a place (`placed_at`) or gave her turn up (`left_at`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(CourseRun, models.PROTECT, related_name="waiting", verbose_name=_("run"))
    person = models.ForeignKey(Person, models.PROTECT, related_name="waiting_places", verbose_name=_("person"))
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sent by")
    )
    source = models.CharField(_("asked"), max_length=11, choices=EnrollmentSource.choices)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    placed_at = models.DateTimeField(_("got a place at"), null=True, blank=True)
    left_at = models.DateTimeField(_("gave up at"), null=True, blank=True)

    class Meta:
        verbose_name = _("turn on the waiting list")
        verbose_name_plural = _("turns on the waiting list")
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_turn_per_person_and_run",
                fields=["run", "person"],
                condition=Q(placed_at__isnull=True, left_at__isnull=True),
            ),
            models.CheckConstraint(
                name="turn_ends_once", condition=Q(placed_at__isnull=True) | Q(left_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.run}"


class Invitation(models.Model):
    """A centre's invitation to an institution to send so many of its staff to a run."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(CourseRun, models.PROTECT, related_name="invitations", verbose_name=_("run"))
    institution = models.ForeignKey(
        Institution, models.PROTECT, related_name="invitations", verbose_name=_("institution")
    )
    places = models.PositiveSmallIntegerField(_("places"))
    words = models.CharField(_("message"), max_length=300, blank=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("invited by"))
    invited_at = models.DateTimeField(_("invited at"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    #: The institution will send nobody, and says why; sending somebody later clears it.
    declined_at = models.DateTimeField(_("declined at"), null=True, blank=True)
    decline_reason = models.CharField(_("why declined"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-invited_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_standing_invitation_per_run_and_institution",
                fields=["run", "institution"],
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(name="invitation_offers_places", condition=Q(places__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.run} · {self.institution}"

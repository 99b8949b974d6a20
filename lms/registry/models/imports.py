"""Roster uploads: what was sent, what a preview said, what the job did."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.registry.models.files import PrivateFile
from lms.registry.models.institutions import Institution
from lms.registry.models.people import Person
from lms.registry.models.regions import Region


class RosterUpload(models.Model):
    """One roster file sent by a bureau or an institution, and the job that reads it in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.OneToOneField(PrivateFile, models.PROTECT, related_name="roster", verbose_name=_("file"))
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    institution = models.ForeignKey(Institution, models.PROTECT, null=True, blank=True, related_name="+")
    uploaded_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    preview = models.JSONField(_("preview"), null=True, blank=True)
    job_id = models.UUIDField(null=True, blank=True, unique=True)
    #: The list is complete: posts of those no longer in it are closed too, as the preview named them.
    closes_leavers = models.BooleanField(_("closes the posts of leavers"), default=False)
    undo_job_id = models.UUIDField(null=True, blank=True, unique=True)
    undone_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("roster upload")
        verbose_name_plural = _("roster uploads")
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                name="roster_for_region_or_institution",
                condition=models.Q(region__isnull=False, institution__isnull=True)
                | models.Q(region__isnull=True, institution__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.file.name


class RosterChange(models.Model):
    """One row an import created or changed, so that the whole import can be taken back.

    `before` holds the changed columns as they were, `after` as the import left them: what somebody
    changed since is not taken back behind her. What a list only repeats is kept too, without a `row` of
    its own, and without an upload where a command read it: an earlier import leaves that when it is undone.
    """

    upload = models.ForeignKey(
        RosterUpload, models.PROTECT, null=True, blank=True, related_name="changes", verbose_name=_("roster upload")
    )
    table = models.CharField(max_length=60)
    row = models.UUIDField()
    created = models.BooleanField()
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("change by a roster")
        verbose_name_plural = _("changes by rosters")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.table} {self.row}"


class CertificateClaim(models.Model):
    """A certificate a roster says somebody holds: news for certification, which takes it up.

    Claimed, not verified. `kind` is a code of lms.registry.rosters; `taken_up_at` null is the queue.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="claims", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=40)
    name = models.CharField(_("name as written"), max_length=120)
    level = models.PositiveSmallIntegerField(_("level"), null=True, blank=True)
    number = models.CharField(_("number"), max_length=60, blank=True)
    issuer = models.CharField(_("issued by"), max_length=120, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)
    taken_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("certificate claim")
        verbose_name_plural = _("certificate claims")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="one_claim_per_person_kind_and_number", fields=["person", "kind", "number"])
        ]
        indexes = [models.Index(fields=["id"], name="claims_waiting", condition=models.Q(taken_up_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

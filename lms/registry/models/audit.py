"""The audit trail: one append-only, hash-chained table."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One act: who did what to whom, when, before and after.

    `hash` = SHA-256 over the canonical JSON of the row and the previous row's hash; triggers
    refuse UPDATE and DELETE. `verify_audit` walks the chain. Never holds an ID number or a
    phone: subjects are named by kind and key.
    """

    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        "registry.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("actor")
    )
    role = models.CharField(_("in the role"), max_length=20, blank=True)
    action = models.CharField(_("action"), max_length=60, db_index=True)
    subject_kind = models.CharField(_("kind of subject"), max_length=40)
    subject_id = models.CharField(_("subject"), max_length=40)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)
    #: Unique, so that the chain cannot fork.
    previous_hash = models.CharField(max_length=64, unique=True)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["id"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="audit_by_subject")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind}:{self.subject_id}"


class AuditHead(models.Model):
    """The single row that every writer locks: the end of the chain."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    hash = models.CharField(max_length=64, default="0" * 64)
    count = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="audit_head_is_single", condition=models.Q(id=1))]

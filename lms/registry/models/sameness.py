"""One person or two: changed names, probable duplicates, and records that were merged."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from lms.registry.models.files import PrivateFile
from lms.registry.models.people import Person


class NameChange(models.Model):
    """A new name with its evidence. The old one stays findable, and old certificates stay as issued."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="name_changes", verbose_name=_("person"))
    old_name = models.CharField(_("old name"), max_length=100, db_index=True)
    new_name = models.CharField(_("new name"), max_length=100)
    reason = models.CharField(_("reason"), max_length=300)
    evidence = models.ForeignKey(PrivateFile, models.PROTECT, related_name="+", verbose_name=_("evidence"))
    changed_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+", verbose_name=_("changed by"))
    changed_at = models.DateTimeField(_("changed at"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of name")
        verbose_name_plural = _("changes of name")
        ordering = ["changed_at"]

    def __str__(self) -> str:
        return f"{self.old_name} → {self.new_name}"


class Likeness(models.TextChoices):
    """Why two records may be one person."""

    NAME_AND_BIRTH = "name_birth", _("Same name and date of birth")
    PHONE = "phone", _("Same phone number")
    #: Somebody wanted to enter a document on one record that stands on the other, or named the two herself.
    DOCUMENT = "document", _("Same document")


class PossibleDuplicate(models.Model):
    """Two records that may be one person: waits in a queue until a bureau has decided.

    The pair is kept in the order of the ids, so that it stands once.
    """

    class Decision(models.TextChoices):
        MERGED = "merged", _("One person: merged")
        DIFFERENT = "different", _("Two people")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first = models.ForeignKey(Person, models.PROTECT, related_name="+")
    second = models.ForeignKey(Person, models.PROTECT, related_name="+")
    likeness = models.CharField(_("likeness"), max_length=10, choices=Likeness.choices)
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    decision = models.CharField(_("decision"), max_length=9, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ["found_at"]
        constraints = [
            models.UniqueConstraint(name="one_row_per_pair_of_records", fields=["first", "second"]),
            models.CheckConstraint(name="pair_of_records_in_order", condition=Q(first__lt=F("second"))),
            models.CheckConstraint(
                name="duplicate_decided_by_somebody",
                condition=Q(decision="", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["found_at"], name="duplicates_waiting", condition=Q(decision=""))]

    def __str__(self) -> str:
        return f"{self.first} · {self.second}"


class PersonMerge(models.Model):
    """Two records made one: what `absorbed` had belongs to `kept`; undone once, by name and reason.

    `moved` lists the ids that changed hands, by table, so that undoing gives back exactly those.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kept = models.ForeignKey(Person, models.PROTECT, related_name="merges", verbose_name=_("kept record"))
    absorbed = models.ForeignKey(Person, models.PROTECT, related_name="absorptions", verbose_name=_("merged record"))
    reason = models.CharField(_("reason"), max_length=300)
    moved = models.JSONField(default=dict)
    merged_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+", verbose_name=_("merged by"))
    merged_at = models.DateTimeField(_("merged at"), auto_now_add=True)
    undone_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undo_reason = models.CharField(_("reason for undoing"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("merge of records")
        verbose_name_plural = _("merges of records")
        ordering = ["-merged_at"]
        constraints = [
            models.CheckConstraint(name="merge_of_two_records", condition=~Q(kept=F("absorbed"))),
            models.UniqueConstraint(
                name="one_standing_merge_per_absorbed_record",
                fields=["absorbed"],
                condition=Q(undone_at__isnull=True),
            ),
            models.CheckConstraint(
                name="merge_undone_with_reason",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undo_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.kept_id}"

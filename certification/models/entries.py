"""Entry review (资格审查): nobody comes on post before the checks her post needs are in."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from certification.models.standards import CheckKind
from lms.registry.models import Institution, Person, Post, PostKind, PrivateFile


class EntryCheck(models.Model):
    """One check of one person by one institution: when, through which channel, with which result.

    Of a no-crime check only these are kept, and the person's consent; never an offence (domain §2.2).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="checks", verbose_name=_("person"))
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="checks", verbose_name=_("institution"))
    kind = models.CharField(_("check"), max_length=13, choices=CheckKind.choices)
    done_on = models.DateField(_("checked on"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    channel = models.CharField(_("channel"), max_length=80, blank=True)
    #: Of a health certificate; kept here until the post carries it, and for as long as the check is.
    number = models.CharField(_("health certificate number"), max_length=40, blank=True)
    passed = models.BooleanField(_("passed"))
    consent = models.BooleanField(_("the person consented"), default=False)
    evidence = models.ForeignKey(PrivateFile, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey("registry.User", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("check of a person")
        verbose_name_plural = _("checks of people")
        ordering = ["-done_on", "-recorded_at"]
        constraints = [
            models.CheckConstraint(
                name="no_crime_check_with_consent", condition=~Q(kind="no_crime") | Q(consent=True) & ~Q(channel="")
            ),
            models.CheckConstraint(
                name="check_holds_after_it_was_made",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("done_on")),
            ),
        ]
        indexes = [models.Index(fields=["person", "institution", "kind"], name="checks_of_person_and_place")]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_kind_display()}"


class EntryState(models.TextChoices):
    COLLECTING = "collecting", _("Collecting papers")
    SUBMITTED = "submitted", _("Waiting for the bureau")
    RETURNED = "returned", _("Returned")
    APPROVED = "approved", pgettext_lazy("entry review", "Approved")
    WITHDRAWN = "withdrawn", pgettext_lazy("entry review", "Withdrawn")


#: States in which somebody still has to do something.
OPEN_ENTRY = (EntryState.COLLECTING, EntryState.SUBMITTED, EntryState.RETURNED)


class EntryReview(models.Model):
    """An institution wants somebody on a post; approval puts her there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="entries", verbose_name=_("person"))
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="entries", verbose_name=_("institution"))
    kind = models.CharField(_("post"), max_length=13, choices=PostKind.choices)
    full_time = models.BooleanField(_("full time"), default=True)
    planned_on = models.DateField(_("to begin on"))
    due_on = models.DateField(_("papers due by"))
    state = models.CharField(_("state"), max_length=10, choices=EntryState.choices, default=EntryState.COLLECTING)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    post = models.OneToOneField(Post, models.PROTECT, null=True, blank=True, related_name="entry")
    opened_by = models.ForeignKey(
        "registry.User", models.PROTECT, related_name="+", verbose_name=pgettext_lazy("entry review", "opened by")
    )
    opened_at = models.DateTimeField(pgettext_lazy("entry review", "opened at"), auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    decided_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("entry review")
        verbose_name_plural = _("entry reviews")
        ordering = ["due_on", "opened_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_entry_per_person_and_institution",
                fields=["person", "institution"],
                condition=Q(state__in=["collecting", "submitted", "returned"]),
            ),
            models.CheckConstraint(
                name="entry_approved_has_post",
                condition=Q(state="approved", post__isnull=False, decided_by__isnull=False)
                | ~Q(state="approved") & Q(post__isnull=True),
            ),
            models.CheckConstraint(name="entry_returned_with_reason", condition=~Q(state="returned") | ~Q(reason="")),
        ]
        indexes = [models.Index(fields=["institution", "state"], name="entries_of_place_by_state")]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_kind_display()}"

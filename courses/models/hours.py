"""The ledger of hours and its sum per person and year."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from courses.models.courses import Bucket
from courses.models.runs import Session
from lms.registry.models import Institution, Person, PrivateFile, Region, User


class Source(models.TextChoices):
    SESSION = "session", _("Session attended")
    #: Hours of a pre-service course earn the post certificate and do not move the training year.
    PRE_SERVICE = "pre_service", _("Pre-service session attended")
    ONLINE = "online", _("Online study")
    EXAM = "exam", _("Exam")
    PRACTICE = "practice", _("Practice under a mentor")
    OUTSIDE = "outside", _("Training elsewhere")
    EQUIVALENCE = "equivalence", _("Recognised as equivalent")
    COMPETITION = "competition", _("Skills competition")
    DRILL = "drill", _("Emergency drill")


#: Sources claimed with evidence and granted item by item.
CLAIMED = (Source.PRACTICE, Source.OUTSIDE, Source.EQUIVALENCE, Source.COMPETITION, Source.DRILL)


class HourCategory(models.Model):
    """What hours are about, as the papers name it (mandatory content); new ones are new rows."""

    name = models.CharField(_("name"), max_length=40, primary_key=True)
    name_en = models.CharField(_("name in English"), max_length=80)
    bucket = models.CharField(_("bucket"), max_length=6, choices=Bucket.choices)

    class Meta:
        verbose_name = _("category of hours")
        verbose_name_plural = _("categories of hours")
        ordering = ["bucket", "name"]

    def __str__(self) -> str:
        return self.name


class HourClaim(models.Model):
    """Hours earned elsewhere, claimed with evidence (F69, S51); each item is decided by itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="hour_claims", verbose_name=_("person"))
    source = models.CharField(_("source"), max_length=11, choices=[(s.value, s.label) for s in CLAIMED])
    title = models.CharField(_("what it was"), max_length=120)
    organiser = models.CharField(_("organiser"), max_length=120)
    #: The bureau that decides: of where she is on post when she claims.
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("claimed through")
    )
    evidence = models.ForeignKey(PrivateFile, models.PROTECT, related_name="+", verbose_name=_("evidence"))
    claimed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("claimed by"))
    claimed_at = models.DateTimeField(_("claimed at"), auto_now_add=True)

    class Meta:
        verbose_name = _("claim of hours")
        verbose_name_plural = _("claims of hours")
        ordering = ["-claimed_at"]
        constraints = [
            models.CheckConstraint(
                name="claim_of_a_claimable_source", condition=Q(source__in=[source.value for source in CLAIMED])
            )
        ]

    def __str__(self) -> str:
        return self.title


class HourClaimItem(models.Model):
    """One stretch of a claim: what is asked for, and what was granted.

    With clock times its minutes can't count beside others of the same time; without them (an equivalence)
    only the day is known.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("claim", "Awaiting decision")
        GRANTED = "granted", pgettext_lazy("claim", "Granted")
        REFUSED = "refused", pgettext_lazy("claim", "Refused")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    claim = models.ForeignKey(HourClaim, models.PROTECT, related_name="items")
    number = models.PositiveSmallIntegerField()
    day = models.DateField(_("day"))
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    bucket = models.CharField(_("bucket"), max_length=6, choices=Bucket.choices)
    category = models.CharField(_("category"), max_length=40, blank=True)
    online = models.BooleanField(_("online"), default=False)
    asked_minutes = models.PositiveSmallIntegerField(_("minutes asked for"))
    granted_minutes = models.PositiveSmallIntegerField(_("minutes granted"), default=0)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.OPEN)
    reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("item of a claim")
        verbose_name_plural = _("items of claims")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(name="one_item_per_number", fields=["claim", "number"]),
            models.CheckConstraint(
                name="claim_item_times_whole",
                condition=Q(starts_at__isnull=True, ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
            ),
            models.CheckConstraint(
                name="claim_item_granted_what_was_asked",
                condition=Q(granted_minutes__lte=F("asked_minutes"), asked_minutes__gte=1),
            ),
            models.CheckConstraint(
                name="claim_item_decided",
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True, granted_minutes=0)
                | Q(state="granted", decided_by__isnull=False, decided_at__isnull=False)
                | Q(state="refused", decided_by__isnull=False, decided_at__isnull=False, granted_minutes=0)
                & ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.number}"


class HourEntry(models.Model):
    """Whole minutes earned (学时记录). Append-only: a mistake is reversed by an entry with the
    opposite sign that names it; triggers refuse UPDATE and DELETE.

    One presence gives an entry per Beijing day, bucket and category (`part` numbers them). `starts_at` and
    `ends_at` are the time it stands for, where known: no minute of a person counts twice.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="hour_entries", verbose_name=_("person"))
    bucket = models.CharField(_("bucket"), max_length=6, choices=Bucket.choices)
    minutes = models.IntegerField(_("minutes"))
    day = models.DateField(_("day, Beijing time"))
    year = models.PositiveSmallIntegerField(_("year"))
    source = models.CharField(_("source"), max_length=11, choices=Source.choices)
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="hour_entries", verbose_name=_("session")
    )
    item = models.ForeignKey(
        HourClaimItem, models.PROTECT, null=True, blank=True, related_name="hour_entries", verbose_name=_("claimed as")
    )
    category = models.CharField(_("category"), max_length=40, blank=True)
    online = models.BooleanField(_("online"), default=False)
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    part = models.PositiveSmallIntegerField(default=0)
    #: The attendance's revision this entry was credited for; with `session` it makes crediting safe to repeat.
    revision = models.PositiveSmallIntegerField(default=1)
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversal", verbose_name=_("reverses")
    )
    rule_version = models.CharField(_("rule version"), max_length=40)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_by = models.ForeignKey("registry.User", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("hour entry")
        verbose_name_plural = _("hour entries")
        ordering = ["day", "created_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_entry_per_person_session_revision_and_part",
                fields=["person", "session", "revision", "part"],
                condition=Q(reverses__isnull=True, session__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_entry_per_claim_item_and_part",
                fields=["item", "revision", "part"],
                condition=Q(reverses__isnull=True, item__isnull=False),
            ),
            models.CheckConstraint(
                name="entry_positive_unless_reversal",
                condition=Q(reverses__isnull=True, minutes__gt=0) | Q(reverses__isnull=False, minutes__lt=0),
            ),
            models.CheckConstraint(
                name="entry_names_where_it_is_from",
                condition=Q(source__in=["session", "pre_service"], session__isnull=False, item__isnull=True)
                | Q(source__in=[source.value for source in CLAIMED], item__isnull=False, session__isnull=True)
                | Q(source__in=["online", "exam"], item__isnull=True),
            ),
            models.CheckConstraint(
                name="entry_times_whole",
                condition=Q(starts_at__isnull=True, ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
            ),
        ]
        indexes = [models.Index(fields=["person", "year"], name="entries_of_person_and_year")]

    def __str__(self) -> str:
        return f"{self.person} {self.day} {self.minutes}"


class TrainingYear(models.Model):
    """Minutes per person, year and bucket (年度学时), kept in the ledger's own transaction.

    A row whose `changed_at` is later than its `assessed_at` is waiting to be assessed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="training_years", verbose_name=_("person"))
    year = models.PositiveSmallIntegerField(_("year"))
    skill_minutes = models.PositiveIntegerField(_("skill minutes"), default=0)
    ethics_minutes = models.PositiveIntegerField(_("ethics minutes"), default=0)
    changed_at = models.DateTimeField(default=timezone.now)
    assessed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("training year")
        verbose_name_plural = _("training years")
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(name="one_training_year_per_person", fields=["person", "year"])]
        indexes = [models.Index(fields=["changed_at"], name="training_year_by_change")]

    def __str__(self) -> str:
        return f"{self.person} {self.year}"

    def minutes(self, bucket: str) -> int:
        """Minutes earned in `bucket`."""
        return self.skill_minutes if bucket == Bucket.SKILL else self.ethics_minutes

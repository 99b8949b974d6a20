"""What people may ask about their own data, and how long each kind is kept."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.models.files import PrivateFile
from lms.registry.models.institutions import Institution
from lms.registry.models.people import Person
from lms.registry.models.regions import Region


class Answer(models.TextChoices):
    """What a check before hiring says; never why."""

    MAY = "may", _("May be employed")
    MAY_NOT = "may_not", _("May not be employed")
    WAIT = "wait", _("Wait for the bureau")


class EmploymentQuery(models.Model):
    """An institution asked, before hiring, whether somebody may be employed (入职前核查).

    The document is kept as its blind index only: who is asked about need not be in the register.
    A `wait` is a near match of a barred person; a bureau answers it within one working day.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="queries", verbose_name=_("institution"))
    asked_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    purpose = models.CharField(_("purpose"), max_length=200)
    consent = models.BooleanField(_("the person consented"))
    name = models.CharField(_("name as given"), max_length=100)
    document_index = models.CharField(max_length=64, db_index=True, editable=False)
    document_masked = models.CharField(_("number, masked"), max_length=30)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="queries")
    answer = models.CharField(_("answer"), max_length=7, choices=Answer.choices)
    #: The region whose bureau looks at a near match.
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    decided_answer = models.CharField(_("the bureau's answer"), max_length=7, choices=Answer.choices, blank=True)
    decided_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    #: The job that asked for a whole file of people.
    batch = models.UUIDField(null=True, blank=True, db_index=True)

    class Meta:
        verbose_name = _("check before hiring")
        verbose_name_plural = _("checks before hiring")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(name="query_with_consent_and_purpose", condition=Q(consent=True) & ~Q(purpose="")),
            models.CheckConstraint(
                name="query_decided_only_when_waiting",
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, decided_answer="")
                | Q(
                    answer="wait",
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    decided_answer__in=["may", "may_not"],
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], name="queries_waiting", condition=Q(answer="wait", decided_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.get_answer_display()}"


class CorrectionRequest(models.Model):
    """Somebody says that what is kept about her is wrong (PIPL art. 46); her bureau decides."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    class About(models.TextChoices):
        NAME = "name", pgettext_lazy("person", "Name")
        SEX = "sex", _("Sex")
        BORN_ON = "born_on", _("Date of birth")
        DOCUMENT = "document", _("Identity document")
        PHONE = "phone", _("Phone")
        POST = "post", _("Post")
        QUALIFICATION = "qualification", _("Certificate")
        HOURS = "hours", _("Hours")
        OTHER = "other", _("Something else")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="corrections", verbose_name=_("person"))
    about = models.CharField(_("about"), max_length=13, choices=About.choices)
    text = models.TextField(_("what is wrong, and what is right"), max_length=1000)
    evidence = models.ForeignKey(PrivateFile, models.PROTECT, null=True, blank=True, related_name="+")
    asked_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    decided_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("request for correction")
        verbose_name_plural = _("requests for correction")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                name="correction_decided_with_an_answer",
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="open") & Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(answer=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.get_about_display()}"


class RetentionPeriod(models.Model):
    """How many months something of a kind is kept after its last use; the reason stands beside it."""

    class Kind(models.TextChoices):
        ROSTER_FILE = "roster_file", _("Roster files, after their import")
        EXPORT_FILE = "export_file", _("Exports")
        QUERY = "query", _("Checks before hiring")
        FORMER_STAFF = "former_staff", _("Identity of people who left every post")
        JOB = "job", _("Rows of finished jobs")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, primary_key=True)
    months = models.PositiveSmallIntegerField(_("months"))
    paper = models.CharField(_("paper"), max_length=120)
    line = models.CharField(_("line"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("retention period")
        verbose_name_plural = _("retention periods")
        ordering = ["kind"]
        constraints = [models.CheckConstraint(name="kept_at_least_a_month", condition=Q(months__gte=1))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.months}"


class Erasure(models.Model):
    """A person's name, documents and phone were erased; what stays is under `pseudonym`. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.OneToOneField(Person, models.PROTECT, related_name="erasure", verbose_name=_("person"))
    pseudonym = models.CharField(_("pseudonym"), max_length=40, unique=True)
    reason = models.CharField(_("reason"), max_length=300)
    removed = models.JSONField(default=dict)
    erased_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    erased_at = models.DateTimeField(_("erased at"), auto_now_add=True)

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-erased_at"]

    def __str__(self) -> str:
        return self.pseudonym


class ErasureProposal(models.Model):
    """Somebody proposes that a person's data be erased; a second person decides. There is no way back after that."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="erasure_proposals", verbose_name=_("person"))
    reason = models.CharField(_("reason"), max_length=300)
    proposed_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    granted = models.BooleanField(_("granted"), null=True, blank=True)
    decided_by = models.ForeignKey("registry.User", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    #: The job that does it.
    job_id = models.UUIDField(null=True, blank=True, unique=True)

    class Meta:
        verbose_name = _("proposal of an erasure")
        verbose_name_plural = _("proposals of erasures")
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                name="one_open_erasure_per_person", fields=["person"], condition=Q(decided_at__isnull=True)
            ),
            models.CheckConstraint(
                name="erasure_decided_by_a_second_person",
                condition=Q(granted__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                | Q(granted__isnull=False, decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(name="erasure_proposed_with_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.reason}"

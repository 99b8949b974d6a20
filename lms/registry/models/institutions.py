"""Institutions that care for children (托育机构) and the centres that train their staff."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.models.files import PrivateFile
from lms.registry.models.regions import Region


class InstitutionKind(models.TextChoices):
    PROFIT = "profit", _("Childcare institution, for profit")
    NON_PROFIT = "non_profit", _("Childcare institution, non-profit")
    PUBLIC = "public", _("Childcare institution, public body")
    KINDERGARTEN = "kindergarten", _("Kindergarten with toddler classes")
    COMMUNITY = "community", _("Community childcare point")
    EMPLOYER = "employer", _("Employer's childcare")
    FAMILY = "family", _("Family childcare point")
    HOSPITAL = "hospital", _("Childcare run by a hospital")


class ClassType(models.TextChoices):
    """Classes by the children's age (domain paper §2.7); `class_types` lists those an institution has."""

    INFANT = "infant", _("Infant class")
    SMALL = "small", _("Younger toddler class")
    BIG = "big", _("Older toddler class")
    MIXED = "mixed", _("Mixed-age class")


class Filing(models.TextChoices):
    """Filing (备案) with the competent authority."""

    PENDING = "pending", _("Awaiting filing")
    FILED = "filed", _("Filed")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")


#: An institution in one of these states takes nobody new on post.
TAKES_NOBODY = (Filing.SUSPENDED, Filing.CLOSED)


class Institution(models.Model):
    """A childcare institution, known by its unified social credit code (统一社会信用代码)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    uscc = models.CharField(_("unified social credit code"), max_length=18, unique=True)
    name = models.CharField(_("name"), max_length=120, db_index=True)
    kind = models.CharField(_("kind"), max_length=12, choices=InstitutionKind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="institutions", verbose_name=_("region"))
    filing = models.CharField(_("filing"), max_length=9, choices=Filing.choices, default=Filing.PENDING)
    filing_number = models.CharField(_("filing number"), max_length=60, blank=True)
    class_types = models.JSONField(_("class types"), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")
        ordering = ["name", "uscc"]
        constraints = [
            models.CheckConstraint(name="institution_uscc_upper", condition=Q(uscc__regex=r"^[0-9A-Z]{18}$"))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def takes_nobody(self) -> bool:
        """Suspended or closed: nobody new comes on post."""
        return self.filing in TAKES_NOBODY

    def get_class_types_display(self) -> str:
        """E.g. 乳儿班、托小班; a type without a word here shows as it was written."""
        words = dict(ClassType.choices)
        return "、".join(str(words.get(kind, kind)) for kind in self.class_types)


class FilingAct(models.Model):
    """One step of an institution's filing: filed, suspended, resumed, closed. Append-only."""

    class Step(models.TextChoices):
        FILE = "file", pgettext_lazy("filing", "File")
        SUSPEND = "suspend", pgettext_lazy("filing", "Suspend")
        RESUME = "resume", pgettext_lazy("filing", "Resume")
        CLOSE = "close", pgettext_lazy("filing", "Close")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(
        Institution, models.PROTECT, related_name="filing_acts", verbose_name=_("institution")
    )
    step = models.CharField(_("step"), max_length=7, choices=Step.choices)
    on = models.DateField(_("with effect from"))
    number = models.CharField(_("filing number"), max_length=60, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    evidence = models.ForeignKey(PrivateFile, models.PROTECT, null=True, blank=True, related_name="+")
    decided_by = models.ForeignKey("registry.User", models.PROTECT, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided at"), auto_now_add=True)

    class Meta:
        verbose_name = _("filing act")
        verbose_name_plural = _("filing acts")
        ordering = ["-decided_at"]
        constraints = [
            models.CheckConstraint(
                name="filing_act_says_why",
                condition=Q(step="file") & ~Q(number="")
                | Q(step="resume")
                | Q(step__in=["suspend", "close"]) & ~Q(reason=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.institution} · {self.get_step_display()}"


class TrainingCentre(models.Model):
    """A body (培训机构) that runs courses and records attendance."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    uscc = models.CharField(_("unified social credit code"), max_length=18, unique=True)
    name = models.CharField(_("name"), max_length=120)
    region = models.ForeignKey(Region, models.PROTECT, related_name="centres", verbose_name=_("region"))
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("training centre")
        verbose_name_plural = _("training centres")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

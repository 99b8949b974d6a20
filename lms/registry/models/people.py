"""People and the documents that say who they are."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lms.registry.crypto import Sealed, blind_index


class Sex(models.TextChoices):
    MALE = "M", _("Male")
    FEMALE = "F", _("Female")


class Person(models.Model):
    """A human being known to the register, with or without a post or an account.

    A banned person who was never registered gets a row here too: the unique index of the
    document is what catches her when she is registered later.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=100, db_index=True)
    sort_key = models.CharField(_("sort key"), max_length=200, db_index=True, blank=True, editable=False)
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices, blank=True)
    born_on = models.DateField(_("born on"), null=True, blank=True)
    ethnicity = models.CharField(_("ethnic group"), max_length=30, blank=True)
    education = models.CharField(_("education"), max_length=30, blank=True)
    major = models.CharField(_("field of study"), max_length=60, blank=True)
    phone_sealed = models.BinaryField(null=True, editable=False)
    phone_index = models.CharField(max_length=64, blank=True, db_index=True, editable=False)
    #: ISO 3166 alpha-3; empty where nobody said, which in practice is CHN.
    nationality = models.CharField(_("nationality"), max_length=3, blank=True)
    #: The region whose bureau or training centre registered her without a post: a learner nobody employs.
    registered_in = models.ForeignKey(
        "registry.Region",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("registered in"),
    )
    #: Set on a record that turned out to be the same person as another one: that one is who counts.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged_records"
    )
    #: Name, documents and phone were erased; what law and audit need stands on under a pseudonym.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    phone = Sealed()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = pgettext_lazy("register", "people")
        ordering = ["sort_key", "name", "id"]
        constraints = [
            models.CheckConstraint(
                name="person_not_merged_into_herself",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
            )
        ]
        indexes = [
            models.Index(fields=["name", "born_on"], name="person_name_born"),
            # The order of the register's list, without what it leaves out.
            models.Index(
                fields=["sort_key", "name", "id"], name="people_in_order", condition=Q(merged_into__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def set_phone(self, phone: str) -> None:
        """Keep `phone` sealed, and findable by its blind index."""
        self.phone = phone
        self.phone_index = blind_index("phone", phone) if phone else ""


class DocumentKind(models.TextChoices):
    RESIDENT = "resident", _("Resident identity card")
    HMT_RESIDENCE = "hmt_residence", _("Residence permit for Hong Kong, Macao and Taiwan")
    HMT_TRAVEL = "hmt_travel", _("Mainland travel permit for Hong Kong, Macao and Taiwan")
    FOREIGN_RESIDENT = "foreign_resident", _("Foreign permanent resident identity card")
    FOREIGN_PERMIT = "foreign_permit", _("Residence permit for foreigners")
    PASSPORT = "passport", _("Passport")


class IdentityDocument(models.Model):
    """A document of one person; its normalised number is sealed and blind-indexed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="documents", verbose_name=_("person"))
    kind = models.CharField(_("kind of document"), max_length=16, choices=DocumentKind.choices)
    number_sealed = models.BinaryField(editable=False)
    number_index = models.CharField(max_length=64, unique=True, editable=False)
    masked = models.CharField(_("number, masked"), max_length=30, editable=False)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    number = Sealed()

    class Meta:
        verbose_name = _("identity document")
        verbose_name_plural = _("identity documents")
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                name="document_ends_after_it_begins",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
            )
        ]

    def __str__(self) -> str:
        return self.masked

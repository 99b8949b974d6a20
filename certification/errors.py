"""Reasons to refuse in the certification room."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.jobs.errors import DomainError


class Refusal(models.TextChoices):
    """Code and plain sentence of every refusal of this room."""

    POLICY_MISSING = "policy_missing", _("No standard is in force here for this year.")
    POLICY_PUBLISHED = "policy_published", _("A published policy row never changes; publish a new one.")
    POLICY_INVALID = "policy_invalid", _("The policy file is not valid.")
    YEAR_NOT_REACHED = "year_not_reached", _("The hours of this year do not reach the standard yet.")
    NOT_PASSED = "not_passed", _("The run has not been passed.")
    NOT_ON_POST = "not_on_post", _("This person is not on post.")
    GLYPH_MISSING = "glyph_missing", _("No embedded font can draw a character of this name.")
    CERTIFICATE_FROZEN = "certificate_frozen", _("A certificate never changes; it is superseded or revoked.")
    CERTIFICATE_SUPERSEDED = (
        "certificate_superseded",
        _("This certificate has been replaced by a newer one; open that one."),
    )
    NAME_MISSING = "name_missing", _("Give the name to be printed.")
    NOTHING_CHANGED = "nothing_changed", _("The new certificate would say the same as this one.")
    FILE_DAMAGED = "file_damaged", _("The stored file is not the one that was issued. It is not handed out.")
    NOTHING_PICKED = "nothing_picked", _("Pick at least one row.")
    ALREADY_REVOKED = "already_revoked", _("This certificate has been revoked already.")
    REASON_MISSING = "reason_missing", _("Give a reason.")
    ENTRY_SPENT = "entry_spent", _("These hours stand on a certificate; it must be revoked first.")
    SERIAL_UNKNOWN = "serial_unknown", _("No certificate has this number.")
    TOO_MANY_TRIES = "too_many_tries", _("Too many tries. Wait a minute.")
    ALREADY_DECIDED = "already_decided", _("This certificate has been decided on already.")
    PERSON_BARRED = "person_barred", _("This person is barred from working with young children.")


class PolicyMissing(DomainError):
    """No published standard for a region and year, all the way up the tree."""

    def __init__(self, **context: object) -> None:
        super().__init__("policy_missing", Refusal.POLICY_MISSING.label, **context)


def refuse(code: str, **context: object) -> DomainError:
    """The refusal `code` of this room, ready to raise."""
    return DomainError(code, Refusal(code).label, **context)

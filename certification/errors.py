"""Reasons to refuse in the certification room."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.jobs.errors import DomainError


class Refusal(models.TextChoices):
    """Code and plain sentence of every refusal of this room."""

    POLICY_MISSING = "policy_missing", _("No standard is in force here for this year.")
    POLICY_PUBLISHED = "policy_published", _("A published policy row never changes; publish a new one.")
    POLICY_INVALID = "policy_invalid", _("The policy file is not valid.")
    STANDARD_YEARS = "standard_years", _("The last year cannot lie before the first.")
    STANDARD_OVERLAP = (
        "standard_overlap",
        _("A standard that begins in this year is published here already; let the new one begin in another year."),
    )
    CATEGORY_UNKNOWN = "category_unknown", _("There is no such category of hours.")
    CATEGORY_LEAST = "category_least", _("The least hours of the categories are more than the hours of their kind.")
    SAME_PERSON = "same_person", _("Somebody else than who drafted it must publish it.")
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
    CHECKS_MISSING = "checks_missing", _("Some checks that this post needs are still missing.")
    CHECK_BY_SYSTEM = "check_by_system", _("The system makes this check itself.")
    CHECK_DATES = "check_dates", _("A check is made today or earlier, and what it gives runs out later than today.")
    CHECK_UNTIL_MISSING = "check_until_missing", _("Say until when the health certificate is valid.")
    CONSENT_MISSING = "consent_missing", _("The person must consent first.")
    CHANNEL_MISSING = "channel_missing", _("Say through which channel the check was made.")
    ENTRY_STATE = "entry_state", _("This entry is no longer in the state you saw. Load the page again.")
    ENTRY_OPEN = "entry_open", _("An entry of this person is open here already.")
    ON_POST_ALREADY = "on_post_already", _("This person is on post here already.")
    NAME_DIFFERS = "name_differs", _("This document is registered under another name. Look at the document again.")
    ID_HELD_NEAR_MATCH = (
        "id_held_near_match",
        _("Name and birth date are those of a barred person. Ask before hiring; the bureau answers in a working day."),
    )
    INSTITUTION_SUSPENDED = (
        "institution_suspended",
        _("This institution is suspended or closed: nobody new comes on post."),
    )
    NUMBER_FORMAT = "number_format", _("A number of this kind looks different.")
    NUMBER_MISSING = "number_missing", _("Give the number of the certificate.")
    SCAN_MISSING = "scan_missing", _("Add a photo or scan of the certificate.")
    DATES_WRONG = "dates_wrong", _("The certificate was issued in the past and ends after it was issued.")
    KIND_UNFIT = "kind_unfit", _("This kind of certificate cannot be chosen here.")
    ALREADY_VERIFIED = "already_verified", _("This certificate has been verified already; nothing needs to be sent.")
    PERSON_BARRED = "person_barred", _("This person is barred from working with young children.")


class PolicyMissing(DomainError):
    """No published standard for a region and year, all the way up the tree."""

    def __init__(self, **context: object) -> None:
        super().__init__("policy_missing", Refusal.POLICY_MISSING.label, **context)


def refuse(code: str, **context: object) -> DomainError:
    """The refusal `code` of this room, ready to raise."""
    return DomainError(code, Refusal(code).label, **context)

"""Triggers of the certification room: see lms.registry.guards."""

from certification.errors import Refusal
from certification.models import Certificate
from lms.registry import errors, guards
from lms.registry.guards.bans import BANNED
from lms.registry.guards.erasures import emptied, pseudonym_in
from lms.registry.guards.merges import WITH_ITS_PERSON, unless_merged
from lms.registry.guards.triggers import Guard, append_only, append_only_but, unchanged_once, unchanged_with


def register() -> None:
    """Hand this room's triggers and codes to the registry."""
    errors.REFUSALS.append(Refusal)
    guards.register(
        "certification",
        [
            Guard(
                "guard_certification_certificate_insert",
                "certification_certificate",
                "INSERT",
                BANNED.format(person="NEW.person_id"),
                "person_barred",
                person="NEW.person_id",
            ),
            *unless_merged("certification_certificate", handed_over=False),
            # Whoever is merged with another record takes her certificates along; somebody whose data were erased
            # keeps them under her pseudonym. Nothing else of one ever changes.
            *append_only_but(
                Certificate,
                "certificate_frozen",
                "serial",
                but={
                    "person_id": WITH_ITS_PERSON,
                    "holder_name": pseudonym_in("holder_name"),
                    "holder_id_masked": emptied("holder_id_masked"),
                },
            ),
            *append_only("certification_certificateentry", "certificate_frozen"),
            *append_only("certification_certificatefile", "certificate_frozen"),
            *append_only("certification_revocation", "certificate_frozen"),
            # Hours that stand on a certificate cannot be taken back under it.
            Guard(
                "guard_certification_entry_spent",
                "courses_hourentry",
                "INSERT",
                "NEW.reverses_id IS NOT NULL AND EXISTS (SELECT 1 FROM certification_certificateentry s"
                " WHERE s.entry_id = NEW.reverses_id AND NOT EXISTS (SELECT 1 FROM certification_revocation r"
                " WHERE r.certificate_id = s.certificate_id))",
                "entry_spent",
            ),
            *unchanged_once("certification_trainingstandard", "published_at", "policy_published"),
            *unchanged_once("certification_holdingrule", "published_at", "policy_published"),
            *unchanged_once("certification_classnorm", "published_at", "policy_published"),
            *unchanged_once("certification_checkrule", "published_at", "policy_published"),
            *unchanged_with(
                "certification_holdingrule_kinds", "holdingrule_id", "certification_holdingrule", "policy_published"
            ),
        ],
    )

"""Guards around bans: a ban is final, and nothing reaches whom it stands on (lms.registry.guards says how)."""

from lms.registry.guards.triggers import AnyGuard, Guard, NoReplace, NoTruncate, same_key

BANNED = (
    "EXISTS (SELECT 1 FROM registry_ban b WHERE b.person_id = {person}"
    " AND b.confirmed_at IS NOT NULL AND b.annulled_at IS NULL)"
)


def handed_over(table: str) -> Guard:
    """No row of `table` passes to somebody who is banned."""
    return Guard(
        f"guard_{table}_handover",
        table,
        "UPDATE OF person_id",
        f"NEW.person_id <> OLD.person_id AND {BANNED.format(person='NEW.person_id')}",
        "person_barred",
        person="NEW.person_id",
    )


def unless_banned(table: str, person: str = "NEW.person_id", also: str = "") -> list[Guard]:
    """Guards for a table that gives a person something: no new row, none handed over, while banned."""
    banned = BANNED.format(person=person) + (f" AND {also}" if also else "")
    return [
        Guard(f"guard_{table}_insert", table, "INSERT", banned, "person_barred", person=person),
        handed_over(table),
    ]


BAN_FIXED = (
    "NEW.id <> OLD.id OR NEW.person_id <> OLD.person_id OR NEW.scope <> OLD.scope OR NEW.case_id <> OLD.case_id"
    " OR NEW.legal_basis <> OLD.legal_basis OR NEW.decision_id <> OLD.decision_id"
    " OR NEW.region_id <> OLD.region_id OR NEW.proposed_by_id <> OLD.proposed_by_id"
    " OR NEW.proposed_at <> OLD.proposed_at"
    " OR (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at IS NULL OR NEW.confirmed_at <> OLD.confirmed_at"
    " OR NEW.confirmed_by_id <> OLD.confirmed_by_id))"
    " OR (OLD.rejected_at IS NOT NULL AND (NEW.rejected_at IS NULL OR NEW.rejected_at <> OLD.rejected_at))"
    " OR OLD.annulled_at IS NOT NULL"
    # Annulling is a second step, and whoever proposed it stays who she was.
    " OR (NEW.annulled_at IS NOT NULL AND OLD.annulment_proposed_at IS NULL)"
    " OR (OLD.annulment_proposed_at IS NOT NULL AND NEW.annulment_proposed_at IS NOT NULL"
    " AND NEW.annulment_proposed_by_id <> OLD.annulment_proposed_by_id)"
)

GUARDS: list[AnyGuard] = [
    Guard(
        "guard_registry_identitydocument_move",
        "registry_identitydocument",
        "UPDATE OF person_id",
        f"NEW.person_id <> OLD.person_id AND {BANNED.format(person='OLD.person_id')}",
        "identity_barred",
        person="OLD.person_id",
    ),
    # Whoever it belongs to, what a document says never changes; its number is only sealed anew under a new key.
    Guard(
        "guard_registry_identitydocument_fixed",
        "registry_identitydocument",
        "UPDATE",
        "NEW.id <> OLD.id OR NEW.kind <> OLD.kind"
        # Only with its person's data does the number go, and then all of it.
        " OR ((NEW.number_index <> OLD.number_index OR NEW.masked <> OLD.masked) AND NOT (NEW.masked = ''"
        " AND EXISTS (SELECT 1 FROM registry_erasure e WHERE e.person_id = OLD.person_id)))",
        "identity_fixed",
    ),
    Guard(
        "guard_registry_identitydocument_delete",
        "registry_identitydocument",
        "DELETE",
        BANNED.format(person="OLD.person_id"),
        "identity_barred",
        person="OLD.person_id",
    ),
    NoReplace(
        "registry_identitydocument",
        "identity_barred",
        "EXISTS (SELECT 1 FROM registry_identitydocument d WHERE (d.id = NEW.id OR d.number_index = NEW.number_index)"
        f" AND {BANNED.format(person='d.person_id')})",
    ),
    NoTruncate("registry_identitydocument"),
    # Never refuses: it stands for its lock, taken the moment a ban is written or confirmed.
    Guard(
        "guard_registry_ban_lock_insert",
        "registry_ban",
        "INSERT",
        "1 = 0",
        "ban_final",
        "NEW.person_id",
        True,
    ),
    Guard(
        "guard_registry_ban_lock_update",
        "registry_ban",
        "UPDATE",
        "1 = 0",
        "ban_final",
        "NEW.person_id",
        True,
    ),
    Guard("guard_registry_ban_update", "registry_ban", "UPDATE", BAN_FIXED, "ban_final"),
    Guard("guard_registry_ban_delete", "registry_ban", "DELETE", "1 = 1", "ban_final"),
    NoReplace("registry_ban", "ban_final", same_key("registry_ban")),
    NoTruncate("registry_ban"),
]

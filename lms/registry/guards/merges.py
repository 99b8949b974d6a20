"""Guards around records that turned out to be one person.

Two things no code path may break. A record that was merged into another takes nothing new: it is the
other that counts. And a row that never changes changes hands only with its person: while a merge stands
that names it, or back again once that merge was undone. There is no flag to set; the merge is the proof.
"""

from lms.registry.guards.triggers import AnyGuard, Guard, NoReplace, NoTruncate, same_key

MERGED = "EXISTS (SELECT 1 FROM registry_person p WHERE p.id = {person} AND p.merged_into_id IS NOT NULL)"
#: A ban on this record stands, or is proposed.
ACCUSED = (
    "EXISTS (SELECT 1 FROM registry_ban b WHERE b.person_id = {person}"
    " AND b.rejected_at IS NULL AND b.annulled_at IS NULL)"
)
#: The merge `m` names this row: its key, as 32 hex digits, stands in the list of what changed hands.
_NAMED = "CAST(m.moved AS text) LIKE '%' || REPLACE(CAST(NEW.id AS text), '-', '') || '%'"
#: SQL for "this row passes from one record to the other by a merge that stands, or back by one that was undone".
WITH_ITS_PERSON = (
    "EXISTS (SELECT 1 FROM registry_personmerge m WHERE m.absorbed_id = OLD.person_id AND m.kept_id = NEW.person_id"
    f" AND m.undone_at IS NULL AND {_NAMED})"
    " OR (EXISTS (SELECT 1 FROM registry_personmerge m WHERE m.kept_id = OLD.person_id"
    f" AND m.absorbed_id = NEW.person_id AND m.undone_at IS NOT NULL AND {_NAMED})"
    f" AND NOT {MERGED.format(person='NEW.person_id')})"
)


def unless_merged(table: str, *, also: str = "", handed_over: bool = True) -> list[AnyGuard]:
    """No new row of `table` for a merged record, and none handed over to it.

    The table's guards against a ban come first by name and lock the person; here she is only looked up.
    """
    merged = MERGED.format(person="NEW.person_id")
    guards: list[AnyGuard] = [
        Guard(f"guard_{table}_merged", table, "INSERT", f"{merged} AND {also}" if also else merged, "merged_record")
    ]
    if handed_over:
        moved = f"NEW.person_id <> OLD.person_id AND {merged}"
        guards.append(Guard(f"guard_{table}_to_merged", table, "UPDATE OF person_id", moved, "merged_record"))
    return guards


def _of_merges() -> list[AnyGuard]:
    table = "registry_personmerge"
    return [
        # A ban that is being confirmed and a merge never miss each other: both lock the person.
        *(
            Guard(
                f"guard_{table}_barred_{column.removesuffix('_id')}",
                table,
                "INSERT",
                ACCUSED.format(person=f"NEW.{column}"),
                "merge_barred",
                person=f"NEW.{column}",
            )
            for column in ("kept_id", "absorbed_id")
        ),
        Guard(
            f"guard_{table}_fixed",
            table,
            "UPDATE OF id, kept_id, absorbed_id, reason, merged_by_id, merged_at",
            "1 = 1",
            "merge_final",
        ),
        # What changed hands is added to only in the step that undoes the merge, and then it is over.
        Guard(
            f"guard_{table}_update",
            table,
            "UPDATE",
            "OLD.undone_at IS NOT NULL OR NEW.undone_at IS NULL",
            "merge_final",
        ),
        Guard(f"guard_{table}_delete", table, "DELETE", "1 = 1", "merge_final"),
        NoReplace(table, "merge_final", same_key(table)),
        NoTruncate(table),
    ]


GUARDS: list[AnyGuard] = [
    *unless_merged("registry_post"),
    *_of_merges(),
    # A record is turned away to another one only while no ban on it stands or is proposed.
    Guard(
        "guard_registry_person_merge",
        "registry_person",
        "UPDATE OF merged_into_id",
        f"NEW.merged_into_id IS NOT NULL AND {ACCUSED.format(person='OLD.id')}",
        "merge_barred",
    ),
    Guard(
        "guard_registry_ban_merged",
        "registry_ban",
        "INSERT",
        MERGED.format(person="NEW.person_id"),
        "merged_record",
    ),
    Guard(
        "guard_registry_ban_merged_confirm",
        "registry_ban",
        "UPDATE OF confirmed_at",
        f"NEW.confirmed_at IS NOT NULL AND OLD.confirmed_at IS NULL AND {MERGED.format(person='NEW.person_id')}",
        "merged_record",
    ),
]

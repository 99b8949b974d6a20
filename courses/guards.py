"""Triggers of the courses room: see lms.registry.guards."""

from courses.errors import Refusal
from courses.models import HourEntry
from lms.registry import errors, guards
from lms.registry.guards.bans import BANNED, unless_banned
from lms.registry.guards.merges import WITH_ITS_PERSON, unless_merged
from lms.registry.guards.triggers import AnyGuard, Guard, append_only, append_only_but

BARRED = BANNED.format(person="NEW.person_id")
GUARDS: list[AnyGuard] = [
    *unless_banned("courses_enrollment", also="NEW.state <> 'withdrawn'"),
    Guard(
        "guard_courses_enrollment_state",
        "courses_enrollment",
        "UPDATE OF state, run_id",
        "(NEW.state <> OLD.state AND NEW.state IN ('enrolled', 'passed') OR NEW.run_id <> OLD.run_id)"
        f" AND NEW.state <> 'withdrawn' AND {BARRED}",
        "person_barred",
        person="NEW.person_id",
    ),
    *unless_banned("courses_attendance", also="NEW.state <> 'absent'"),
    Guard(
        "guard_courses_attendance_more",
        "courses_attendance",
        "UPDATE OF minutes, state, session_id",
        "(NEW.minutes > OLD.minutes OR (NEW.state <> OLD.state AND OLD.state = 'absent')"
        f" OR NEW.session_id <> OLD.session_id) AND {BARRED}",
        "person_barred",
        person="NEW.person_id",
    ),
    # A reversal takes away, so it stays possible.
    Guard(
        "guard_courses_hourentry_insert",
        "courses_hourentry",
        "INSERT",
        f"NEW.minutes > 0 AND {BARRED}",
        "person_barred",
        person="NEW.person_id",
    ),
    Guard(
        "guard_courses_hourentry_mirror",
        "courses_hourentry",
        "INSERT",
        "NEW.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM courses_hourentry e"
        " WHERE e.id = NEW.reverses_id AND e.person_id = NEW.person_id AND e.bucket = NEW.bucket"
        " AND e.year = NEW.year AND e.minutes = -NEW.minutes AND e.reverses_id IS NULL)",
        "ledger_append_only",
    ),
    # The yearly sum follows the ledger; raised by itself it would show hours that nobody credited.
    Guard(
        "guard_courses_trainingyear_insert",
        "courses_trainingyear",
        "INSERT",
        f"(NEW.skill_minutes > 0 OR NEW.ethics_minutes > 0) AND {BARRED}",
        "person_barred",
        person="NEW.person_id",
    ),
    Guard(
        "guard_courses_trainingyear_more",
        "courses_trainingyear",
        "UPDATE OF skill_minutes, ethics_minutes",
        f"(NEW.skill_minutes > OLD.skill_minutes OR NEW.ethics_minutes > OLD.ethics_minutes) AND {BARRED}",
        "person_barred",
        person="NEW.person_id",
    ),
    # A merged record takes nothing new; what is taken back from it stays possible.
    *unless_merged("courses_enrollment"),
    *unless_merged("courses_attendance"),
    *unless_merged("courses_hourentry", also="NEW.minutes > 0", handed_over=False),
    # An hour changes hands only when two records of one person are merged.
    *append_only_but(HourEntry, "ledger_append_only", but={"person_id": WITH_ITS_PERSON}),
    *append_only("courses_attendancecorrection"),
]


def register() -> None:
    """Hand this room's triggers and codes to the registry."""
    errors.REFUSALS.append(Refusal)
    guards.register("courses", GUARDS)

"""Triggers of the courses room: see lms.registry.guards."""

from courses.errors import Refusal
from lms.registry import errors, guards
from lms.registry.guards import BANNED, Guard


def register() -> None:
    """Hand this room's triggers and codes to the registry."""
    errors.REFUSALS.append(Refusal)
    banned = BANNED.format(person="NEW.person_id")
    guards.register(
        "courses",
        [
            *guards.unless_banned("courses_enrollment", also="NEW.state <> 'withdrawn'"),
            Guard(
                "guard_courses_enrollment_state",
                "courses_enrollment",
                "UPDATE OF state",
                f"NEW.state <> OLD.state AND NEW.state IN ('enrolled', 'passed') AND {banned}",
                "person_barred",
                person="NEW.person_id",
            ),
            *guards.unless_banned("courses_attendance", also="NEW.state <> 'absent'"),
            Guard(
                "guard_courses_attendance_more",
                "courses_attendance",
                "UPDATE OF minutes",
                f"NEW.minutes > OLD.minutes AND {banned}",
                "person_barred",
                person="NEW.person_id",
            ),
            # A reversal takes away, so it stays possible.
            Guard(
                "guard_courses_hourentry_insert",
                "courses_hourentry",
                "INSERT",
                f"NEW.minutes > 0 AND {banned}",
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
            *guards.append_only("courses_hourentry", "ledger_append_only"),
            *guards.append_only("courses_attendancecorrection"),
        ],
    )

"""Triggers of the courses room: see lms.registry.guards."""

from courses.errors import Refusal
from courses.models import HourEntry
from lms.registry import errors, guards
from lms.registry.guards.bans import BANNED, unless_banned
from lms.registry.guards.merges import WITH_ITS_PERSON, unless_merged
from lms.registry.guards.triggers import AnyGuard, Guard, append_only, append_only_but, unchanged_once

BARRED = BANNED.format(person="NEW.person_id")
#: States of an attendance without presence (courses.models.NOT_THERE).
AWAY = "('absent', 'excused')"
CLOSED = "EXISTS (SELECT 1 FROM courses_session s WHERE s.id = {session} AND s.closed_at IS NOT NULL)"
CANCELLED = "EXISTS (SELECT 1 FROM courses_session s WHERE s.id = NEW.session_id AND s.cancelled_at IS NOT NULL)"
CLOSED_OF_PROPOSAL = (
    "EXISTS (SELECT 1 FROM courses_attendance a JOIN courses_session s ON s.id = a.session_id"
    " WHERE a.id = NEW.attendance_id AND s.closed_at IS NOT NULL)"
)
#: She teaches this session, or works for the centre that gives it.
OWN = (
    "(EXISTS (SELECT 1 FROM courses_session s JOIN courses_trainer t ON t.id = s.trainer_id"
    " WHERE s.id = NEW.session_id AND t.person_id = NEW.person_id)"
    " OR EXISTS (SELECT 1 FROM courses_session s JOIN courses_courserun r ON r.id = s.run_id"
    " JOIN registry_membership m ON m.centre_id = r.centre_id AND m.role = 'centre_staff' AND m.ended_at IS NULL"
    " JOIN registry_user u ON u.id = m.user_id WHERE s.id = NEW.session_id AND u.person_id = NEW.person_id))"
)
#: Somebody who was there would come to teach what she attended.
ATTENDED_BY_TRAINER = (
    "EXISTS (SELECT 1 FROM courses_attendance a JOIN courses_trainer t ON t.person_id = a.person_id"
    f" WHERE t.id = NEW.trainer_id AND a.session_id = NEW.id AND a.state NOT IN {AWAY})"
)


def _of_closed_sessions() -> list[AnyGuard]:
    """A closed session is final for whoever keeps its roll, and a cancelled one takes no marks. What the bureau takes
    back (false, suspended) stays possible after closing."""
    guards: list[AnyGuard] = []
    for table, columns in (
        ("courses_attendance", "state, arrived_at, left_at, session_id, way"),
        ("courses_scan", "left_at"),
        ("courses_excuse", "state"),
    ):
        new, old = CLOSED.format(session="NEW.session_id"), CLOSED.format(session="OLD.session_id")
        guards += [
            Guard(f"guard_{table}_closed", table, "INSERT", new, "session_closed"),
            Guard(f"guard_{table}_cancelled", table, "INSERT", CANCELLED, "session_cancelled"),
            Guard(f"guard_{table}_final", table, f"UPDATE OF {columns}", f"{old} OR {new}", "session_closed"),
        ]
    for event, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
        name, closed = f"guard_courses_sessionshare_{event.lower()}", CLOSED.format(session=f"{row}.session_id")
        guards.append(Guard(name, "courses_sessionshare", event, closed, "session_closed"))
    return [
        *guards,
        Guard(
            "guard_courses_attendance_minutes",
            "courses_attendance",
            "UPDATE OF minutes",
            f"{CLOSED.format(session='OLD.session_id')} AND NEW.less NOT IN ('false', 'suspended')"
            " AND OLD.less <> 'suspended'",
            "session_closed",
        ),
        Guard(
            "guard_courses_session_final",
            "courses_session",
            "UPDATE OF run_id, starts_at, ends_at, break_minutes, bucket, category, trainer_id, cancelled_at",
            "OLD.closed_at IS NOT NULL",
            "session_closed",
        ),
        # Reopened is only what an act says was reopened since it was closed.
        Guard(
            "guard_courses_session_reopen",
            "courses_session",
            "UPDATE OF closed_at",
            "OLD.closed_at IS NOT NULL AND NEW.closed_at IS NULL AND NOT EXISTS (SELECT 1 FROM courses_sessionact c"
            " WHERE c.session_id = OLD.id AND c.step = 'reopen' AND c.at >= OLD.closed_at)",
            "session_closed",
        ),
        *append_only("courses_sessionact"),
    ]


def _of_own_sessions() -> list[AnyGuard]:
    """Nobody attends what she gives herself, and nobody comes to give what she attended."""
    there = f"NEW.state NOT IN {AWAY}"
    after_all = f"{there} AND (OLD.state IN {AWAY} OR NEW.session_id <> OLD.session_id)"
    return [
        Guard("guard_courses_attendance_own", "courses_attendance", "INSERT", f"{there} AND {OWN}", "own_session"),
        Guard(
            "guard_courses_attendance_own_after_all",
            "courses_attendance",
            "UPDATE OF state, session_id",
            f"{after_all} AND {OWN}",
            "own_session",
        ),
        Guard("guard_courses_scan_own", "courses_scan", "INSERT", OWN, "own_session"),
        Guard(
            "guard_courses_session_own",
            "courses_session",
            "UPDATE OF trainer_id",
            f"NEW.trainer_id IS NOT NULL AND {ATTENDED_BY_TRAINER}",
            "own_session",
        ),
    ]


def _of_evidence() -> list[AnyGuard]:
    """Attendance and scans never go; coming and going are each written once, and what was false stays so."""
    false = "OLD.less = 'false' AND (NEW.less <> 'false' OR NEW.minutes > 0 OR NEW.state <> OLD.state)"
    scan = "courses_scan"
    return [
        Guard(
            "guard_courses_attendance_false",
            "courses_attendance",
            "UPDATE OF minutes, less, state",
            false,
            "attendance_false",
        ),
        Guard("guard_courses_attendance_delete", "courses_attendance", "DELETE", "1 = 1", "append_only"),
        Guard("guard_courses_scan_fixed", scan, "UPDATE OF session_id, way, came_at", "1 = 1", "append_only"),
        Guard("guard_courses_scan_once", scan, "UPDATE OF left_at", "OLD.left_at IS NOT NULL", "append_only"),
        Guard("guard_courses_scan_delete", scan, "DELETE", "1 = 1", "append_only"),
    ]


def _of_corrections() -> list[AnyGuard]:
    """A proposal is decided once, nothing is corrected once the session is closed, and the old value is kept."""
    table = "courses_correctionproposal"
    return [
        Guard(f"guard_{table}_closed", table, "INSERT", CLOSED_OF_PROPOSAL, "session_closed"),
        Guard(f"guard_{table}_late", table, "UPDATE OF state", CLOSED_OF_PROPOSAL, "session_closed"),
        Guard(
            f"guard_{table}_decided",
            table,
            "UPDATE OF attendance_id, revision, arrived_at, left_at, proposed_by_id, state, decided_by_id, decided_at",
            "OLD.state <> 'open'",
            "correction_decided",
        ),
        Guard(f"guard_{table}_delete", table, "DELETE", "1 = 1", "append_only"),
        Guard(
            "guard_courses_attendancecorrection_closed",
            "courses_attendancecorrection",
            "INSERT",
            CLOSED_OF_PROPOSAL,
            "session_closed",
        ),
        *append_only("courses_attendancecorrection"),
    ]


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
    *unless_banned("courses_attendance", also=f"NEW.state NOT IN {AWAY}"),
    Guard(
        "guard_courses_attendance_more",
        "courses_attendance",
        "UPDATE OF minutes, state, session_id",
        f"(NEW.minutes > OLD.minutes OR (OLD.state IN {AWAY} AND NEW.state NOT IN {AWAY})"
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
    *unless_banned("courses_scan"),
    *unless_merged("courses_scan"),
    *unless_banned("courses_waitingplace", also="NEW.placed_at IS NULL AND NEW.left_at IS NULL"),
    *unless_merged("courses_waitingplace"),
    *unless_banned("courses_hourclaim"),
    *unless_merged("courses_hourclaim"),
    *unless_merged("courses_hourentry", also="NEW.minutes > 0", handed_over=False),
    # An hour changes hands only when two records of one person are merged.
    *append_only_but(HourEntry, "ledger_append_only", but={"person_id": WITH_ITS_PERSON}),
    *append_only("courses_auditsample"),
    *_of_closed_sessions(),
    *_of_own_sessions(),
    *_of_evidence(),
    *_of_corrections(),
    *unchanged_once("courses_attendancerule", "published_at", "policy_published"),
    *unchanged_once("courses_detectorrule", "published_at", "policy_published"),
]


def register() -> None:
    """Hand this room's triggers and codes to the registry."""
    errors.REFUSALS.append(Refusal)
    guards.register("courses", GUARDS)

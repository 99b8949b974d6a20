"""Reasons to refuse in the courses room."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.jobs.errors import DomainError
from lms.registry import errors as registry_errors


class Refusal(models.TextChoices):
    """Code and plain sentence of every refusal of this room."""

    RUN_FULL = "run_full", _("All places of this run are taken.")
    RUN_CLOSED = "run_closed", _("This run does not take enrolments now.")
    RUN_STATE = "run_state", _("The run is not in a state that allows this.")
    ALREADY_ENROLLED = "already_enrolled", _("This person is enrolled in this run already.")
    NOT_ENROLLED = "not_enrolled", _("This person is not enrolled in this run.")
    SESSION_CLASH = "session_clash", _("Another run this person is enrolled in meets at the same time.")
    SESSION_NOT_BEGUN = "session_not_begun", _("The roll is called once the session has begun.")
    SESSION_TIMES = "session_times", _("A session must end after it starts, on the same day.")
    TIMES_OUTSIDE = "times_outside", _("Arrival and departure must lie around the session, arrival first.")
    REASON_MISSING = "reason_missing", _("A correction needs a reason.")
    NOTHING_CHANGED = "nothing_changed", _("The correction changes nothing.")
    ALREADY_MARKED = "already_marked", _("This person's attendance is recorded; correct it instead.")
    ENTRY_SPENT = "entry_spent", _("These hours stand on a certificate; it must be revoked first.")
    COURSE_INACTIVE = "course_inactive", _("This course is no longer offered.")
    LEDGER_APPEND_ONLY = "ledger_append_only", _("Hours are never changed or deleted, only reversed.")
    SESSIONS_OVERLAP = "sessions_overlap", _("Two sessions of this run meet at the same time.")
    BREAK_TOO_LONG = "break_too_long", _("The break is as long as the session.")
    SESSIONS_AHEAD = "sessions_ahead", _("This run still has sessions ahead.")
    ROLL_CALLED = "roll_called", _("The roll of this run has been called already; it cannot be cancelled.")
    TIMES_INCOMPLETE = "times_incomplete", _("Give both the arrival and the departure, or mark the person absent.")
    SESSION_CLOSED = "session_closed", _("This session is closed; only the bureau can reopen it.")
    CORRECTION_OPEN = "correction_open", _("A correction of this attendance awaits its second person already.")
    CORRECTION_DECIDED = "correction_decided", _("This correction has been decided already.")
    CORRECTION_STALE = "correction_stale", _("The attendance has changed since this correction was proposed.")
    SAME_PERSON = "same_person", _("Somebody else than whoever proposed it has to confirm it.")
    SCORE_RANGE = "score_range", _("A score lies between 0 and 100.")
    RUN_WITHOUT_SESSIONS = "run_without_sessions", _("A run needs at least one session before it opens.")


def refuse(code: str, **context: object) -> DomainError:
    """The refusal `code` of this room, ready to raise."""
    return DomainError(code, Refusal(code).label, **context)


def barred(**context: object) -> DomainError:
    """The registry's `person_barred`, for a check made before its trigger would refuse."""
    return registry_errors.refuse("person_barred", **context)

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
    SESSION_TIMES = "session_times", _("A session must end after it starts, within 24 hours.")
    TIMES_OUTSIDE = "times_outside", _("Arrival and departure must lie around the session, arrival first.")
    REASON_MISSING = "reason_missing", _("Give a reason.")
    NOTHING_CHANGED = "nothing_changed", _("This changes nothing.")
    ALREADY_MARKED = "already_marked", _("This person's attendance is recorded; correct it instead.")
    ENTRY_SPENT = "entry_spent", _("These hours stand on a certificate; it must be revoked first.")
    COURSE_INACTIVE = "course_inactive", _("This course is no longer offered.")
    LEDGER_APPEND_ONLY = "ledger_append_only", _("Hours are never changed or deleted, only reversed.")
    SESSIONS_OVERLAP = "sessions_overlap", _("Two sessions of this run meet at the same time.")
    BREAK_TOO_LONG = "break_too_long", _("The break is as long as the session.")
    SESSIONS_AHEAD = "sessions_ahead", _("This run still has sessions ahead.")
    ROLL_CALLED = "roll_called", _("Somebody was there already; it can no longer be moved or cancelled.")
    TIMES_INCOMPLETE = "times_incomplete", _("Give both the arrival and the departure, or mark the person absent.")
    SESSION_CLOSED = "session_closed", _("This session is closed; only the bureau can reopen it.")
    CORRECTION_OPEN = "correction_open", _("A correction of this attendance awaits its second person already.")
    CORRECTION_DECIDED = "correction_decided", _("This correction has been decided already.")
    CORRECTION_STALE = "correction_stale", _("The attendance has changed since this correction was proposed.")
    SAME_PERSON = "same_person", _("Somebody else than whoever proposed it has to confirm it.")
    SCORE_RANGE = "score_range", _("A score lies between 0 and 100.")
    POLICY_MISSING = "policy_missing", _("No rule of attendance is in force here on this day.")
    POLICY_PUBLISHED = "policy_published", _("A published policy row never changes; publish a new one.")
    SESSION_CANCELLED = "session_cancelled", _("This session was cancelled; nobody attends it.")
    SESSION_OPEN = "session_open", _("This session is not closed.")
    SESSION_NOT_ENDED = "session_not_ended", _("A session is closed once it is over.")
    OWN_SESSION = "own_session", _("Trainers and the centre's own staff cannot attend their own session.")
    ROLL_INCOMPLETE = "roll_incomplete", _("Some people on the list are not marked yet.")
    EXCUSE_OPEN = "excuse_open", _("A request to be excused still awaits its decision.")
    ATTENDANCE_FALSE = "attendance_false", _("The bureau rejected this attendance as false; it cannot be corrected.")
    CLAIM_SOURCE = "claim_source", _("Hours of this kind are not claimed; they are written down by themselves.")
    ORGANISER_MISSING = "organiser_missing", _("Say what it was and who held it; for practice, the mentor's name.")
    CLAIM_EMPTY = "claim_empty", _("A claim has at least one part, and no more than the page offers.")
    CLAIM_TIMES = (
        "claim_times",
        _("Each part lies in the past, ends after it begins and has no more minutes than that."),
    )
    CATEGORY_UNKNOWN = "category_unknown", _("There is no such category of hours.")
    CLAIM_NOWHERE = "claim_nowhere", _("No bureau is responsible yet: you work nowhere on record.")
    ITEM_DECIDED = "item_decided", _("This part has been decided already.")
    GRANTED_TOO_MUCH = "granted_too_much", _("More minutes than were asked for cannot be granted.")
    ITEM_NOT_GRANTED = "item_not_granted", _("Only hours that were granted can be credited.")
    ROOM_TAKEN = "room_taken", _("Another session is in this room at that time.")
    TRAINER_BUSY = "trainer_busy", _("The trainer has another session at that time.")
    NOT_OF_CENTRE = "not_of_centre", _("This room or trainer is not one of the centre's, or no longer in use.")
    CATEGORY_BUCKET = "category_bucket", _("This category belongs to the other kind of hours.")
    NAME_TAKEN = "name_taken", _("There is another one of this name.")
    IN_USE = "in_use", _("There are sessions ahead; move them first.")
    CAPACITY_TAKEN = "capacity_taken", _("More people than that are enrolled already.")
    ALREADY_WAITING = "already_waiting", _("This person is on the waiting list already.")
    NOT_WAITING = "not_waiting", _("This person is not on the waiting list.")
    PLACES_FREE = "places_free", _("There are places left; enrol instead of waiting.")
    ALREADY_INVITED = "already_invited", _("This institution has been invited already.")
    INVITATION_CLOSED = "invitation_closed", _("This invitation no longer stands.")
    INVITATION_FULL = "invitation_full", _("These are more people than were invited.")
    EXCUSE_ASKED = "excuse_asked", _("You have asked to be excused from this session already.")
    EXCUSE_DECIDED = "excuse_decided", _("This request has been decided already.")
    RUN_NOT_OVER = "run_not_over", _("A course is evaluated after its last session.")
    EVALUATED = "evaluated", _("You have evaluated this course already.")
    CODE_EXPIRED = "code_expired", _("This code has run out. Scan the one that the screen shows now.")
    CODE_AHEAD = "code_ahead", _("This code is not valid yet. Scan the screen once more.")
    CODE_WRONG = "code_wrong", _("This is not the code of a session. Scan the one on the screen in the room.")
    CODE_UNREADABLE = (
        "code_unreadable",
        _("There is no check-in code to be read on this photo. Go closer and try again."),
    )
    TOO_EARLY = "too_early", _("It is too early. Scan again when the time has come; nothing is lost.")
    TOO_LATE = "too_late", _("It is too late to scan. The training centre can still enter the time you were there.")
    DEVICE_USED = "device_used", _("Somebody else has checked in or out with this phone. Use your own, or the kiosk.")
    NOT_CHECKED_IN = "not_checked_in", _("You have not checked in yet, so you cannot check out.")
    NO_LEARNER = "no_learner", _("This account belongs to no learner. Sign in as whoever attends.")
    TAIL_SHORT = "tail_short", _("Type the last 4 to 6 characters of the number of your ID.")
    TAIL_UNKNOWN = "tail_unknown", _("Nobody enrolled here has a document that ends like this.")
    PASSWORD_WRONG = "password_wrong", _("This is not the password of the account that opened the kiosk.")
    ANOMALY_DECIDED = "anomaly_decided", _("Somebody has decided on this finding already.")
    OWN_UNIT = "own_unit", _("You work at this training centre yourself; somebody else has to decide.")
    NOTHING_PICKED = "nothing_picked", _("Pick whose attendance is false.")
    CASE_TAKEN = "case_taken", _("There is a case of this number already.")
    QUARTER_AHEAD = "quarter_ahead", _("A sample is drawn once the quarter is over.")
    SEED_MISSING = "seed_missing", _("Give a seed, such as a number drawn by lot; it decides what is drawn.")
    SAMPLE_EXISTS = "sample_exists", _("A sample of this quarter was drawn with this seed already.")
    NOTHING_TO_DRAW = "nothing_to_draw", _("No session was held here in this quarter.")
    SAMPLE_DECIDED = "sample_decided", _("This session of the sample has been decided already.")
    MARKS_NOT_FOUND = (
        "marks_not_found",
        _("This is no file of marks: no header row with names and sessions or days was found in it."),
    )
    RUN_UNKNOWN = "run_unknown", _("There is no run of this code.")
    MARKS_STALE = "marks_stale", _("Too much time has passed since the file was looked at. Send it again.")
    PERSON_UNKNOWN = "person_unknown", _("Nobody of this name or document is enrolled in the run.")
    NAME_AMBIGUOUS = "name_ambiguous", _("Several people of this name are enrolled; give the number of the document.")
    SESSION_UNKNOWN = "session_unknown", _("The run has no such session, or several on this day; give its number.")
    TIME_UNREADABLE = "time_unreadable", _("The time can't be read. Write it like 8:30.")
    DAY_UNREADABLE = "day_unreadable", _("The day can't be read. Write it as year-month-day, like 2026-03-05.")
    STATE_UNKNOWN = "state_unknown", _("This state is unknown. Write 出勤, 缺勤 or 请假.")
    MARK_REPEATED = "mark_repeated", _("The same person at the same session stands in an earlier row.")
    EXCUSE_MISSING = "excuse_missing", _("Marked as absent: nobody has granted her request to be excused.")
    RUN_WITHOUT_SESSIONS = "run_without_sessions", _("A run needs at least one session before it opens.")


def refuse(code: str, **context: object) -> DomainError:
    """The refusal `code` of this room, ready to raise."""
    return DomainError(code, Refusal(code).label, **context)


def barred(**context: object) -> DomainError:
    """The registry's `person_barred`, for a check made before its trigger would refuse."""
    return registry_errors.refuse("person_barred", **context)

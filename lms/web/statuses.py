"""One word, one icon and one tone for every state, the same on every page.

The words are the dictionary's (domain paper §4). A model's own label wins over the word here; what this
table settles is which icon and tone go with a state, so that "expired" looks the same everywhere.
"""

from typing import Literal, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Tone = Literal["reached", "due", "refused", "info", "quiet"]

# The icon a tone brings along when a state has none of its own.
TONE_ICONS: dict[Tone, str] = {
    "reached": "check-circle-fill",
    "due": "clock",
    "refused": "x-octagon-fill",
    "info": "info-circle-fill",
    "quiet": "circle",
}


class Status(NamedTuple):
    """``word`` is shown when the caller gives no label."""

    word: str | Promise
    tone: Tone
    icon: str


_VALID = Status(_("Valid"), "reached", "patch-check-fill")
_ANNULLED = Status(_("Annulled"), "quiet", "arrow-counterclockwise")
_CANCELLED = Status(_("Cancelled"), "quiet", "slash-circle")
_FINISHED = Status(_("Finished"), "reached", "check-circle-fill")
_DRAFT = Status(_("Draft"), "quiet", "pencil")
_PENDING = Status(_("Waiting for review"), "due", "hourglass-split")
_ON_POST = Status(_("On post"), "reached", "person-check")
_LEAVE = Status(_("On leave"), "quiet", "calendar-event")
_SUSPENDED = Status(_("Suspended for inquiry"), "due", "exclamation-triangle-fill")
_LEFT = Status(_("Left"), "quiet", "door-open")
_BARRED = Status(_("Barred"), "refused", "slash-circle")
_RUNNING = Status(pgettext_lazy("state", "In progress"), "info", "arrow-repeat")
_FAILED = Status(_("Failed"), "refused", "x-octagon-fill")
_UNVERIFIED = Status(_("To be verified"), "due", "hourglass-split")
_DOUBTFUL = Status(_("In doubt"), "due", "patch-question")

STATUSES: dict[str, Status] = {
    # progress towards a duty
    "reached": Status(_("Reached"), "reached", "check-circle-fill"),
    "due": Status(_("Due"), "due", "clock"),
    "missed": Status(_("Not reached"), "refused", "x-circle-fill"),
    "none": Status(_("No data"), "quiet", "dash"),
    # certificates and outside qualifications
    "valid": _VALID,
    "verified": _VALID,
    "issued": Status(_("Issued"), "reached", "patch-check-fill"),
    "expired": Status(_("Expired"), "due", "calendar-x"),
    "superseded": Status(_("Superseded"), "quiet", "arrow-repeat"),
    "revoked": Status(_("Revoked"), "refused", "x-octagon-fill"),
    "barred": _BARRED,
    "tampered": Status(_("Changed after signing"), "refused", "shield-x"),
    "unknown": Status(pgettext_lazy("certificate", "Unknown"), "quiet", "question-circle"),
    "unverified": _UNVERIFIED,
    "to_verify": _UNVERIFIED,
    "doubtful": _DOUBTFUL,
    "disputed": _DOUBTFUL,
    # posts
    "on_post": _ON_POST,
    "active": _ON_POST,
    "probation": Status(_("Probation"), "info", "person-badge"),
    "leave": _LEAVE,
    "on_leave": _LEAVE,
    "suspended": _SUSPENDED,
    "inquiry": _SUSPENDED,
    "left": _LEFT,
    "ended": _LEFT,
    # bans and reviews
    "proposed": Status(_("Proposed"), "due", "hourglass-split"),
    "confirmed": Status(_("Confirmed"), "refused", "slash-circle"),
    "standing": Status(_("In effect"), "refused", "slash-circle"),
    "annulled": _ANNULLED,
    "rejected": Status(_("Rejected"), "refused", "x-circle-fill"),
    "refused": Status(_("Refused"), "refused", "x-circle-fill"),
    "approved": Status(_("Approved"), "reached", "check-circle-fill"),
    "pending": _PENDING,
    "held": Status(_("Held for a person to look at"), "due", "eye"),
    # entry reviews
    "collecting": Status(_("Collecting papers"), "due", "clipboard-check"),
    "submitted": Status(_("Waiting for the bureau"), "info", "hourglass-split"),
    "returned": Status(_("Returned"), "due", "arrow-counterclockwise"),
    # checks before hiring, requests for correction
    "may": Status(_("May be employed"), "reached", "check-circle-fill"),
    "may_not": Status(_("May not be employed"), "refused", "slash-circle"),
    "wait": Status(_("Wait for the bureau"), "due", "hourglass-split"),
    "accepted": Status(_("Accepted"), "reached", "check-circle-fill"),
    "declined": Status(_("Declined"), "refused", "x-circle-fill"),
    # institutions
    "filed": Status(_("Filed"), "reached", "building"),
    "to_file": Status(_("To be filed"), "due", "building"),
    "closed": Status(_("Closed"), "quiet", "lock"),
    # runs, enrolments, attendance
    "draft": _DRAFT,
    "planned": Status(_("Planned"), "quiet", "calendar3"),
    "open": Status(_("Open for enrolment"), "info", "door-open"),
    "full": Status(_("Full"), "due", "people"),
    "running": _RUNNING,
    "finished": _FINISHED,
    "completed": _FINISHED,
    "cancelled": _CANCELLED,
    "withdrawn": Status(_("Withdrawn"), "quiet", "person-dash"),
    "enrolled": Status(_("Enrolled"), "info", "person-check"),
    "waiting": Status(_("On the waiting list"), "due", "hourglass-split"),
    "passed": Status(_("Passed"), "reached", "check-circle-fill"),
    "present": Status(_("Present"), "reached", "check-circle-fill"),
    "late": Status(_("Late"), "due", "clock"),
    "left_early": Status(_("Left early"), "due", "clock-history"),
    "late_and_early": Status(_("Came late and left early"), "due", "clock-history"),
    "absent": Status(_("Absent"), "refused", "x-circle-fill"),
    "excused": Status(_("Excused"), "quiet", "calendar-event"),
    # jobs
    "queued": Status(_("Queued"), "quiet", "hourglass-split"),
    "done": _FINISHED,
    "failed": _FAILED,
    # policy rows
    "consultation": Status(_("Consultation"), "due", "chat-left-text"),
    "in_force": Status(_("In force"), "reached", "check-circle-fill"),
    "extended": Status(_("Extended after expiry"), "due", "clock-history"),
    "published": Status(_("Published"), "reached", "megaphone"),
    "frozen": Status(_("Frozen"), "info", "lock"),
    "restated": Status(_("Restated"), "due", "layers"),
    "veto": Status(_("Veto"), "refused", "x-octagon-fill"),
}


def status_of(value: object, tone: str = "") -> Status:
    """The status of a state value. An unlisted one is shown quietly in its own word, never an error."""
    known = STATUSES.get(str(getattr(value, "value", value)).lower())
    if tone:
        if tone not in TONE_ICONS:
            raise ValueError(f"unknown tone {tone!r}, use one of {', '.join(TONE_ICONS)}")
        wanted: Tone = tone
        icon = known.icon if known and known.tone == wanted else TONE_ICONS[wanted]
        return Status(known.word if known else str(value), wanted, icon)
    return known or Status(str(value), "quiet", TONE_ICONS["quiet"])

"""Reasons to refuse in the reports room."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.jobs.errors import DomainError


class Refusal(models.TextChoices):
    """Code and plain sentence of every refusal of this room."""

    DATE_UNREADABLE = "date_unreadable", _("Write the day as year-month-day.")
    METRIC_UNKNOWN = "metric_unknown", _("There is no such figure.")
    ROUND_CLOSED = "round_closed", _("This rating round is closed.")
    SCHEME_MISSING = "scheme_missing", _("No rating scheme is published for this region.")
    POINTS_RANGE = "points_range", _("The points lie outside what this indicator gives.")
    SAME_PERSON = "same_person", _("A second person must confirm this veto.")
    REASON_MISSING = "reason_missing", _("Give a reason.")
    FINDING_DECIDED = "finding_decided", _("This veto has been decided already.")
    INDICATOR_AUTOMATIC = "indicator_automatic", _("The points of this indicator are counted, not entered.")
    DAY_AHEAD = "day_ahead", _("This day has not come yet.")
    ROUND_EXISTS = "round_exists", _("Another rating round bears this code.")
    VETO_UNDECIDED = "veto_undecided", _("A veto is still to be decided; until then the round stays open.")
    BAN_STANDS = "ban_stands", _("The ban stands and the person is on post, so this veto can't be dismissed.")
    NOT_ALLOWED = "not_allowed", _("Your role does not allow this.")
    STAFF_TOO_MANY = "staff_too_many", _("At most 500 people at once. Pick fewer.")
    DUTY_PLACE = "duty_place", _("This duty is owed by every institution of its region; name one of them.")
    DUTY_YEAR = "duty_year", _("This duty is not owed in that year.")
    AUDIENCE_UNKNOWN = "audience_unknown", _("The paper does not name this audience.")
    PROOF_MISSING = "proof_missing", _("Attach a document, or choose a run that was held.")
    RUN_USED = "run_used", _("This run counts for the duty already.")
    ACT_TAKEN_BACK = "act_taken_back", _("This entry has been taken back already.")
    REMINDER_EXISTS = "reminder_exists", _("The same people are told on this day already.")
    REMINDER_ENDED = "reminder_ended", _("This reminder has been ended already.")
    REMINDER_DAY = "reminder_day", _("Say either how many days before the end of the year, or a month and a day.")
    FIGURE_FROZEN = "figure_frozen", _("A reported figure never changes; a second version stands beside it.")


def refuse(code: str, **context: object) -> DomainError:
    """The refusal `code` of this room, ready to raise."""
    return DomainError(code, Refusal(code).label, **context)

"""The sentences of this room's notices; `register` hands them to lms.registry.noticing."""

from django.utils.translation import gettext_lazy as _

from lms.registry import noticing
from lms.registry.noticing import Wording

WORDINGS = {
    "session_moved": Wording(
        _(
            "%(run)s, session %(number)s: now on %(day)s, %(clock)s, %(place)s, instead of %(was_day)s, %(was_clock)s."
            " Reason: %(reason)s"
        ),
        days=("day", "was_day"),
    ),
    "session_cancelled": Wording(
        _("%(run)s: session %(number)s on %(day)s, %(clock)s is cancelled. Reason: %(reason)s"), days=("day",)
    ),
    "session_added": Wording(_("%(run)s: there is one more session, on %(day)s, %(clock)s, %(place)s."), days=("day",)),
    "run_cancelled": Wording(_("%(run)s is cancelled; nobody needs to come.")),
    "run_over": Wording(_("%(run)s is over. Tell the training centre what you think of it; your name isn't shown.")),
    "place_free": Wording(_("A place in %(run)s came free: you are enrolled now.")),
    "place_passed": Wording(
        _("A place in %(run)s came free, but another course of yours meets at the same time. Your turn stands.")
    ),
    "invited": Wording(_("%(centre)s invites %(n)s of your staff to %(run)s, which begins on %(day)s."), days=("day",)),
    "invitation_withdrawn": Wording(_("%(centre)s took back its invitation to %(run)s.")),
    "invitation_declined": Wording(_("%(institution)s sends nobody to %(run)s: %(reason)s")),
    "invitation_answered": Wording(_("%(institution)s sends %(n)s people to %(run)s.")),
    "hours_rejected": Wording(
        _(
            "Your attendance at %(run)s on %(day)s was rejected: %(reason)s. If that is wrong, tell the bureau within"
            " %(days)s working days."
        ),
        days=("day",),
    ),
    "sheets_wanted": Wording(
        _("%(region)s drew sessions of %(quarter)s for audit; please send in their paper sheets.")
    ),
    "excuse_asked": Wording(
        _("%(name)s asks to be excused from session %(number)s of %(run)s on %(day)s."), days=("day",)
    ),
    "excuse_granted": Wording(_("You are excused from session %(number)s of %(run)s on %(day)s."), days=("day",)),
    "excuse_refused": Wording(
        _("You are not excused from session %(number)s of %(run)s on %(day)s: %(reason)s"), days=("day",)
    ),
    "hours_granted": Wording(
        _("%(title)s, %(day)s: %(minutes)s of %(asked)s minutes are written down for you. Reason: %(reason)s"),
        days=("day",),
    ),
    "hours_refused": Wording(
        _("%(title)s, %(day)s: these hours are not recognised. Reason: %(reason)s"), days=("day",)
    ),
    "hours_taken_back": Wording(
        _("%(title)s, %(day)s: hours that were granted are taken back. Reason: %(reason)s"), days=("day",)
    ),
}


def register() -> None:
    """Make these codes known to whoever shows or mails notices."""
    noticing.WORDINGS.update(WORDINGS)

"""The places each audience can go, in the order of their tasks.

A place whose URL isn't there is left out, so that a shell never shows a dead link.
"""

from typing import NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Place(NamedTuple):
    """One entry. ``path`` stands for pages that live in the page tree and so have no URL name.

    ``also``: where pages begin that belong to this place, though their addresses lie elsewhere.
    """

    label: str | Promise
    url_name: str
    icon: str
    group: str | Promise = ""
    path: str = ""
    also: tuple[str, ...] = ()


class Link(NamedTuple):
    """A place that can be reached now. ``current`` is "page", "true" (somewhere below it) or ""."""

    label: str
    url: str
    icon: str
    group: str
    current: str


_TODAY = pgettext_lazy("navigation", "Today")
_REGISTER = _("Register")
_CERTIFICATES = _("Certificates")
_SUPERVISION = _("Supervision")
_RULES = _("Rules and records")
_TEACHING = _("Teaching")
_STAFF = pgettext_lazy("navigation", "Our staff")
_CENTRE = pgettext_lazy("navigation", "Our centre")

PLACES: dict[str, tuple[Place, ...]] = {
    "public": (
        Place(_("Home"), "", "house", path="/"),
        Place(_("Courses"), "", "book", path="/catalogue/"),
        Place(_("Verify a certificate"), "verify_form", "patch-check"),
    ),
    "learner": (
        Place(_("Home"), "my_home", "house"),
        Place(_("Courses"), "my_courses", "book", also=("/my/sessions/",)),
        Place(_("Check in"), "my_checkin", "qr-code-scan"),
        Place(
            pgettext_lazy("navigation", "Me"),
            "my_record",
            "person",
            also=(
                "/my/data/",
                "/my/lookups/",
                "/my/qualifications/",
                "/my/claims/",
                "/my/certificates/",
                "/account/",
                "/password/",
            ),
        ),
    ),
    "centre": (
        Place(_("What is due"), "centre_home", "clipboard-check", _TODAY),
        Place(_("Runs"), "centre_runs", "calendar3", _TEACHING),
        Place(_("Open a run"), "centre_run_new", "plus-lg", _TEACHING),
        Place(_("Corrections of attendance"), "centre_corrections", "check2-square", _TEACHING),
        Place(_("Calendar"), "centre_calendar", "calendar-event", _TEACHING, also=("/centre/sessions/",)),
        Place(_("Requests to be excused"), "centre_excuses", "chat-left-text", _TEACHING),
        Place(_("Sheets for audit"), "centre_samples", "file-earmark-text", _TEACHING),
        Place(_("Jobs"), "jobs", "hourglass-split", _TEACHING),
        Place(_("Rooms"), "centre_rooms", "building", _CENTRE),
        Place(_("Trainers"), "centre_trainers", "person-badge", _CENTRE),
        Place(_("Figures"), "centre_figures", "bar-chart", _CENTRE),
    ),
    "institution": (
        Place(_("What is due"), "institution_home", "clipboard-check", _TODAY),
        Place(_("Staff list"), "institution_roster", "people", _STAFF, also=("/institution/people/",)),
        Place(_("Entry of staff"), "institution_entries", "person-plus", _STAFF),
        Place(_("Yearly checks"), "institution_checks", "shield-check", _STAFF),
        Place(_("Certificates from outside"), "institution_qualifications", "patch-check", _STAFF),
        Place(_("Classes"), "institution_classes", "grid", _STAFF),
        Place(_("Hours of the year"), "institution_hours", "journal-check", _STAFF),
        Place(_("Hours earned elsewhere"), "institution_claims", "journal-bookmark", _STAFF),
        Place(_("Holding rate"), "institution_rates", "percent", _STAFF),
        Place(pgettext_lazy("organiser", "Duties"), "institution_duties", "clipboard-check", _STAFF),
        Place(_("Invitations"), "institution_invitations", "send", _STAFF),
        Place(_("Check before hiring"), "institution_queries", "person-check", _STAFF),
        Place(_("Import a roster"), "institution_import", "upload", _STAFF),
        Place(_("Jobs"), "jobs", "hourglass-split", _STAFF),
    ),
    "bureau": (
        Place(_("What is due"), "bureau_home", "clipboard-check", _TODAY),
        Place(_("Institutions"), "bureau_institutions", "building", _REGISTER),
        Place(_("Rosters"), "bureau_rosters", "file-earmark-spreadsheet", _REGISTER),
        Place(_("People"), "bureau_people", "people", _REGISTER, also=("/bureau/documents/", "/bureau/learners/")),
        Place(_("Possible duplicates"), "bureau_duplicates", "person-check", _REGISTER, also=("/bureau/merges/",)),
        Place(_("Requests for correction"), "bureau_corrections", "pencil-square", _REGISTER),
        Place(_("Jobs"), "jobs", "hourglass-split", _REGISTER),
        Place(_("Entry reviews"), "bureau_entries", "person-check", _CERTIFICATES),
        Place(_("Qualifications"), "bureau_qualifications", "patch-check", _CERTIFICATES),
        Place(_("Certificates"), "bureau_certificates", "award", _CERTIFICATES),
        Place(_("Claims of hours"), "bureau_claims", "journal-bookmark", _CERTIFICATES),
        Place(_("Sessions"), "bureau_sessions", "calendar3", _SUPERVISION),
        Place(_("Corrections of attendance"), "bureau_attendance_corrections", "check2-square", _SUPERVISION),
        Place(_("Holding rate"), "bureau_rates", "percent", _SUPERVISION),
        Place(_("Hours of the year"), "bureau_hours", "journal-check", _SUPERVISION),
        Place(_("Staff and children"), "bureau_ratios", "grid", _SUPERVISION),
        Place(_("Doubtful attendance"), "bureau_reviews", "search", _SUPERVISION),
        Place(_("Audit samples"), "bureau_samples", "clipboard-check", _SUPERVISION),
        Place(pgettext_lazy("organiser", "Duties"), "bureau_duties", "clipboard-check", _SUPERVISION),
        Place(_("Ratings"), "bureau_ratings", "star-half", _SUPERVISION),
        Place(_("Bans"), "bureau_bans", "slash-circle", _SUPERVISION),
        Place(_("Checks before hiring"), "bureau_queries", "person-check", _SUPERVISION),
        Place(_("Reminders of hours"), "bureau_reminders", "bell", _RULES),
        Place(_("Hour standards"), "bureau_standards", "journal-text", _RULES),
        Place(_("Erasures"), "bureau_erasures", "trash", _RULES),
        Place(_("Retention periods"), "bureau_retention", "clock-history", _RULES),
        Place(_("Audit trail"), "bureau_audit", "shield-check", _RULES),
    ),
}

# The first part of a path names its audience, in every room alike.
_PREFIXES = {"my": "learner", "centre": "centre", "institution": "institution", "bureau": "bureau"}

#: The frame of each audience.
SHELLS = {"public": "public", "learner": "learner"} | dict.fromkeys(("centre", "institution", "bureau"), "desk")


def audience_of(request: HttpRequest | None) -> str:
    """Which audience a page is for: by the first part of its path, else by the role acted in."""
    if request is None:
        return "public"
    by_path = _PREFIXES.get(request.path.strip("/").split("/")[0])
    of_role = str(getattr(getattr(request, "acting", None), "audience", ""))
    return by_path or (of_role if of_role in PLACES else "public")


def links(audience: str, path: str) -> tuple[Link, ...]:
    """The reachable places of an audience, the one that ``path`` belongs to marked as current."""
    reachable: list[tuple[Place, str]] = []
    for place in PLACES[audience]:
        try:
            reachable.append((place, place.path or reverse(place.url_name)))
        except NoReverseMatch:
            continue
    # The longest match wins: /bureau/rates/2025/ belongs to /bureau/rates/, not to /bureau/.
    within = max(reachable, key=lambda found: _match(found[0], found[1], path), default=None)
    return tuple(
        Link(
            str(place.label),
            url,
            place.icon,
            str(place.group),
            _current(url, path) if (place, url) == within and _match(place, url, path) else "",
        )
        for place, url in reachable
    )


def _match(place: Place, url: str, path: str) -> int:
    """How much of ``path`` the place accounts for; the front page holds only itself."""
    if url == "/":
        return int(path == "/")
    return max((len(start) for start in (url, *place.also) if path.startswith(start)), default=0)


def _current(url: str, path: str) -> str:
    return "page" if path == url else "true"

"""Where the code on a session's screen leads: from the phone's camera to checked in, with nothing to type.

GET changes nothing but the browser's own session, which keeps the moment of the scan: whoever has to sign in first,
or is asked for her position, is not late because of it. The page sends its one form by itself.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses import scanning
from courses.codes import Direction
from courses.errors import refuse
from courses.forms.scanning import PlaceForm
from courses.models import Session
from lms.jobs.errors import DomainError
from lms.registry.crypto import blind_index
from lms.registry.middleware import ACTING
from lms.registry.models import Membership, Role

#: In the browser's session: the code it was shown last, and when.
SCANNED = "scanned"
#: So long a scan waits for its owner to sign in.
FRESH = timedelta(minutes=10)
#: A random name for this browser, of which only the keyed hash is kept.
DEVICE, DEVICE_SALT, YEAR = "device", "courses.device", 365 * 24 * 3600
#: Whether scans of this browser may carry its position: "1", "0", or not asked yet.
LOCATE = "locate"

#: What to do next, by the code of the refusal.
NEXT: dict[str, str | Promise] = {
    "code_expired": _("The code changes every few seconds: point the camera at the screen itself, not at a photo."),
    "code_wrong": _("Point the camera at the screen in the room you are in."),
    "not_enrolled": _("Speak to the staff of the training centre; they can still enrol you."),
    "device_used": _("Ask the staff for the kiosk, or to enter you on the roll."),
    "not_checked_in": _("Tell the staff when you came; they enter it on the roll."),
    "too_late": _("Tell the staff of the training centre when you came and went."),
    "session_cancelled": _("Look under “Check in” for your next session."),
    "session_closed": _("If something is missing, tell the staff of the training centre."),
    "own_session": _("Whoever teaches or organises a session can't attend it."),
    "no_learner": _("Sign out, and scan again once you are signed in as yourself."),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def scan(request: HttpRequest, code: str) -> HttpResponse:
    """Check in or out with a code: GET asks the browser to send it back, POST does it."""
    at = scanned_at(request, code)
    device = request.get_signed_cookie(DEVICE, None, salt=DEVICE_SALT, max_age=YEAR) or secrets.token_urlsafe(18)
    try:
        session, direction = scanning.read_code(code, at=at)
        if request.method == "POST" and request.user.is_authenticated:
            answer = _do(request, session, direction, at, blind_index("device", device))
        else:
            answer = _ask(request, session, direction, code, at)
    except DomainError as refusal:
        context = {"refusal": refusal, "next": NEXT.get(refusal.code, ""), "opens": refusal.context.get("opens")}
        answer = render(request, "courses/scan_refused.html", context, status=409)
    secure = settings.SESSION_COOKIE_SECURE
    answer.set_signed_cookie(
        DEVICE, device, salt=DEVICE_SALT, max_age=YEAR, httponly=True, samesite="Lax", secure=secure
    )
    return answer


def scanned_at(request: HttpRequest, code: str) -> datetime:
    """When this browser was first shown this code, as long as that is fresh; else now."""
    now = timezone.now()
    kept = request.session.get(SCANNED)
    if kept and kept["code"] == code and now - (at := datetime.fromisoformat(kept["at"])) <= FRESH:
        return at
    return now


def keep(request: HttpRequest, code: str, at: datetime) -> None:
    """Remember in the browser's session that it was shown this code then."""
    request.session[SCANNED] = {"code": code, "at": at.isoformat()}


def _ask(request: HttpRequest, session: Session, direction: Direction, code: str, at: datetime) -> HttpResponse:
    keep(request, code, at)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    _learner(request)
    locate = request.COOKIES.get(LOCATE) == "1"
    return render(request, "courses/scan.html", {"session": session, "direction": direction, "locate": locate})


def _do(request: HttpRequest, session: Session, direction: Direction, at: datetime, device: str) -> HttpResponse:
    by = _learner(request)
    assert by.user.person is not None
    form = PlaceForm(request.POST)
    # Consent stands in the cookie, not in the form: what a page sends without it isn't kept.
    place = form.place() if request.COOKIES.get(LOCATE) == "1" else None
    act = scanning.check_in if direction == Direction.IN else scanning.check_out
    act(by=by, session=session, person=by.user.person, at=at, device=device, place=place)
    request.session[ACTING] = by.pk
    return redirect("my_scan", pk=session.pk)


def _learner(request: HttpRequest) -> Membership:
    """The learner's role of whoever is signed in, whichever role she acts in. Refuses `no_learner`."""
    memberships: list[Membership] = request.memberships  # type: ignore[attr-defined]
    found = next((row for row in memberships if row.role == Role.LEARNER and row.user.person_id), None)
    if found is None:
        raise refuse("no_learner")
    return found

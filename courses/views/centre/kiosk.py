"""The kiosk of a session: opened by staff, used by learners, left with the staff's password."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from courses import access, kiosking, scanning
from courses.codes import Direction
from courses.errors import refuse
from courses.middleware import KIOSK
from courses.models import Scan, Session, SessionPaper
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Membership, Role


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Before it is opened: what it is, and photos of the room. Open: the tablet's one page."""
    by = acting_of(request)
    session = access.one(access.sessions(by), pk=pk)
    if request.session.get(KIOSK) == str(pk):
        return _opened(request, by, session)
    if request.method == "POST":
        return _prepare(request, by, session)
    photos = session.papers.filter(kind=SessionPaper.Kind.ROOM).select_related("file", "sent_by")
    return render(request, "courses/centre/kiosk_start.html", {"session": session, "photos": photos})


def _prepare(request: HttpRequest, by: Membership, session: Session) -> HttpResponse:
    """Keep a photo that was sent, or else open the kiosk."""
    try:
        if upload := request.FILES.get("photo"):
            kiosking.keep_photo(by=by, session=session, upload=upload)
            messages.success(request, _("The photo is kept."))
        elif request.POST.get("act") == "open":
            kiosking.open_kiosk(by=by, session=session)
            request.session[KIOSK] = str(session.pk)
    except DomainError as refusal:
        messages.error(request, f"{refusal} ({refusal.code})")
    return redirect("centre_kiosk", pk=session.pk)


def _opened(request: HttpRequest, by: Membership, session: Session) -> HttpResponse:
    context: dict[str, Any] = {"session": session, "asks_password": by.user.has_usable_password()}
    if request.method != "POST":
        return render(request, "courses/centre/kiosk.html", context)
    status = 200
    try:
        if request.POST.get("act") == "leave":
            return _leave(request, by, session)
        context |= _serve(request, by, session)
    except DomainError as refusal:
        context["refusal"], status = refusal, 409
    return render(request, "courses/centre/kiosk.html", context, status=status)


def _serve(request: HttpRequest, by: Membership, session: Session) -> dict[str, Any]:
    """The people whose ID ends as typed; or, once one of them is tapped, what her scan came to."""
    tail = request.POST.get("tail", "")
    way = Direction.OUT if request.POST.get("direction") == Direction.OUT else Direction.IN
    people = kiosking.find(session=session, tail=tail)
    tapped = request.POST.get("person")
    if not tapped:
        return {"people": people, "tail": tail, "direction": way}
    # Found again by what was typed, so that nobody is checked in whose ID isn't known.
    person = next((person for person in people if str(person.pk) == tapped), None)
    if person is None:
        raise refuse("tail_unknown")
    act = scanning.check_in if way == Direction.IN else scanning.check_out
    answer = act(by=by, session=session, person=person, at=timezone.now(), way=Scan.Way.KIOSK)
    return {"person": person, "answer": answer}


def _leave(request: HttpRequest, by: Membership, session: Session) -> HttpResponse:
    """Back to the desk; an account without a password is signed out instead."""
    if not by.user.has_usable_password():
        logout(request)
        return redirect("sign_in")
    kiosking.leave_kiosk(by=by, session=session, password=request.POST.get("password", ""))
    del request.session[KIOSK]
    return redirect("centre_session", pk=session.pk)

"""A learner's sessions of today: scanning the code, what a scan came to, and what has been recorded lately."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import access, scanning
from courses.models import Bucket, EnrollmentState, RunState, Scan, Session
from courses.rules import split
from courses.views.public.scan import LOCATE, YEAR, keep
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Role


@require_safe
@only(Role.LEARNER)
def today(request: HttpRequest) -> HttpResponse:
    """Today's sessions with what is on record of each, the way to scan, and what has been recorded lately."""
    by = acting_of(request)
    begins = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    hers = access.enrollments(by).exclude(state=EnrollmentState.WITHDRAWN).values("run_id")
    sessions = (
        Session.objects.select_related("run__centre", "room")
        .filter(run__in=hers)
        .exclude(run__state=RunState.CANCELLED)
        .order_by("starts_at")
    )
    of_day = list(sessions.filter(ends_at__gte=begins, starts_at__lt=begins + timedelta(days=1)))
    marks = access.attendances(by).filter(person=by.user.person_id).order_by("-session__starts_at")
    of_today = {row.session_id: row for row in marks.filter(session__in=of_day)}
    scans = {row.session_id: row for row in Scan.objects.filter(session__in=of_day, person=by.user.person_id)}
    for session in of_day:
        session.mark = of_today.get(session.pk)  # type: ignore[attr-defined]
        session.scan = scans.get(session.pk)  # type: ignore[attr-defined]
    context = {
        "today": of_day,
        "next": sessions.filter(starts_at__gte=begins + timedelta(days=1), cancelled_at__isnull=True).first(),
        "lately": marks.exclude(session__in=of_day)[:10],
        "now": timezone.now(),
        "locate": request.COOKIES.get(LOCATE, ""),
    }
    return render(request, "courses/learner/checkin.html", context)


@require_safe
@only(Role.LEARNER)
def result(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is on record of her at one session, filling the screen; an address of its own, so that a reload is safe."""
    by = acting_of(request)
    session = access.one(access.sessions(by), pk=pk)
    if by.user.person is None:
        return redirect("my_checkin")
    found = scanning.on_record(session, by.user.person)
    if found.scan is None and found.attendance is None:
        return redirect("my_checkin")
    context = {
        "session": session,
        "scan": found.scan,
        "mark": found.attendance,
        "counts": promised(session),
        "ask_place": LOCATE not in request.COOKIES,
    }
    return render(request, "courses/learner/scanned.html", context)


def promised(session: Session) -> dict[str, int]:
    """Minutes per bucket for whoever stays from beginning to end."""
    shares = list(session.shares.all())
    if not shares:
        return {session.bucket: session.net_minutes}
    counts = dict.fromkeys(Bucket.values, 0)
    for share, minutes in zip(shares, split(session.net_minutes, [row.parts for row in shares]), strict=True):
        counts[share.bucket] += minutes
    return counts


@require_POST
@only(Role.LEARNER)
def photo(request: HttpRequest) -> HttpResponse:
    """A photo of the screen, for phones whose browser reads no codes; then on as after any scan."""
    upload, at = request.FILES.get("photo"), timezone.now()
    try:
        code = scanning.code_on(upload.read() if upload and upload.size else b"")
        scanning.read_code(code, at=at)
    except DomainError as refusal:
        messages.error(request, f"{refusal} ({refusal.code})")
        return redirect("my_checkin")
    keep(request, code, at)
    return redirect("scan", code=code)


@require_POST
@only(Role.LEARNER)
def place(request: HttpRequest) -> HttpResponse:
    """Allow this browser's position to go with her scans, or take that back."""
    given = request.POST.get("given") == "1"
    scanning.note_consent(by=acting_of(request), given=given)
    if given:
        messages.success(request, _("From now on your position is kept with each scan."))
    else:
        messages.success(request, _("Your position is not asked for."))
    answer = redirect(reverse("my_checkin"))
    secure = settings.SESSION_COOKIE_SECURE
    answer.set_cookie(LOCATE, "1" if given else "0", max_age=YEAR, httponly=True, samesite="Lax", secure=secure)
    return answer

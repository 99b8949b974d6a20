"""A learner's courses and one run."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import access, enrolling
from courses.browsing import upcoming
from courses.models import (
    Attendance,
    Bucket,
    Enrollment,
    EnrollmentSource,
    EnrollmentState,
    Evaluation,
    RunState,
    Session,
)
from lms.jobs.errors import DomainError
from lms.registry.access import acting_of, only
from lms.registry.models import Post, Role

#: Cards of each list; a phone page stays short.
SHOWN = 20


@require_safe
@only(Role.LEARNER)
def courses(request: HttpRequest) -> HttpResponse:
    """Runs she is in, those that are over, and open ones in her city."""
    by = acting_of(request)
    hers = (
        access.enrollments(by)
        .exclude(state=EnrollmentState.WITHDRAWN)
        .exclude(run__state=RunState.CANCELLED)
        .prefetch_related(
            Prefetch("run__sessions", queryset=Session.objects.filter(cancelled_at__isnull=True).order_by("starts_at"))
        )
        .order_by("-enrolled_at")
    )
    now = timezone.now()
    going: list[Any] = []
    over: list[Any] = []
    for row in hers[: SHOWN * 2]:
        sessions = list(row.run.sessions.all())
        row.next_session = next((s for s in sessions if s.ends_at > now), None)  # type: ignore[attr-defined]
        row.total = len(sessions)  # type: ignore[attr-defined]
        (going if row.next_session else over).append(row)  # type: ignore[attr-defined]
    going.sort(key=lambda row: row.next_session.starts_at)
    near = upcoming(access.open_nearby(by)).exclude(pk__in=[row.run_id for row in [*going, *over]])
    waiting = access.turns(by).filter(placed_at__isnull=True, left_at__isnull=True, run__state=RunState.OPEN)
    near = near.exclude(pk__in=waiting.values("run_id"))
    context = {"going": going, "waiting": waiting, "over": over, "near": near[:SHOWN], "now": now}
    return render(request, "courses/learner/courses.html", context)


@require_safe
@only(Role.LEARNER)
def run(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One run: when, where, what it will count, and the one thing she can do about it."""
    by = acting_of(request)
    found = access.one(access.runs(by).with_places(), pk=pk)  # type: ignore[attr-defined]
    mine = Enrollment.objects.filter(run=found, person=by.user.person).first()
    marks = {row.session_id: row for row in Attendance.objects.filter(session__run=found, person=by.user.person_id)}
    sessions = list(found.sessions.select_related("room", "trainer").order_by("starts_at"))
    asked = {row.session_id: row for row in access.excuses(by).filter(session__run=found)}
    for session in sessions:
        session.mark, session.excuse = marks.get(session.pk), asked.get(session.pk)
    now = timezone.now()
    enrolled = mine is not None and mine.state != EnrollmentState.WITHDRAWN
    held = [session for session in sessions if session.cancelled_at is None]
    begun = bool(held) and held[0].starts_at <= now
    over = bool(held) and max(session.ends_at for session in held) <= now
    counts = {
        bucket: sum(session.net_minutes for session in held if session.bucket == bucket) for bucket in Bucket.values
    }
    queue = [] if enrolled else list(enrolling.open_turns(found).values_list("person_id", flat=True))
    takes = not enrolled and found.state == RunState.OPEN
    turn = queue.index(by.user.person_id) + 1 if by.user.person_id in queue else 0
    return render(
        request,
        "courses/learner/run.html",
        {
            "run": found,
            "mine": mine if enrolled else None,
            "sessions": sessions,
            "counts": counts,
            "now": now,
            "free": max(0, found.capacity - found.taken),
            "may_enrol": takes and found.taken < found.capacity,
            "may_wait": takes and found.taken >= found.capacity and not turn,
            "turn": turn,
            "queue": len(queue),
            "may_withdraw": enrolled and mine.state == EnrollmentState.ENROLLED and not begun,  # type: ignore[union-attr]
            "over": over,
            "may_evaluate": enrolled and over and not Evaluation.objects.filter(enrollment=mine).exists(),
        },
    )


@require_POST
@only(Role.LEARNER)
def enrol(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a place for oneself, give it back (`act=withdraw`), wait for one (`wait`) or no longer (`leave`)."""
    by = acting_of(request)
    found = access.one(access.runs(by), pk=pk)
    person = by.user.person
    if person is None:
        return redirect("my_courses")
    act = request.POST.get("act")
    try:
        if act == "withdraw":
            row = access.one(access.enrollments(by), run=found)
            enrolling.withdraw(by=by, enrollment=row)
            messages.success(request, _("You are no longer enrolled."))
        elif act == "leave":
            turn = access.one(access.turns(by).filter(placed_at__isnull=True, left_at__isnull=True), run=found)
            enrolling.leave_queue(by=by, turn=turn)
            messages.success(request, _("You are no longer on the waiting list."))
        else:
            today = timezone.localdate()
            post = Post.objects.on(today).filter(person=person).select_related("institution").first()
            sent_by = post.institution if post else None
            place = {"by": by, "run": found, "person": person, "institution": sent_by}
            if act == "wait":
                enrolling.wait(source=EnrollmentSource.SELF, **place)  # type: ignore[arg-type]
                messages.success(request, _("You are on the waiting list. You are told when a place comes free."))
            else:
                enrolling.enrol(source=EnrollmentSource.SELF, **place)  # type: ignore[arg-type]
                messages.success(request, _("You are enrolled. The times are listed below."))
    except DomainError as refusal:
        messages.error(request, f"{refusal} ({refusal.code})")
    return redirect("my_run", pk=found.pk)

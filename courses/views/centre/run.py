"""One run: its sessions, its people, and the steps it can take."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses import access, enrolling, scheduling
from courses.forms import SearchForm
from courses.models import Attendance, CourseRun, EnrollmentState, WaitingPlace
from courses.views.centre.enrol import said
from lms.registry.access import acting_of, only
from lms.registry.models import Membership, Role
from lms.registry.naming import called

PAGE_SIZE = 50
STEPS = {"open": scheduling.open_run, "finish": scheduling.finish_run, "cancel": scheduling.cancel_run}


@require_http_methods(["GET", "HEAD", "POST"])
@only(Role.CENTRE_STAFF)
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    by = acting_of(request)
    run = access.one(access.runs(by), pk=pk)
    if request.method == "POST":
        return _act(request, by, run)
    now = timezone.now()
    sessions = list(run.sessions.with_counts().select_related("room", "trainer").order_by("starts_at"))
    people = access.taking_part(run)
    search = SearchForm(request.GET)
    words = search.cleaned_data["q"].strip() if search.is_valid() else ""
    shown = people.filter(person__in=called(words)) if words else people
    listed = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    add_hours(run, listed.object_list)
    held = [session for session in sessions if session.cancelled_at is None]
    counts = run.enrollments.aggregate(
        taken=Count("pk", filter=~Q(state=EnrollmentState.WITHDRAWN)),
        passed=Count("pk", filter=Q(state=EnrollmentState.PASSED)),
        institutions=Count("institution", distinct=True, filter=~Q(state=EnrollmentState.WITHDRAWN)),
    )
    return render(
        request,
        "courses/centre/run.html",
        {
            "run": run,
            "sessions": sessions,
            "now": now,
            "to_hold": len(held),
            "held": sum(1 for session in held if session.starts_at <= now),
            "over": all(session.ends_at <= now for session in held) and bool(held),
            "planned_minutes": sum(session.net_minutes for session in held),
            "tight": {session.room for session in held if session.room and session.room.seats < run.capacity},
            "queue": _queue(run),
            "invited": run.invitations.filter(withdrawn_at__isnull=True).count(),
            "page": listed,
            "q": words,
            "counts": counts,
            "free": max(0, run.capacity - counts["taken"]),
        },
    )


def _queue(run: CourseRun) -> list[WaitingPlace]:
    """The waiting list in its order; `note` says why somebody would be passed over now."""
    turns = list(enrolling.open_turns(run).select_related("person", "institution"))
    if turns:
        people = [turn.person for turn in turns]
        why = {
            row["person"]: row["sentence"]
            for row in said(enrolling.foresee(run=run, people=people).refused)
            if row["code"] != "run_full"
        }
        for turn in turns:
            turn.note = why.get(turn.person, "")  # type: ignore[attr-defined]
    return turns


def add_hours(run: CourseRun, rows: Any) -> None:
    """Give each enrolment `minutes` and `sessions_there` of this run, for the rows of one page."""
    sums = {
        row["person"]: row
        for row in Attendance.objects.filter(session__run=run, person__in=[row.person_id for row in rows])
        .values("person")
        .annotate(total=Coalesce(Sum(F("minutes")), 0), there=Count("pk", filter=~Q(state="absent")))
        .order_by()
    }
    for row in rows:
        found = sums.get(row.person_id, {"total": 0, "there": 0})
        row.minutes, row.sessions_there = found["total"], found["there"]


def _act(request: HttpRequest, by: Membership, run: CourseRun) -> HttpResponse:
    """Open, finish or cancel the run, or take somebody off its list."""
    act = request.POST.get("act", "")
    if act == "withdraw":
        row = access.one(access.enrollments(by).filter(run=run), pk=request.POST.get("enrollment"))
        enrolling.withdraw(by=by, enrollment=row)
        messages.success(request, _("%(name)s is no longer enrolled.") % {"name": row.person.name})
    elif act == "unqueue":
        turn = access.one(access.turns(by).filter(run=run), pk=request.POST.get("turn"))
        enrolling.leave_queue(by=by, turn=turn)
        messages.success(request, _("%(name)s is no longer on the waiting list.") % {"name": turn.person.name})
    elif act in STEPS:
        run = STEPS[act](by=by, run=run)
        messages.success(request, _("The run is now: %(state)s.") % {"state": run.get_state_display()})
    return redirect("centre_run", pk=run.pk)

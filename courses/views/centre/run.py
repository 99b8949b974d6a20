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
from courses.models import Attendance, CourseRun, EnrollmentState
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
    sessions = list(run.sessions.with_counts().order_by("starts_at"))
    people = access.taking_part(run)
    search = SearchForm(request.GET)
    words = search.cleaned_data["q"].strip() if search.is_valid() else ""
    shown = people.filter(person__in=called(words)) if words else people
    listed = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    add_hours(run, listed.object_list)
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
            "held": sum(1 for session in sessions if session.starts_at <= now),
            "over": all(session.ends_at <= now for session in sessions) and bool(sessions),
            "planned_minutes": sum(session.net_minutes for session in sessions),
            "page": listed,
            "q": words,
            "counts": counts,
            "free": max(0, run.capacity - counts["taken"]),
        },
    )


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
    elif act in STEPS:
        run = STEPS[act](by=by, run=run)
        messages.success(request, _("The run is now: %(state)s.") % {"state": run.get_state_display()})
    return redirect("centre_run", pk=run.pk)

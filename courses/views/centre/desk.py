"""What is due at a training centre today, and its runs."""

from datetime import timedelta

from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses import access
from courses.browsing import upcoming
from courses.forms import RunFilterForm
from courses.models import CourseKind, CourseRun, EnrollmentState, RunState, Session
from lms.registry.access import acting_of, only
from lms.registry.models import Membership, Role

PAGE_SIZE = 20
#: Rows of each list on the first page; the whole lists are a click away.
SHOWN = 12


@require_safe
@only(Role.CENTRE_STAFF)
def home(request: HttpRequest) -> HttpResponse:
    """Today's sessions first, then what still awaits a roll call or results, then the runs."""
    by = acting_of(request)
    now = timezone.now()
    begins = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    sessions = access.sessions(by).select_related("room").with_counts()  # type: ignore[attr-defined]
    on = sessions.filter(run__state__in=[RunState.OPEN, RunState.FINISHED], cancelled_at__isnull=True)
    today = on.filter(starts_at__gte=begins, starts_at__lt=begins + timedelta(days=1))
    waiting = sessions.filter(starts_at__lt=begins).awaiting_roll_call().order_by("starts_at")
    return render(
        request,
        "courses/centre/home.html",
        {
            "now": now,
            "today": today,
            "waiting": waiting[:SHOWN],
            "waiting_count": access.sessions(by).filter(starts_at__lt=begins).awaiting_roll_call().count(),  # type: ignore[attr-defined]
            "results": _awaiting_results(by)[:SHOWN],
            "next_sessions": on.filter(starts_at__gte=begins + timedelta(days=1))[:5],
            "excuses": access.excuses(by).filter(state="open").count(),
            "runs": upcoming(access.runs(by).filter(state__in=[RunState.PLANNED, RunState.OPEN]))[:SHOWN],
        },
    )


def _awaiting_results(by: Membership) -> "QuerySet[CourseRun]":
    """Pre-service runs whose last session is over while somebody has no result yet, with how many."""
    ahead = Session.objects.filter(run=OuterRef("pk"), ends_at__gt=timezone.now())
    return (
        access.runs(by)
        .filter(
            ~Exists(ahead),
            course__kind=CourseKind.PRE_SERVICE,
            state__in=[RunState.OPEN, RunState.FINISHED],
        )
        .annotate(open_results=Count("enrollments", filter=Q(enrollments__state=EnrollmentState.ENROLLED)))
        .filter(Exists(Session.objects.filter(run=OuterRef("pk"))), open_results__gt=0)
        .order_by("code")
    )


@require_safe
@only(Role.CENTRE_STAFF)
def runs(request: HttpRequest) -> HttpResponse:
    """All runs of the centre, newest first; the filters are the address."""
    form = RunFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = access.runs(acting_of(request))
    if words := wanted.get("q"):
        found = found.filter(Q(title__icontains=words) | Q(code__icontains=words) | Q(course__title__icontains=words))
    if state := wanted.get("state"):
        found = found.filter(state=state)
    if kind := wanted.get("kind"):
        found = found.filter(course__kind=kind)
    page = Paginator(upcoming(found).order_by("-begins", "-code"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "courses/centre/runs.html", {"form": form, "page": page})

"""What visitors and learners see of the courses: the contexts of the public pages.

Words are looked for anywhere in title and summary (`icontains`): a search index would take a run
of Chinese characters for one word.
"""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from courses import access
from courses.forms import CatalogueForm
from courses.models import (
    CataloguePage,
    Course,
    CoursePage,
    CourseRun,
    Enrollment,
    EnrollmentState,
    HomePage,
    RunState,
    Session,
)
from lms.registry.models import Membership, PostKind, Role

PAGE_SIZE = 12
#: Courses shown on the front page, those with the nearest runs first.
FRONT = 6


def listed(courses: "QuerySet[Course]") -> "QuerySet[Any]":
    """Courses on offer with a live page, each with `open_runs` and the `next_start` of those."""
    coming = Q(runs__sessions__starts_at__gt=timezone.now(), runs__sessions__cancelled_at__isnull=True)
    is_open = Q(runs__state=RunState.OPEN) & coming
    return (
        courses.filter(active=True, page__live=True)
        .select_related("region", "page")
        .annotate(
            open_runs=Count("runs", filter=is_open, distinct=True),
            next_start=Min("runs__sessions__starts_at", filter=is_open),
        )
    )


def upcoming(runs: "QuerySet[CourseRun]") -> "QuerySet[Any]":
    """Runs with `taken` places and the first and last moment they meet, the next to begin first."""
    return (
        runs.select_related("course", "centre", "region")
        .with_places()  # type: ignore[attr-defined]
        .annotate(
            begins=Min("sessions__starts_at", filter=Q(sessions__cancelled_at__isnull=True)),
            ends=Max("sessions__ends_at", filter=Q(sessions__cancelled_at__isnull=True)),
        )
        .order_by("begins", "code")
    )


def with_sessions_ahead(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """Rooms or trainers with the number of their sessions still `ahead`."""
    coming = Q(sessions__ends_at__gt=timezone.now(), sessions__cancelled_at__isnull=True)
    return rows.annotate(ahead=Count("sessions", filter=coming & ~Q(sessions__run__state=RunState.CANCELLED)))


def home_context(page: HomePage, request: HttpRequest) -> dict[str, Any]:
    """The front door: where the catalogue is, and a few courses one can still join."""
    courses = listed(Course.objects.all()).order_by("-open_runs", "next_start", "title")[:FRONT]
    return {"catalogue": CataloguePage.objects.child_of(page).live().first(), "courses": courses}


def catalogue_context(page: CataloguePage, request: HttpRequest) -> dict[str, Any]:
    """The courses that fit the filters in the address."""
    form = CatalogueForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    courses = listed(Course.objects.all()).order_by("-open_runs", "next_start", "title")
    if words := wanted.get("q"):
        courses = courses.filter(Q(title__icontains=words) | Q(summary__icontains=words))
    if kind := wanted.get("kind"):
        courses = courses.filter(kind=kind)
    if bucket := wanted.get("bucket"):
        courses = courses.filter(**{f"{bucket}_minutes__gt": 0})
    return {"form": form, "courses": Paginator(courses, PAGE_SIZE).get_page(request.GET.get("page"))}


def course_context(page: CoursePage, request: HttpRequest) -> dict[str, Any]:
    """One course: its open runs, each with `mine` for a learner who has a place; what the visitor may do here."""
    by: Membership | None = request.acting  # type: ignore[attr-defined]
    ahead = Session.objects.filter(run=OuterRef("pk"), starts_at__gt=timezone.now(), cancelled_at__isnull=True)
    runs = upcoming(page.course.runs.filter(Exists(ahead), state=RunState.OPEN))
    near: set[object] = set()
    if by and by.role == Role.LEARNER:
        mine = Enrollment.objects.filter(run=OuterRef("pk"), person=by.user.person)
        runs = runs.annotate(mine=Exists(mine.exclude(state=EnrollmentState.WITHDRAWN)))
        near = set(access.open_nearby(by).filter(course=page.course_id).values_list("pk", flat=True))
    return {
        "course": page.course,
        "runs": runs,
        "near": near,
        "for_posts": [PostKind(code).label for code in page.course.audience if code in PostKind.values],
        "may_open": bool(by and by.role == Role.CENTRE_STAFF and access.courses(by).filter(pk=page.course_id).exists()),
        "learner": bool(by and by.role == Role.LEARNER),
    }

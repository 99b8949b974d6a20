"""Today's sessions of a learner, and what has been recorded lately."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses import access
from courses.models import EnrollmentState, RunState, Session
from lms.registry.access import acting_of, only
from lms.registry.models import Role


@require_safe
@only(Role.LEARNER)
def today(request: HttpRequest) -> HttpResponse:
    """Today's sessions and what has been recorded lately; recording is the centre's."""
    by = acting_of(request)
    begins = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    hers = access.enrollments(by).exclude(state=EnrollmentState.WITHDRAWN).values("run_id")
    sessions = (
        Session.objects.select_related("run__centre")
        .filter(run__in=hers)
        .exclude(run__state=RunState.CANCELLED)
        .order_by("starts_at")
    )
    of_day = list(sessions.filter(starts_at__gte=begins, starts_at__lt=begins + timedelta(days=1)))
    marks = access.attendances(by).filter(person=by.user.person_id).order_by("-session__starts_at")
    of_today = {row.session_id: row for row in marks.filter(session__in=of_day)}
    for session in of_day:
        session.mark = of_today.get(session.pk)  # type: ignore[attr-defined]
    context = {
        "today": of_day,
        "next": sessions.filter(starts_at__gte=begins + timedelta(days=1)).first(),
        "lately": marks.exclude(session__in=of_day)[:10],
        "now": timezone.now(),
    }
    return render(request, "courses/learner/checkin.html", context)

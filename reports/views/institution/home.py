"""The manager's desk: today's tasks first, then the figures of the institution."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from certification import access as entitled
from lms.registry.access import acting_of, only
from lms.registry.models import Role
from reports import access, metrics
from reports.staffing import Staffing
from reports.views.institution import today
from reports.waiting import due_papers


@only(Role.INSTITUTION_MANAGER)
@require_safe
def institution_home(request: HttpRequest) -> HttpResponse:
    """Who is missing what by when, with one tap to where it is done; the rates below."""
    by = acting_of(request)
    institution = access.institution(by)
    day = timezone.localdate()
    staff = metrics.Staff(on=day, institution=institution)
    rate, hours = metrics.holding_of(staff), metrics.hours_of(staff)
    entries = entitled.entries(by)
    context = {
        "institution": institution,
        "today": day,
        "rate": rate,
        "hours": hours,
        "tasks": today.tasks(papers=due_papers(staff), rate=rate, hours=hours, entries=entries, today=day),
    }
    return render(request, "reports/institution_home.html", context)


@only(Role.INSTITUTION_MANAGER)
@require_safe
def classes_today(request: HttpRequest) -> HttpResponse:
    """The classes that are short of staff or too large today: a part of the desk, fetched after it."""
    institution = access.institution(acting_of(request))
    day = timezone.localdate()
    rows = [row for row in Staffing(first=day, institution=institution).on(day) if row.breach]
    return render(request, "reports/_classes_today.html", {"rows": rows})

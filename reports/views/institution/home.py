"""The manager's desk: who lacks what until when, then the figures of the institution."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lms.registry.access import acting_of, only
from lms.registry.models import Role
from reports import access, metrics
from reports.metrics import Line
from reports.waiting import due_papers

#: People named per task; the rest stand on the page behind it.
NAMED = 8


@only(Role.INSTITUTION_MANAGER)
@require_safe
def institution_home(request: HttpRequest) -> HttpResponse:
    """Today at an institution: papers, certificates and hours that are due, and the rate."""
    institution = access.institution(acting_of(request))
    today = timezone.localdate()
    staff = metrics.Staff(on=today, institution=institution)
    rate, hours = metrics.holding_of(staff), metrics.hours_of(staff)
    papers = due_papers(staff)
    lacking = [line for line in rate.people if line.lacking]
    short = sorted((line for line in hours.people if line.lacking), key=_missing, reverse=True)
    context = {
        "institution": institution,
        "today": today,
        "year_end": date(today.year, 12, 31),
        "rate": rate,
        "hours": hours,
        "papers": papers[:NAMED],
        "papers_count": len(papers),
        "overdue": sum(due.paper.overdue for due in papers),
        "lacking": lacking[:NAMED],
        "lacking_count": len(lacking),
        "short": short[:NAMED],
        "short_count": len(short),
    }
    return render(request, "reports/institution_home.html", context)


def _missing(line: Line) -> tuple[bool, int]:
    """Without any hours first, then most minutes missing."""
    return line.hours is None, line.hours.missing_skill + line.hours.missing_ethics if line.hours else 0

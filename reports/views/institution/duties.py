"""What a manager's institution owes a year beside its staff's hours, and what was done."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from lms.registry import access as registry
from lms.registry.access import acting_of, only
from lms.registry.models import Role
from reports import access, organising
from reports.forms import YearFilter
from reports.views import duty_page


@only(Role.INSTITUTION_MANAGER)
@require_safe
def institution_duties(request: HttpRequest) -> HttpResponse:
    """Every duty of the institution with its counter."""
    by = acting_of(request)
    form = YearFilter(request.GET)
    institution = access.institution(by)
    counters = organising.counters_of(institution, form.asked_year())
    context = {"form": form, "year": form.asked_year(), "institution": institution, "counters": counters}
    return render(request, "reports/institution_duties.html", context)


@only(Role.INSTITUTION_MANAGER)
@require_http_methods(["GET", "HEAD", "POST"])
def institution_duty(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One duty: what was done, with its evidence, and a form to record another time."""
    by = acting_of(request)
    duty = registry.one(access.duties(by), pk=pk)
    return duty_page(request, by, duty, access.institution(by), audience="institution", may_record=True)

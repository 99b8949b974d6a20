"""The holding rate of one's own institution, with everybody behind it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lms.registry.access import acting_of, only
from lms.registry.models import Role
from reports.forms import PeopleFilter
from reports.views import page_of_people, people_behind


@only(Role.INSTITUTION_MANAGER)
@require_safe
def institution_rates(request: HttpRequest) -> HttpResponse:
    """The rate on any day against the target, down to each person."""
    form = PeopleFilter(request.GET)
    rate, lines = people_behind(acting_of(request), form)
    context = page_of_people(request, rate, lines) | {"form": form, "dossier": "institution_person"}
    return render(request, "reports/rate_people.html", context)

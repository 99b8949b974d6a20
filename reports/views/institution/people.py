"""A person's dossier at her institution."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certification.views import statement_file
from lms.registry.access import acting_of, only
from lms.registry.models import Role
from reports.viewing import view_dossier, whose_hours


@only(Role.INSTITUTION_MANAGER)
@never_cache
@require_safe
def institution_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Posts, hours and certificates of one of one's own people; the look is recorded."""
    dossier = view_dossier(by=acting_of(request), pk=pk)
    year = dossier.statement.year(request.GET.get("year", "")) if dossier.statement else None
    return render(request, "reports/person.html", {"dossier": dossier, "year": year, "audience": "institution"})


@only(Role.INSTITUTION_MANAGER)
@never_cache
@require_safe
def institution_statement(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Her statement of hours as a paper, or with `form=csv` as a table; that it was drawn is recorded."""
    by = acting_of(request)
    return statement_file(by, whose_hours(by=by, pk=pk), request.GET.get("form", ""))

"""A person's dossier at her institution."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.registry.access import acting_of, only
from lms.registry.models import Role
from reports.viewing import view_dossier


@only(Role.INSTITUTION_MANAGER)
@never_cache
@require_safe
def institution_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Posts, hours and certificates of one of one's own people; the look is recorded."""
    dossier = view_dossier(by=acting_of(request), pk=pk)
    return render(request, "reports/person.html", {"dossier": dossier, "audience": "institution"})

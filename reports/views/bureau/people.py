"""A person's dossier at a bureau."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.registry.access import acting_of, only
from reports.viewing import view_dossier
from reports.views.bureau.home import DESK


@only(*DESK)
@never_cache
@require_safe
def bureau_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Posts, hours, certificates and bans of one person; the look is recorded."""
    dossier = view_dossier(by=acting_of(request), pk=pk)
    return render(request, "reports/person.html", {"dossier": dossier, "audience": "bureau"})

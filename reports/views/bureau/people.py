"""A person's dossier at a bureau."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.registry.access import acting_of, only, people
from lms.registry.models import Person
from reports.viewing import view_dossier
from reports.views.bureau.home import DESK


@only(*DESK)
@never_cache
@require_safe
def bureau_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Posts, hours, certificates and bans of one person; the look is recorded."""
    acting = acting_of(request)
    # A record that was merged into another one leads there.
    kept = Person.objects.filter(pk=pk, merged_into__in=people(acting).order_by().values("pk")).first()
    if kept is not None:
        return redirect("bureau_person", pk=kept.merged_into_id)
    dossier = view_dossier(by=acting, pk=pk)
    return render(request, "reports/person.html", {"dossier": dossier, "audience": "bureau"})

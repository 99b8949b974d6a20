"""A person's dossier at a bureau."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from certification.views import statement_file
from lms.registry.access import acting_of, only, people
from lms.registry.models import Person
from reports.viewing import view_dossier, whose_hours
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
    year = dossier.statement.year(request.GET.get("year", "")) if dossier.statement else None
    return render(request, "reports/person.html", {"dossier": dossier, "year": year, "audience": "bureau"})


@only(*DESK)
@never_cache
@require_safe
def bureau_statement(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Her statement of hours as a paper, or with `form=csv` as a table; that it was drawn is recorded."""
    by = acting_of(request)
    return statement_file(by, whose_hours(by=by, pk=pk), request.GET.get("form", ""))

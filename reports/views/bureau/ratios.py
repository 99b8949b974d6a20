"""Staff and children at a bureau: which institutions have a class in breach, and the classes of one of them."""

from collections import defaultdict
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lms.registry import access as registry
from lms.registry.access import acting_of, only
from reports import access
from reports.forms import RatioFilter
from reports.staffing import ClassDay, Staffing
from reports.views import board
from reports.views.bureau.home import DESK

PER_PAGE = 50


@only(*DESK)
@require_safe
def bureau_ratios(request: HttpRequest) -> HttpResponse:
    """Institutions of the region with classes, those in breach first."""
    acting = acting_of(request)
    form = RatioFilter(request.GET, regions=registry.regions(acting).filter(institutions__isnull=False).distinct())
    day = form.day()
    region = form.cleaned_data.get("region") or access.region(acting)
    at: dict[UUID, list[ClassDay]] = defaultdict(list)
    for row in Staffing(first=day, region=region).on(day):
        at[row.group.institution_id].append(row)
    sites = [
        (
            rows[0].group.institution,
            len(rows),
            sum(row.breach for row in rows),
            sum(row.short for row in rows),
            sum(row.over for row in rows),
            sum(row.state == "uncounted" for row in rows),
        )
        for rows in at.values()
    ]
    breached = sum(bool(site[2]) for site in sites)
    if form.cleaned_data.get("show") == "breach":
        sites = [site for site in sites if site[2]]
    sites.sort(key=lambda site: (-site[2], -site[3], site[0].name))
    page = Paginator(sites, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "views": [(_("All institutions with classes"), ""), (_("With a class in breach"), "show=breach")],
        "page": page,
        "day": day,
        "region": region,
        "total": len(at),
        "breached": breached,
    }
    return render(request, "reports/bureau_ratios.html", context)


@only(*DESK)
@require_safe
def bureau_ratio(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The classes of one institution on a day, as its manager sees them."""
    institution = registry.one(registry.institutions(acting_of(request)), pk=pk)
    context = {"institution": institution, "audience": "bureau"} | board(request, institution=institution)
    return render(request, "reports/bureau_ratio.html", context)

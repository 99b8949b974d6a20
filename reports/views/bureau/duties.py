"""A bureau's duties: what is done and due, where it is overdue, and the evidence for it."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from lms.registry import access as registry
from lms.registry.access import acting_of, only
from lms.registry.models import Role
from reports import access, exporting, organising
from reports.forms import YearFilter
from reports.models import Duty
from reports.views import duty_page
from reports.views.bureau.home import DESK

PER_PAGE = 50


@only(*DESK)
@require_safe
def bureau_duties(request: HttpRequest) -> HttpResponse:
    """Every duty of the region and below, those overdue first."""
    by = acting_of(request)
    form = YearFilter(request.GET, regions=registry.regions(by).filter(institutions__isnull=False).distinct())
    year = form.asked_year()
    region = form.cleaned_data.get("region") or access.region(by)
    lines = sorted(organising.board(region, year), key=lambda line: line.state != "overdue")
    overdue = sum(line.state == "overdue" for line in lines)
    context = {"form": form, "year": year, "region": region, "lines": lines, "overdue": overdue}
    return render(request, "reports/bureau_duties.html", context | {"today": timezone.localdate()})


@only(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def bureau_duty(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One duty: its institutions, or its acts; `?institution=` opens one institution's. An officer records here."""
    by = acting_of(request)
    duty = registry.one(access.duties(by), pk=pk)
    uscc = request.GET.get("institution", "")
    if duty.per == Duty.Per.REGION:
        return duty_page(request, by, duty, None, audience="bureau", may_record=by.role == Role.BUREAU_OFFICER)
    if uscc:
        institution = access.institution(by, uscc)
        may = by.role == Role.BUREAU_OFFICER
        return duty_page(request, by, duty, institution, audience="bureau", may_record=may)
    form = YearFilter(request.GET, regions=registry.regions(by).filter(institutions__isnull=False).distinct())
    region = form.cleaned_data.get("region") or access.region(by)
    sites = organising.sites(duty, region, form.asked_year())
    page = Paginator(sites, PER_PAGE).get_page(request.GET.get("page"))
    context = {"duty": duty, "form": form, "year": form.asked_year(), "page": page, "region": region}
    context["overdue"] = sum(site.counter.state == "overdue" for site in sites)
    return render(request, "reports/bureau_duty_sites.html", context)


@only(*DESK)
@require_safe
def bureau_duties_export(request: HttpRequest) -> FileResponse:
    """Duties of a year as xlsx: one row per duty and place."""
    by = acting_of(request)
    form = YearFilter(request.GET, regions=registry.regions(by))
    region = form.cleaned_data.get("region") or access.region(by)
    book = exporting.duties_xlsx(region, form.asked_year())
    name = f"{exporting.duties_name(region, form.asked_year())}.xlsx"
    return FileResponse(book, as_attachment=True, filename=name, content_type=exporting.TYPES["xlsx"])

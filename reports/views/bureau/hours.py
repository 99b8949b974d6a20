"""The year's hours: who will miss them, as a list and as a file, at a bureau and (the list alike) at an institution;
and the seats it takes, by district and month."""

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.jobs.running import enqueue
from lms.registry import access as registry_access
from lms.registry import auditing
from lms.registry.access import acting_of, only
from lms.registry.models import IdentityDocument, Institution, Level, Membership, Region, Role
from reports import access
from reports.exporting import AT_ONCE, TYPES
from reports.forms.hours import HoursFilter, RegionHoursFilter
from reports.metrics.outlook import Ending, Outlook, Outlooks
from reports.metrics.seats import Month, seats_needed, usual_minutes
from reports.metrics.staff import scope_of
from reports.rules import NOTHING, Prospect
from reports.views import PER_PAGE
from reports.views.bureau import hours_file
from reports.views.bureau.home import DESK


@only(*DESK)
@never_cache
@require_safe
def bureau_hours(request: HttpRequest) -> HttpResponse:
    """Everybody on post in the region of whom hours are asked this year, whoever will miss them first."""
    by = acting_of(request)
    form = form_of(by, request.GET)
    context = page_of_hours(request, form, by)
    region = form.cleaned_data.get("region") or access.region(by)
    context |= {"audience": "bureau", "today": timezone.localdate(), "scope": region}
    return render(request, "reports/hours.html", context)


@only(*DESK)
@require_safe
def bureau_hours_seats(request: HttpRequest) -> HttpResponse:
    """How many seats the missing hours ask for in each district and month, beside those that are free."""
    region = access.region(acting_of(request))
    today = timezone.localdate()
    districts = seats_needed(Outlooks(scope_of(region, None, "institution__")).rows, region, today)
    firsts = sorted({month.first for district in districts for month in district.months})
    months = [
        Month(
            first,
            sum(month.needed for district in districts for month in district.months if month.first == first),
            sum(month.free for district in districts for month in district.months if month.first == first),
        )
        for first in firsts
    ]
    context = {
        "region": region,
        "today": today,
        "districts": districts,
        "months": months,
        "most": max((max(month.needed, month.free) for month in months), default=0),
        "usual": usual_minutes(region),
        "total": sum(district.total for district in districts),
    }
    return render(request, "reports/hours_seats.html", context)


@only(*DESK, Role.INSTITUTION_MANAGER)
@never_cache
@require_safe
def hours_export(request: HttpRequest) -> HttpResponseBase:
    """The people of the list, as the address filters it, as xlsx or (with `form=csv`) as csv.

    Large ones are made by a worker; who asks again within the minute finds the same job.
    """
    by = acting_of(request)
    kind = "csv" if request.GET.get("form") == "csv" else "xlsx"
    form = form_of(by, request.GET)
    _everybody, rows = outlooks_of(by, form)
    with transaction.atomic():
        auditing.record(by, "export_hours", scope_of_file(by, form), after={"rows": len(rows), "form": kind})
        if len(rows) > AT_ONCE:
            query = request.GET.urlencode()
            minute = timezone.now().strftime("%Y%m%d%H%M")
            key = sha256(f"{by.pk} {kind} {query} {minute}".encode()).hexdigest()
            args = {"membership": by.pk, "form": kind, "query": query}
            return redirect(enqueue("export_hours", args, owner_id=by.user_id, key=f"export_hours:{key}"))
    name = file_name(by, form, kind)
    if kind == "xlsx":
        return FileResponse(hours_file.hours_xlsx(rows), as_attachment=True, filename=name, content_type=TYPES[kind])
    answer = HttpResponse(hours_file.hours_csv(rows), content_type=TYPES[kind])
    answer["Content-Disposition"] = content_disposition_header(True, name) or ""
    return answer


def scope_of_file(by: Membership, form: HoursFilter) -> Institution | Region:
    """Whose people the list is of."""
    if by.role == Role.INSTITUTION_MANAGER:
        return access.institution(by)
    chosen: Region | None = form.cleaned_data.get("region")
    return chosen or access.region(by)


def file_name(by: Membership, form: HoursFilter, kind: str) -> str:
    """E.g. 年度学时_松江区_2025-06-30.xlsx"""
    return f"{_('Hours of the year')}_{scope_of_file(by, form)}_{timezone.localdate()}.{kind}"


def form_of(by: Membership, data: Any) -> HoursFilter:
    """The filter of one's desk, bound."""
    if by.role == Role.INSTITUTION_MANAGER:
        return HoursFilter(data)
    return RegionHoursFilter(data, regions=regions_of(by))


def regions_of(by: Membership) -> "QuerySet[Region]":
    """The cities and districts a bureau may choose from."""
    return registry_access.regions(by).filter(level__in=[Level.PROVINCE, Level.CITY, Level.DISTRICT])


def scope_wanted(by: Membership, form: HoursFilter) -> Q:
    """A condition on posts: one's own institution, or the region the filter names."""
    form.is_valid()
    if by.role == Role.INSTITUTION_MANAGER:
        return scope_of(None, access.institution(by), "institution__")
    return scope_of(form.cleaned_data.get("region") or access.region(by), None, "institution__")


def outlooks_of(by: Membership, form: HoursFilter) -> tuple[list[Outlook], list[Outlook]]:
    """Everybody in the filter's region or institution, and those of them it lets through."""
    everybody = Outlooks(scope_wanted(by, form)).rows
    return everybody, list(_chosen(everybody, form.cleaned_data))


def _chosen(rows: Iterable[Outlook], chosen: dict[str, Any]) -> Iterable[Outlook]:
    text = chosen.get("q", "").strip().casefold()
    for row in rows:
        if chosen.get("post") and row.place.kind != chosen["post"]:
            continue
        if chosen.get("bucket") and not row.paces[chosen["bucket"]].missing:
            continue
        if chosen.get("show") and row.prospect != chosen["show"]:
            continue
        if text and text not in row.place.name.casefold() and text not in row.place.institution.casefold():
            continue
        yield row


def page_of_hours(request: HttpRequest, form: HoursFilter, by: Membership) -> dict[str, Any]:
    """One page of people with their masked documents; who misses most comes first."""
    everybody, rows = outlooks_of(by, form)
    order = [Prospect.WILL_MISS, Prospect.ON_COURSE, Prospect.REACHED]
    rows.sort(key=lambda row: (order.index(row.prospect), -row.missing))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    documents = IdentityDocument.objects.filter(person__in=[row.place.person_id for row in page])
    masked = dict(documents.order_by("-created_at", "-pk").values_list("person_id", "masked"))
    counts = Counter(row.prospect for row in everybody)
    return {
        "form": form,
        "views": _tabs(request),
        "page": page,
        "rows": [(row, masked.get(row.place.person_id, NOTHING), Ending(row.prospect)) for row in page],
        "everybody": len(everybody),
        "counts": counts,
        "endings": [
            {"label": ending.label, "count": counts[Prospect(ending.value)], "href": f"?show={ending.value}"}
            for ending in Ending
        ],
        "query": request.GET.urlencode(),
    }


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in request.GET.items() if name not in ("show", "page") and value]


def _tabs(request: HttpRequest) -> list[tuple[str, str]]:
    """The tabs above the people; everything else in the address is kept."""
    tabs = [(_("All people"), ""), *((str(ending.label), ending.value) for ending in reversed(Ending))]
    return [(label, urlencode(_kept(request) + ([("show", show)] if show else []))) for label, show in tabs]

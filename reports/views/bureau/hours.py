"""The year's hours at a bureau: who will miss them, and the seats it takes, by district and month."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lms.registry.access import acting_of, only
from reports import access
from reports.metrics.outlook import Outlooks
from reports.metrics.seats import Month, seats_needed, usual_minutes
from reports.metrics.staff import scope_of
from reports.views.bureau.home import DESK
from reports.views.hours import form_of, page_of_hours


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

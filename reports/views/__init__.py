"""Pages of this room; what the desks of a bureau and an institution do alike stands here."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from lms.jobs.errors import DomainError
from lms.registry import access as registry
from lms.registry.models import IdentityDocument, Institution, Membership
from reports import access, metrics, organising
from reports.errors import refuse
from reports.forms import ActForm, DayFilter, PeopleFilter, RateFilter, TakeBackForm, YearFilter
from reports.metrics import HoldingRate, Line
from reports.models import Duty
from reports.rules import NOTHING
from reports.staffing import Staffing

PER_PAGE = 50
#: Days of classes shown ahead, today among them.
AHEAD = 14


@dataclass(frozen=True)
class Wanted:
    """What an address asks for: a day and a metric, today's official rate unless it says otherwise."""

    on: date
    metric: str


def wanted(form: RateFilter) -> Wanted:
    """Of a bound filter; what it can't read falls back to the default, and the field says so."""
    form.is_valid()
    chosen = form.cleaned_data
    return Wanted(chosen.get("on") or timezone.localdate(), chosen.get("metric") or metrics.OFFICIAL)


def people_behind(by: Membership, form: PeopleFilter) -> tuple[HoldingRate, list[Line]]:
    """The figure an address asks for, and those of its people that the filter lets through."""
    asked = wanted(form)
    chosen = form.cleaned_data
    region, institution = access.scope(
        by, region_code=chosen.get("region", ""), uscc=chosen.get("institution", "").strip().upper()
    )
    rate = metrics.figure(asked.metric, on=asked.on, region=region, institution=institution)
    return rate, filtered(rate.people, chosen)


def filtered(people: list[Line], chosen: dict[str, Any]) -> list[Line]:
    """Those that `chosen` asks for; who doesn't count yet comes first."""
    tests = {
        "lacking": lambda line: line.lacking,
        "holds": lambda line: line.holds,
        "outside": lambda line: line.outside,
    }
    if show := tests.get(chosen.get("show", "")):
        people = [line for line in people if show(line)]
    if reason := chosen.get("reason"):
        people = [line for line in people if line.reason == reason]
    if post := chosen.get("post"):
        people = [line for line in people if line.post == post]
    if text := chosen.get("q", "").strip().lower():
        people = [line for line in people if text in line.name.lower() or text in line.institution.name.lower()]
    return sorted(people, key=lambda line: (not line.lacking, line.outside))


def page_of_people(request: HttpRequest, rate: HoldingRate, lines: list[Line]) -> dict[str, Any]:
    """One page of people with their masked documents, for the table."""
    page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    documents = IdentityDocument.objects.filter(person__in=[line.person_id for line in page])
    masked = dict(documents.order_by("-created_at", "-pk").values_list("person_id", "masked"))
    return {
        "rate": rate,
        "page": page,
        "rows": [(line, masked.get(line.person_id, NOTHING)) for line in page],
        "views": people_views(request),
        "query": request.GET.urlencode(),
    }


def people_views(request: HttpRequest) -> list[tuple[str, str]]:
    """The tabs above the people; everything else in the address is kept."""
    kept = [(name, value) for name, value in request.GET.items() if name not in ("show", "reason", "page") and value]
    tabs = [
        (_("Everybody on post"), ""),
        (_("Not counted yet"), "lacking"),
        (_("Counted"), "holds"),
        (_("Outside the rate"), "outside"),
    ]
    return [(label, urlencode(kept + ([("show", show)] if show else []))) for label, show in tabs]


def address(**parameters: object) -> str:
    """A querystring of what is set."""
    return urlencode({name: value for name, value in parameters.items() if value})


def board(request: HttpRequest, **scope: Any) -> dict[str, Any]:
    """The classes of a scope on the day the address asks for, and the strip of days from today on."""
    today = timezone.localdate()
    filter_form = DayFilter(request.GET)
    day = filter_form.day()
    ahead = [today + timedelta(days=offset) for offset in range(AHEAD)]
    monitor = Staffing(first=min(today, day), last=max(ahead[-1], day), **scope)
    rows = monitor.on(day)
    return {
        "filter": filter_form,
        "day": day,
        "today": today,
        "rows": rows,
        "strip": monitor.breaches(ahead).items() if rows else (),
        "breaches": sum(row.breach for row in rows),
        "missing": sum(row.short for row in rows),
    }


def duty_page(
    request: HttpRequest,
    by: Membership,
    duty: Duty,
    institution: Institution | None,
    *,
    audience: str,
    may_record: bool,
) -> HttpResponse:
    """What was done for `duty` in a year; POST records another time, or with `act` takes one back."""
    filters = YearFilter(request.GET)
    year = filters.asked_year()
    runs = organising.runs_for(duty, year) if institution is None else None
    form = ActForm(duty=duty, runs=runs, year=year)
    back = TakeBackForm()
    refusal: DomainError | None = None
    if request.method == "POST":
        if not may_record:
            raise refuse("not_allowed")
        taking_back = "act" in request.POST
        bound: ActForm | TakeBackForm
        if taking_back:
            bound = back = TakeBackForm(request.POST)
        else:
            bound = form = ActForm(request.POST, request.FILES, duty=duty, runs=runs, year=year)
        if bound.is_valid():
            try:
                if taking_back:
                    act = registry.one(organising.acts_of(duty, year, institution), pk=_key(request.POST["act"]))
                    organising.take_back(by=by, act=act, **bound.cleaned_data)
                    messages.success(request, _("Taken back."))
                else:
                    organising.record_act(by=by, duty=duty, institution=institution, **bound.cleaned_data)
                    messages.success(request, _("Recorded."))
            except DomainError as error:
                refusal = error
            else:
                query = {"year": str(year)} | (
                    {"institution": institution.uscc} if audience == "bureau" and institution else {}
                )
                return redirect(f"{request.path}?{urlencode(query)}")
    acts = list(organising.acts_of(duty, year, institution))
    counter = organising.counter(duty, year, sum(not hasattr(act, "taken_back_by") for act in acts))
    context: dict[str, Any] = {
        "duty": duty,
        "institution": institution,
        "audience": audience,
        "year": year,
        "filters": filters,
        "counter": counter,
        "acts": acts,
        "form": form,
        "back": back,
        "picked": request.POST.get("act", ""),
        "may_record": may_record,
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if request.method == "POST" else 200
    return render(request, "reports/duty.html", context, status=status)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

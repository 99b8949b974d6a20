"""The holding rate of a region on any day, down to the people, and figures frozen as reported."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lms.registry import access as registry_access
from lms.registry.access import BUREAU, acting_of, one, only
from lms.registry.models import Level, Membership, Region, Role
from reports import access, freezing, metrics, rules
from reports.forms import PeopleFilter, RegionRateFilter
from reports.metrics import HoldingRate
from reports.metrics.figures import SENTENCES
from reports.rules import Reason
from reports.views import PER_PAGE, address, page_of_people, people_behind, wanted
from reports.views.bureau.home import DESK, furthest

#: Frozen versions named beside the figure.
VERSIONS = 8


@only(*DESK)
@require_safe
def bureau_rates(request: HttpRequest) -> HttpResponse:
    """The rate of the region with its institutions, the furthest from the target first."""
    by = acting_of(request)
    if uscc := request.GET.get("institution"):
        return redirect(f"{reverse('bureau_rate_people')}?{address(institution=uscc, on=request.GET.get('on'))}")
    form = RegionRateFilter(request.GET, regions=_regions(by))
    rate = _rate(by, form)
    page = Paginator(furthest(rate.sites), PER_PAGE).get_page(request.GET.get("page"))
    scope = address(on=rate.as_of, metric=rate.metric.code, region=rate.region and rate.region.code)
    context = {
        "form": form,
        "rate": rate,
        "page": page,
        "scope": scope,
        "people_url": f"{reverse('bureau_rate_people')}?{scope}",
        "day_and_metric": address(on=rate.as_of, metric=rate.metric.code),
        "reasons": _reasons(rate),
        "lacking": sum(line.lacking for line in rate.people),
        "snapshots": access.snapshots(by).filter(metric=rate.metric, region=rate.region).defer("evidence")[:VERSIONS],
        "may_freeze": by.role == Role.BUREAU_SUPERVISOR,
    }
    return render(request, "reports/bureau_rates.html", context)


def _regions(by: Membership) -> "QuerySet[Region]":
    """The city and districts one may choose from."""
    return registry_access.regions(by).filter(level__in=[Level.PROVINCE, Level.CITY, Level.DISTRICT])


def _rate(by: Membership, form: RegionRateFilter) -> HoldingRate:
    asked = wanted(form)
    region = form.cleaned_data.get("region") or access.region(by)
    return metrics.figure(asked.metric, on=asked.on, region=region)


def _reasons(rate: HoldingRate) -> list[tuple[Reason, object, int]]:
    """Why people don't count yet, the most frequent reason first."""
    counts: dict[Reason, int] = {}
    for line in rate.people:
        if line.lacking:
            counts[line.reason] = counts.get(line.reason, 0) + 1
    return [(reason, SENTENCES[reason], n) for reason, n in sorted(counts.items(), key=lambda pair: -pair[1])]


@only(*DESK)
@require_safe
def bureau_rate_people(request: HttpRequest) -> HttpResponse:
    """Everybody behind the rate of the region or of one institution, with the reason."""
    form = PeopleFilter(request.GET)
    rate, lines = people_behind(acting_of(request), form)
    context = page_of_people(request, rate, lines) | {"form": form, "dossier": "bureau_person"}
    context["back"] = f"{reverse('bureau_rates')}?{address(on=rate.as_of, metric=rate.metric.code)}"
    return render(request, "reports/rate_people.html", context)


@only(Role.BUREAU_SUPERVISOR)
@require_POST
def bureau_rate_freeze(request: HttpRequest) -> HttpResponse:
    """Keep the figure as it is reported."""
    by = acting_of(request)
    rate = _rate(by, RegionRateFilter(request.POST, regions=_regions(by)))
    frozen = freezing.freeze(by=by, rate=rate)
    if frozen.added:
        messages.success(request, _("The figure is frozen as version %(n)s.") % {"n": frozen.snapshot.version})
    else:
        messages.info(request, _("Nothing has changed since version %(n)s.") % {"n": frozen.snapshot.version})
    return redirect("bureau_rate_frozen", pk=frozen.snapshot.pk)


@only(*BUREAU, Role.PLATFORM_ADMIN)
@require_safe
def bureau_rate_frozen(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One figure as it was reported, and what a restated version changed."""
    snapshot = one(access.snapshots(acting_of(request)), pk=pk)
    before = freezing.previous(snapshot)
    changes = freezing.changes(before, snapshot) if before else []
    context = {
        "snapshot": snapshot,
        "shown": rules.shown(snapshot.numerator, snapshot.denominator),
        "before": before,
        "page": Paginator([(row, _said(row.before), _said(row.after)) for row in changes], PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "intact": freezing.sha256_of(snapshot.evidence) == snapshot.sha256,
    }
    return render(request, "reports/bureau_rate_frozen.html", context)


def _said(reason: str) -> str:
    """The sentence of a frozen reason; who wasn't there has none."""
    return str(SENTENCES[Reason(reason)]) if reason else _("Not on post")

"""The officer's desk: what waits for a decision, then the figures of the region."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lms.registry.access import BUREAU, acting_of, only
from lms.registry.models import Role
from reports import access, metrics
from reports.metrics import SiteRate
from reports.waiting import bureau_tasks

DESK = (*BUREAU, Role.PLATFORM_ADMIN)
#: Institutions named on the desk; the rest stand on the rate's own page.
NAMED = 5


@only(*DESK)
@require_safe
def bureau_home(request: HttpRequest) -> HttpResponse:
    """Today at a bureau: decisions that wait, the holding rate and the hours, who is furthest away."""
    by = acting_of(request)
    region = access.region(by)
    staff = metrics.Staff(on=timezone.localdate(), region=region)
    rate = metrics.holding_of(staff)
    behind = [site for site in furthest(rate.sites) if site.need]
    context = {
        "region": region,
        "tasks": bureau_tasks(by),
        "rate": rate,
        "hours": metrics.hours_of(staff),
        "behind": behind[:NAMED],
        "behind_count": len(behind),
    }
    return render(request, "reports/bureau_home.html", context)


def furthest(sites: list[SiteRate]) -> list[SiteRate]:
    """Most holders missing first; of those alike, the lower rate, then the name."""
    return sorted(
        sites,
        key=lambda site: (-(site.need or 0), site.fraction is None, site.fraction or 0, site.institution.name),
    )

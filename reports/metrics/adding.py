"""What every figure of staff has in common: where to look, whom to read, how to add up."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from lms.registry.models import Ban, Filing, Institution, Post, Region
from reports import rules
from reports.errors import refuse
from reports.metrics.figures import HoldingRate, Line, SiteRate
from reports.models import Metric, Target
from reports.rules import OUTSIDE, Reason, Verdict


def scope_of(region: Region | None, institution: Institution | None, path: str = "") -> Q:
    """A condition on institutions (or on `path`, which leads to one): one of them, or all of a region."""
    if institution is not None:
        return Q((f"{path}pk", institution.pk))
    if region is None:
        raise TypeError("a region or an institution is needed")
    return Q((f"{path}region__prefix__startswith", region.prefix))


def metric_of(code: str) -> Metric:
    metric = Metric.objects.filter(pk=code).first()
    if metric is None:
        raise refuse("metric_unknown")
    return metric


def institutions(region: Region | None, institution: Institution | None) -> dict[UUID, Institution]:
    rows = Institution.objects.filter(scope_of(region, institution)).select_related("region").order_by("name", "uscc")
    return {row.pk: row for row in rows}


def posts_on(on: date, region: Region | None, institution: Institution | None) -> "QuerySet[Post]":
    bans = Ban.objects.standing().filter(person=OuterRef("person"), confirmed_at__date__lte=on)
    posts = Post.objects.on(on).filter(scope_of(region, institution, "institution__"))
    return posts.annotate(barred=Exists(bans)).order_by("person__sort_key", "person__name", "pk")


def _targets(metric: Metric, prefixes: Iterable[str], year: int) -> dict[str, Target]:
    """Prefix → the published target of `year`, the nearest region's."""
    lineages = {prefix: Region(prefix=prefix).lineage for prefix in prefixes}
    rows = Target.objects.filter(
        metric=metric,
        year=year,
        published_at__isnull=False,
        region__prefix__in={above for lineage in lineages.values() for above in lineage},
    )
    own = {row.region.prefix: row for row in rows.select_related("region")}
    return {
        prefix: next(own[above] for above in lineage if above in own)
        for prefix, lineage in lineages.items()
        if any(above in own for above in lineage)
    }


def add_up(
    metric: Metric,
    on: date,
    sites: dict[UUID, Institution],
    lines: list[Line],
    *,
    over_all: bool = False,
    region: Region | None,
    institution: Institution | None,
) -> HoldingRate:
    """ΣN/ΣD, never a mean of rates: each person once at each place, and once in the whole."""
    at: dict[UUID, list[Line]] = defaultdict(list)
    for line in lines:
        at[line.institution.pk].append(line)
    prefixes = {site.region.prefix for site in sites.values()} | ({region.prefix} if region else set())
    targets = _targets(metric, prefixes, on.year)
    rates = [
        SiteRate(*_count(at[pk], over_all), targets.get(site.region.prefix), site, at[pk])
        for pk, site in sites.items()
        if at[pk] or site.filing != Filing.CLOSED
    ]
    whole = region.prefix if region else next((site.region.prefix for site in sites.values()), "")
    return HoldingRate(
        *_count(lines, over_all), targets.get(whole), metric, on, rates, region=region, institution=institution
    )


def _count(lines: Iterable[Line], over_all: bool) -> tuple[int, int, int]:
    """Numerator, denominator and D1 of these lines, a person at several places counted once."""
    verdicts: dict[UUID, list[Verdict]] = defaultdict(list)
    for line in lines:
        verdicts[line.person_id].append(line.verdict)
    reasons = [rules.merge(several).reason for several in verdicts.values()]
    holders = sum(reason in (Reason.HOLDS, Reason.REACHED) for reason in reasons)
    staff = sum(reason is not Reason.NOT_STAFF for reason in reasons)
    asked = sum(reason not in OUTSIDE for reason in reasons)
    return holders, staff if over_all else asked, staff

"""Everybody on post in a region or an institution on a day: read once, for any number of figures."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from certification.models import HoldingRule
from certification.policies import HoldingRules
from lms.registry.models import Ban, Filing, Institution, Post, Region
from reports import rules
from reports.errors import refuse
from reports.metrics.figures import HoldingRate, Line, SiteRate
from reports.models import Metric, Target
from reports.rules import OUTSIDE, Reason, Verdict


class OnPost(NamedTuple):
    """One person at one place, as a figure needs her."""

    post_id: UUID
    person_id: UUID
    name: str
    institution_id: UUID
    kind: str
    state: str
    health_expires_on: date | None
    no_crime_checked_on: date | None
    barred: bool


class Staff:
    """The people on post in one scope on one day, and the rules and targets that hold for them."""

    def __init__(self, *, on: date, region: Region | None = None, institution: Institution | None = None) -> None:
        self.on, self.region, self.institution = on, region, institution

    @cached_property
    def sites(self) -> dict[UUID, Institution]:
        if self.institution is not None:
            return {self.institution.pk: self.institution}
        rows = (
            Institution.objects.filter(scope_of(self.region, self.institution))
            .select_related("region")
            .order_by("name", "uscc")
        )
        return {row.pk: row for row in rows}

    @property
    def prefixes(self) -> set[str]:
        """Where the institutions lie."""
        return {site.region.prefix for site in self.sites.values()}

    @cached_property
    def posts(self) -> "QuerySet[Post]":
        """The posts of the day, by name; `barred` as of that day."""
        bans = Ban.objects.standing().filter(person=OuterRef("person"), confirmed_at__date__lte=self.on)
        posts = Post.objects.on(self.on).filter(scope_of(self.region, self.institution, "institution__"))
        return posts.annotate(barred=Exists(bans)).order_by("person__sort_key", "person__name", "pk")

    @property
    def people(self) -> "QuerySet[Post]":
        """The same as a subquery of person ids."""
        return self.posts.order_by().values("person_id")  # type: ignore[return-value]

    @cached_property
    def rows(self) -> list[OnPost]:
        columns = ("person__name" if name == "name" else name for name in OnPost._fields)
        columns = ("pk" if name == "post_id" else name for name in columns)
        return [OnPost(*row) for row in self.posts.values_list(*columns)]

    @cached_property
    def holding_rules(self) -> dict[str, dict[str, HoldingRule]]:
        """Region prefix → post kind → its rule that day."""
        found = HoldingRules(self.prefixes)
        return {prefix: found.at(prefix, self.on) for prefix in self.prefixes}

    def rule_of(self, row: OnPost) -> HoldingRule | None:
        """The rule for this post, or None where no rule speaks of its kind."""
        return self.holding_rules[self.sites[row.institution_id].region.prefix].get(row.kind)

    def metric(self, code: str) -> Metric:
        """The metric of this code; refuses `metric_unknown`."""
        if code not in self._metrics:
            raise refuse("metric_unknown")
        return self._metrics[code]

    def add_up(self, metric: Metric, lines: list[Line], *, over_all: bool = False) -> HoldingRate:
        """ΣN/ΣD, never a mean of rates: each person once at each place, and once in the whole."""
        at: dict[UUID, list[Line]] = defaultdict(list)
        for line in lines:
            at[line.institution.pk].append(line)
        sites = [
            SiteRate(*_count(at[pk], over_all), self._target(metric, site.region.prefix), site, at[pk])
            for pk, site in self.sites.items()
            if at[pk] or site.filing != Filing.CLOSED
        ]
        # An institution's own figure is held against the target of its region.
        whole = self.region or (self.institution.region if self.institution else None)
        return HoldingRate(
            *_count(lines, over_all),
            self._target(metric, whole.prefix) if whole else None,
            metric,
            self.on,
            sites,
            region=self.region,
            institution=self.institution,
        )

    @cached_property
    def _metrics(self) -> dict[str, Metric]:
        return Metric.objects.in_bulk()

    @cached_property
    def _targets(self) -> dict[tuple[str, str], Target]:
        """(metric, prefix) → the published target of the year."""
        prefixes = self.prefixes | ({self.region.prefix} if self.region else set())
        rows = Target.objects.filter(
            year=self.on.year,
            published_at__isnull=False,
            region__prefix__in={above for prefix in prefixes for above in Region(prefix=prefix).lineage},
        )
        return {(row.metric_id, row.region.prefix): row for row in rows.select_related("region")}

    def _target(self, metric: Metric, prefix: str) -> Target | None:
        """The nearest region's."""
        keys = ((metric.pk, above) for above in Region(prefix=prefix).lineage)
        return next((self._targets[key] for key in keys if key in self._targets), None)


def scope_of(region: Region | None, institution: Institution | None, path: str = "") -> Q:
    """A condition on institutions, or on what `path` leads from to one: one of them, or all of a region."""
    if institution is not None:
        return Q((f"{path}pk", institution.pk))
    if region is None:
        raise TypeError("a region or an institution is needed")
    return Q((f"{path}region__prefix__startswith", region.prefix))


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

"""Which published policy row holds where and when: the nearest region first, then the latest start."""

from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import or_

from django.db.models import Q

from certification.errors import PolicyMissing
from certification.models import CheckKind, CheckRule, ClassNorm, HoldingRule, TrainingStandard
from lms.registry.models import Region


def prefixes_above(prefix: str) -> list[str]:
    """`prefix` and those of everything above it up to the country, nearest first."""
    return Region(prefix=prefix).lineage


class Standards:
    """The published standards of some regions and of all above them (None: of all), fetched with one query.

    With a `draft` it is as if that were published already, in the place of whatever it would replace.
    """

    def __init__(self, prefixes: Iterable[str] | None, *, draft: TrainingStandard | None = None) -> None:
        self._at: dict[str, list[TrainingStandard]] = {}
        rows = TrainingStandard.objects.filter(published_at__isnull=False)
        if prefixes is not None:
            rows = rows.filter(region__prefix__in={above for prefix in prefixes for above in prefixes_above(prefix)})
        found = list(rows.select_related("region").order_by("-year_from"))
        if draft is not None:
            found = sorted([draft, *found], key=lambda row: -row.year_from)
        for row in found:
            self._at.setdefault(row.region.prefix, []).append(row)

    def at(self, prefix: str, year: int) -> TrainingStandard | None:
        """The standard of the region with `prefix` in `year`, or None where there is none up to the country."""
        for above in prefixes_above(prefix):
            for row in self._at.get(above, ()):
                if row.covers(year):
                    return row
        return None


class HoldingRules:
    """The published holding rules of some regions and of all above them (None: of all), with two queries."""

    def __init__(self, prefixes: Iterable[str] | None) -> None:
        self._at: dict[str, list[HoldingRule]] = {}
        rows = HoldingRule.objects.filter(published_at__isnull=False)
        if prefixes is not None:
            wanted = {above for prefix in prefixes for above in prefixes_above(prefix)}
            rows = rows.filter(region__prefix__in=wanted)
        for row in rows.select_related("region").prefetch_related("kinds").order_by("-valid_from"):
            self._at.setdefault(row.region.prefix, []).append(row)

    def at(self, prefix: str, day: date) -> dict[str, HoldingRule]:
        """Post kind → its rule on `day`; a kind of post that no rule speaks of is missing."""
        found: dict[str, HoldingRule] = {}
        for above in prefixes_above(prefix):
            nearest: dict[str, HoldingRule] = {}
            for row in self._at.get(above, ()):
                if row.valid_from <= day:
                    nearest.setdefault(row.post, row)
            found = nearest | found
        return found


class Uncounted:
    """Kinds of post that are not counted among staff, by the holding rules of some regions and of all above them
    (None: of all); one query, where `HoldingRules` also fetches certificates.
    """

    def __init__(self, prefixes: Iterable[str] | None) -> None:
        self._at: dict[tuple[str, str], list[tuple[date, bool]]] = {}
        rows = HoldingRule.objects.filter(published_at__isnull=False)
        if prefixes is not None:
            wanted = {above for prefix in prefixes for above in prefixes_above(prefix)}
            rows = rows.filter(region__prefix__in=wanted)
        ordered = rows.order_by("-valid_from").values_list("region__prefix", "post", "valid_from", "counted")
        for prefix, post, start, counted in ordered:
            self._at.setdefault((prefix, post), []).append((start, counted))

    def at(self, prefix: str, post: str, day: date) -> bool:
        """Whether the rule that holds there on `day` leaves this kind of post out; no rule leaves nothing out."""
        for above in prefixes_above(prefix):
            for start, counted in self._at.get((above, post), ()):
                if start <= day:
                    return not counted
        return False


class CheckRules:
    """Which checks posts need in some regions, with the rule behind each; fetched with three queries."""

    def __init__(self, prefixes: Iterable[str]) -> None:
        wanted = {above for prefix in prefixes for above in prefixes_above(prefix)}
        self._holding = HoldingRules(wanted)
        self._at: dict[str, list[CheckRule]] = {}
        rows = CheckRule.objects.filter(published_at__isnull=False, region__prefix__in=wanted)
        for row in rows.select_related("region").order_by("-valid_from"):
            self._at.setdefault(row.region.prefix, []).append(row)

    def needed(self, prefix: str, post: str, day: date) -> list[CheckRule]:
        """The rules a post there must meet on `day`, in the order of `CheckKind`.

        Per check the nearest region's newest rule speaks; a qualification is asked for only where the holding
        rule of the post asks for a certificate.
        """
        nearest: dict[str, CheckRule] = {}
        for above in prefixes_above(prefix):
            for row in self._at.get(above, ()):
                if row.valid_from <= day:
                    nearest.setdefault(row.kind, row)
        holding = self._holding.at(prefix, day).get(post)
        if holding is None or not holding.required:
            nearest.pop(CheckKind.QUALIFICATION, None)
        order = CheckKind.values.index
        asked = (row for row in nearest.values() if not row.posts or post in row.posts)
        return sorted(asked, key=lambda row: order(row.kind))

    def fitting(self, prefix: str, post: str, day: date) -> frozenset[str]:
        """Codes of the kinds of certificate that fit the post there on `day`."""
        holding = self._holding.at(prefix, day).get(post)
        return frozenset(kind.pk for kind in holding.kinds.all()) if holding else frozenset()


class ClassNorms:
    """The published norms of classes of some regions and of all above them, fetched with one query."""

    def __init__(self, prefixes: Iterable[str]) -> None:
        wanted = {above for prefix in prefixes for above in prefixes_above(prefix)}
        self._at: dict[str, list[ClassNorm]] = {}
        rows = ClassNorm.objects.filter(published_at__isnull=False, region__prefix__in=wanted)
        for row in rows.select_related("region").order_by("-valid_from"):
            self._at.setdefault(row.region.prefix, []).append(row)

    def at(self, prefix: str, day: date) -> dict[str, ClassNorm]:
        """Type of class → the nearest region's latest norm on `day`; a type without a norm is missing."""
        found: dict[str, ClassNorm] = {}
        for above in prefixes_above(prefix):
            nearest: dict[str, ClassNorm] = {}
            for row in self._at.get(above, ()):
                if row.valid_from <= day:
                    nearest.setdefault(row.kind, row)
            found = nearest | found
        return found


def standard_for(region: Region, year: int) -> TrainingStandard:
    """The standard that holds in `region` in `year`; PolicyMissing (region, year) where none does."""
    found = Standards([region.prefix]).at(region.prefix, year)
    if found is None:
        raise PolicyMissing(region=region.code, year=year)
    return found


def with_standard(year: int, path: str, *, kind: str = "") -> Q | None:
    """A condition on the region's prefix at `path`: some standard, of this `kind` of year if one is given, holds
    there in `year`. None: nowhere.

    A region whose own standard has ended still has that of a region above it, so any row will do.
    """
    rows = TrainingStandard.objects.filter(Q(year_to__isnull=True) | Q(year_to__gte=year), year_from__lte=year)
    rows = rows.filter(published_at__isnull=False, **({"year_kind": kind} if kind else {}))
    prefixes = set(rows.values_list("region__prefix", flat=True))
    return reduce(or_, (Q((f"{path}__startswith", prefix)) for prefix in prefixes)) if prefixes else None

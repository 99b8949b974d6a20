"""Freezing figures as they are reported (domain formula 4): a late fact makes the next version, never an overwrite."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from lms.registry import access as registry_access
from lms.registry import auditing
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Institution, Membership, Region, Role
from reports.errors import refuse
from reports.metrics import HoldingRate
from reports.models import RateSnapshot


@dataclass(frozen=True)
class Frozen:
    """The snapshot that stands, and whether this call added it."""

    snapshot: RateSnapshot
    added: bool


@dataclass(frozen=True)
class Change:
    """One person who counted otherwise in the version before; "" where she wasn't there."""

    person: str
    name: str
    institution: str
    before: str
    after: str


def freeze(*, by: Membership, rate: HoldingRate) -> Frozen:
    """Keep a figure with everybody behind it, under a hash.

    The same facts frozen again change nothing; other facts make version 2 beside version 1. Supervisors
    only (`not_allowed`), in their own region (`not_found`), and no day still to come (`day_ahead`).
    """
    if by.role != Role.BUREAU_SUPERVISOR:
        raise refuse_by_registry("not_allowed")
    if rate.as_of > timezone.localdate():
        raise refuse("day_ahead")
    evidence = evidence_of(rate)
    digest = sha256_of(evidence)
    with transaction.atomic():
        # The scope's row is the lock: of two who freeze at once, the second finds the first one's version.
        if rate.institution:
            scoped = registry_access.institutions(by).values("pk")
            registry_access.one(Institution.objects.select_for_update().filter(pk__in=scoped), pk=rate.institution.pk)
        else:
            code = rate.region.code if rate.region else ""
            inside = registry_access.regions(by).filter(code=code).values("pk")
            registry_access.one(Region.objects.select_for_update().filter(pk__in=inside))
        same = RateSnapshot.objects.filter(
            metric=rate.metric, region=rate.region, institution=rate.institution, as_of=rate.as_of
        )
        last = same.order_by("-version").first()
        if last is not None and last.sha256 == digest:
            return Frozen(last, added=False)
        snapshot = RateSnapshot.objects.create(
            metric=rate.metric,
            region=rate.region,
            institution=rate.institution,
            as_of=rate.as_of,
            version=(same.aggregate(last=Max("version"))["last"] or 0) + 1,
            numerator=rate.numerator,
            denominator=rate.denominator,
            evidence=evidence,
            rule_version=rate.rule_version,
            sha256=digest,
        )
        after = {"rate": f"{rate.numerator}/{rate.denominator}", "version": snapshot.version, "sha256": digest}
        auditing.record(by, "freeze_rate", snapshot, after=after)
    return Frozen(snapshot, added=True)


def evidence_of(rate: HoldingRate) -> dict[str, Any]:
    """All that the figure rests on, as plain JSON: codes and keys, no document numbers."""
    return {
        "metric": rate.metric.code,
        "rule_version": rate.rule_version,
        "as_of": rate.as_of.isoformat(),
        "scope": rate.institution.uscc if rate.institution else rate.region.code if rate.region else "",
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "d1": rate.d1,
        "target": rate.target.code if rate.target else "",
        "people": sorted(
            (
                {
                    "person": str(line.person_id),
                    "name": line.name,
                    "institution": line.institution.uscc,
                    "post": line.post,
                    "rule": line.rule.code if line.rule else "",
                    "reason": line.reason.value,
                    "certificate": line.claim.kind if line.claim else "",
                }
                for line in rate.people
            ),
            key=lambda row: (row["institution"], row["person"], row["post"]),
        ),
    }


def sha256_of(evidence: dict[str, Any]) -> str:
    """Of the canonical JSON, so that a copy proves itself anywhere."""
    canonical = json.dumps(evidence, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def previous(snapshot: RateSnapshot) -> RateSnapshot | None:
    """The version that this one restates, or None for the first."""
    return RateSnapshot.objects.filter(
        metric=snapshot.metric_id,
        region=snapshot.region_id,
        institution=snapshot.institution_id,
        as_of=snapshot.as_of,
        version=snapshot.version - 1,
    ).first()


def changes(before: RateSnapshot, after: RateSnapshot) -> list[Change]:
    """Who counts otherwise in `after` than in `before`, by institution and name."""
    old, new = _by_place(before), _by_place(after)
    found = []
    for place in old.keys() | new.keys():
        was, now = old.get(place, {}), new.get(place, {})
        if was.get("reason") != now.get("reason"):
            row = now or was
            found.append(
                Change(row["person"], row["name"], row["institution"], was.get("reason", ""), now.get("reason", ""))
            )
    return sorted(found, key=lambda change: (change.institution, change.name, change.person))


def _by_place(snapshot: RateSnapshot) -> dict[tuple[str, str], dict[str, str]]:
    return {(row["person"], row["institution"]): row for row in snapshot.evidence["people"]}

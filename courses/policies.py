"""Which published rule of attendance or detection holds where and when: the nearest region first, then the newest."""

from datetime import date
from typing import TypeVar

from django.db.models import QuerySet

from courses.errors import refuse
from courses.models import AttendanceRule, DetectorRule
from lms.registry.models import Region

R = TypeVar("R", AttendanceRule, DetectorRule)


def attendance_rule_for(region: Region, day: date) -> AttendanceRule:
    """What being late means in `region` on `day`, and how scanning works there. Refuses `policy_missing`."""
    rows = list(_around(AttendanceRule.objects.all(), region, day))
    if not rows:
        raise refuse("policy_missing", region=region.code, day=day.isoformat())
    return max(rows, key=_nearness)


def detector_rules_for(region: Region, day: date) -> dict[str, DetectorRule]:
    """Pattern → the rule that holds in `region` on `day`; a pattern nobody published a rule for is missing."""
    found: dict[str, DetectorRule] = {}
    for row in sorted(_around(DetectorRule.objects.all(), region, day), key=_nearness, reverse=True):
        found.setdefault(row.pattern, row)
    return found


def _around(rows: "QuerySet[R]", region: Region, day: date) -> "QuerySet[R]":
    return rows.select_related("region").filter(
        published_at__isnull=False, region__prefix__in=region.lineage, valid_from__lte=day
    )


def _nearness(row: AttendanceRule | DetectorRule) -> tuple[int, date]:
    return len(row.region.prefix), row.valid_from

"""Fetch and authorise this room's rows in one step: see lms.registry.access."""

from django.db.models import Q, QuerySet

from lms.registry import access
from lms.registry.access import BUREAU
from lms.registry.errors import refuse
from lms.registry.models import Institution, Membership, Purpose, Region, Role
from reports.models import Duty, DutyAct, HoursReminder, RateSnapshot, RatingRound


def region(by: Membership, code: str = "") -> Region:
    """The region a bureau looks at: its own, all of China for the platform, or `code` inside of it."""
    rows = access.regions(by)
    if code:
        return access.one(rows, code=code)
    return by.region or access.one(rows, prefix="")


def institution(by: Membership, uscc: str = "") -> Institution:
    """One institution by its credit code, or a manager's own."""
    if by.role == Role.INSTITUTION_MANAGER and not uscc:
        return access.one(access.institutions(by))
    return access.one(access.institutions(by), uscc=uscc)


def scope(by: Membership, *, region_code: str = "", uscc: str = "") -> tuple[Region | None, Institution | None]:
    """What a figure is asked for: an institution when named or one's own, else a region."""
    if by.role == Role.INSTITUTION_MANAGER or uscc:
        return None, institution(by, uscc)
    if by.role in (*BUREAU, Role.PLATFORM_ADMIN):
        return region(by, region_code), None
    raise refuse("not_found")


def snapshots(by: Membership) -> "QuerySet[RateSnapshot]":
    """Frozen figures of the regions and institutions of a bureau."""
    rows = RateSnapshot.objects.select_related("metric", "region", "institution__region")
    if by.role == Role.PLATFORM_ADMIN:
        return rows
    if by.role in BUREAU and by.region:
        inside = Q(region__prefix__startswith=by.region.prefix)
        return rows.filter(inside | Q(institution__region__prefix__startswith=by.region.prefix))
    return rows.none()


def rounds(by: Membership) -> "QuerySet[RatingRound]":
    """Rating rounds over a bureau's region or a part of it."""
    rows = RatingRound.objects.select_related("scheme", "region")
    if by.role in BUREAU and by.region:
        return rows.filter(region__prefix__startswith=by.region.prefix)
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()


def duties(by: Membership) -> "QuerySet[Duty]":
    """Bureau: published duties of its region, those below and those its institutions owe. Manager: her own's."""
    rows = Duty.objects.filter(published_at__isnull=False).select_related("region")
    if by.role == Role.PLATFORM_ADMIN:
        return rows
    owed = Q(per=Duty.Per.INSTITUTION)
    if by.role in BUREAU and by.region:
        above = owed & Q(region__prefix__in=by.region.lineage)
        return rows.filter(Q(region__prefix__startswith=by.region.prefix) | above)
    if by.role == Role.INSTITUTION_MANAGER and by.institution:
        return rows.filter(owed, region__prefix__in=by.institution.region.lineage)
    return rows.none()


def readable_files(by: Membership) -> Q:
    """Evidence of duties, for whoever sees the duty and, where it is one's, the institution."""
    acts = DutyAct.objects.filter(duty__in=duties(by).values("pk"), evidence__isnull=False)
    here = Q(institution__isnull=True) | Q(institution__in=access.institutions(by).values("pk"))
    return Q(purpose=Purpose.EVIDENCE, pk__in=acts.filter(here).values("evidence_id"))


def reminders(by: Membership) -> "QuerySet[HoursReminder]":
    """Reminders of hours of a bureau's region and of all below it, and those from above that reach it."""
    rows = HoursReminder.objects.select_related("region", "set_by", "ended_by")
    if by.role in BUREAU and by.region:
        return rows.filter(Q(region__prefix__startswith=by.region.prefix) | Q(region__prefix__in=by.region.lineage))
    return rows if by.role == Role.PLATFORM_ADMIN else rows.none()

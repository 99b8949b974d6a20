"""Fetch and authorise this room's rows in one step: see lms.registry.access."""

from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from certification.models import (
    OPEN_ENTRY,
    Assessment,
    Certificate,
    EntryCheck,
    EntryReview,
    Qualification,
    TrainingStandard,
)
from lms.registry import access
from lms.registry.access import BUREAU
from lms.registry.errors import refuse
from lms.registry.models import Membership, Post, Region, Role, User

R = TypeVar("R", bound=Model)


def certificates(by: Membership) -> "QuerySet[Certificate]":
    """One's own. Bureau: those it issued and those of people on post there. Manager: of her staff of today."""
    rows = Certificate.objects.select_related("kind", "region", "person", "revocation", "superseded_by")
    if access.everywhere(by):
        return rows
    reach = _own(by)
    if by.role in BUREAU and by.region:
        reach |= Q(region__prefix__startswith=by.region.prefix) | Q(person__in=_staff(by))
    elif by.role == Role.INSTITUTION_MANAGER:
        reach |= Q(person__in=_staff(by))
    return rows.filter(reach)


def qualifications(by: Membership) -> "QuerySet[Qualification]":
    """One's own; bureau and manager: of the people on post in their scope, or about to come on one. The bureau of the
    whole country: all."""
    rows = Qualification.objects.select_related("kind", "counts_as", "person", "verified_by", "scan")
    if access.everywhere(by):
        return rows
    if by.role not in (*BUREAU, Role.INSTITUTION_MANAGER):
        return rows.filter(_own(by))
    coming = entries(by).filter(state__in=OPEN_ENTRY).order_by().values("person_id")
    oneself = User.objects.filter(pk=by.user_id, person__isnull=False).order_by().values("person_id")
    staff = _staff(by).order_by()
    if by.region is not None and len(by.region.prefix) <= access.PROVINCE:
        # So many that certificates are rather held against the sets, one after another.
        return rows.filter(Q(person__in=staff) | Q(person__in=coming) | Q(person__in=oneself))
    return rows.filter(person__in=staff.union(coming, oneself))


def entries(by: Membership) -> "QuerySet[EntryReview]":
    """Entry reviews of the institutions a bureau or a manager may see; nobody else has any."""
    rows = EntryReview.objects.select_related("person", "institution__region", "opened_by", "decided_by", "post")
    return _of_institutions(by, rows)


def checks(by: Membership) -> "QuerySet[EntryCheck]":
    """Checks made by the institutions a bureau or a manager may see; nobody else reads any."""
    return _of_institutions(by, EntryCheck.objects.select_related("person", "institution", "evidence", "recorded_by"))


def readable_files(by: Membership) -> Q:
    """Scans and evidence of this room that one may download: those of the rows one may see."""
    own = Q(pk__in=qualifications(by).filter(scan__isnull=False).values("scan_id"))
    return own | Q(pk__in=checks(by).filter(evidence__isnull=False).values("evidence_id"))


def assessments(by: Membership) -> "QuerySet[Assessment]":
    """One's own; bureau and manager: of the people on post in their scope."""
    rows = Assessment.objects.select_related("person", "standard", "region")
    return rows if by.role == Role.PLATFORM_ADMIN else rows.filter(_of_staff(by))


def standards(by: Membership) -> "QuerySet[TrainingStandard]":
    """Bureaus: standards of their regions, drafts too. Nobody else drafts any."""
    rows = TrainingStandard.objects.select_related("region", "drafted_by", "published_by")
    return rows.filter(region__prefix__startswith=by.region.prefix) if by.role in BUREAU and by.region else rows.none()


def refuse_unless_bureau_of(by: Membership, region: Region) -> None:
    """`not_allowed` for other roles than a bureau's, `not_found` for a bureau of somewhere else."""
    if by.role not in BUREAU or by.region is None:
        raise refuse("not_allowed")
    if not region.prefix.startswith(by.region.prefix):
        raise refuse("not_found")


def _of_institutions(by: Membership, rows: "QuerySet[R]") -> "QuerySet[R]":
    if by.role not in (*BUREAU, Role.INSTITUTION_MANAGER, Role.PLATFORM_ADMIN):
        return rows.none()
    return rows.filter(institution__in=access.institutions(by).values("pk"))


def _own(by: Membership) -> Q:
    return Q(person=by.user.person_id) if by.user.person_id else Q(pk__in=[])


def _staff(by: Membership) -> "QuerySet[Post, dict[str, Any]]":
    return access.posts(by).on(timezone.localdate()).values("person_id")  # type: ignore[attr-defined]


def _of_staff(by: Membership) -> Q:
    works_there = by.role in (*BUREAU, Role.INSTITUTION_MANAGER)
    return _own(by) | Q(person__in=_staff(by)) if works_there else _own(by)

"""What waits for somebody today: the first thing a desk shows."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from certification.access import entries, qualifications
from lms.registry import access, deduplicating, erasing, prechecking
from lms.registry.models import Ban, Membership, Region
from reports.metrics.staff import OnPost, Staff
from reports.models import VetoFinding
from reports.rules import year_after, year_before

#: How long before its end a paper is announced, in days.
SOON = timedelta(days=30)


@dataclass(frozen=True)
class BureauTasks:
    """Counts of what a bureau has to decide."""

    bans_proposed: int
    annulments_proposed: int
    barred_on_post: int
    qualifications: int
    rosters: int
    vetoes: int
    #: Entry reviews that institutions submitted.
    entries: int
    #: Checks before hiring that met a near match.
    queries: int
    duplicates: int
    corrections: int
    erasures: int

    @property
    def any(self) -> bool:
        return any(vars(self).values())


class Paper(models.TextChoices):
    """What of somebody's papers needs attention."""

    BARRED = "barred", _("Barred and still on post: end the post today.")
    HEALTH_MISSING = "health_missing", _("No health certificate on record.")
    HEALTH_EXPIRED = "health_expired", _("The health certificate has expired.")
    HEALTH_SOON = "health_soon", _("The health certificate expires soon.")
    CHECK_MISSING = "check_missing", _("No no-crime check on record.")
    CHECK_OVERDUE = "check_overdue", _("The last no-crime check is more than a year old.")
    CHECK_SOON = "check_soon", _("The yearly no-crime check is due soon.")

    @property
    def overdue(self) -> bool:
        return not self.value.endswith("_soon")


@dataclass(frozen=True)
class Due:
    """One paper of one person; `day` is when it ends or is due again, None when there is none."""

    row: OnPost
    paper: Paper
    day: date | None


def bureau_tasks(by: Membership) -> BureauTasks:
    """All counts of one desk in one query."""
    bans = access.bans(by)
    on_post = access.posts(by).filter(ended_on__isnull=True)
    counted: dict[str, QuerySet[Any]] = {
        "bans_proposed": bans.filter(confirmed_at__isnull=True, rejected_at__isnull=True),
        "annulments_proposed": bans.filter(annulment_proposed_at__isnull=False, annulled_at__isnull=True),
        "barred_on_post": on_post.filter(person__in=Ban.objects.standing().values("person_id")),
        "qualifications": qualifications(by).filter(state="unverified"),
        "rosters": access.rosters(by).filter(job_id__isnull=True),
        "vetoes": VetoFinding.objects.filter(
            institution__in=access.institutions(by).values("pk"), decided_at__isnull=True, dismissed_by__isnull=True
        ),
        "entries": entries(by).filter(state="submitted"),
        "queries": prechecking.queries(by).filter(prechecking.WAITING),
        "duplicates": deduplicating.waiting(deduplicating.queue(by)),
        "corrections": access.corrections(by).filter(state="open"),
        "erasures": erasing.proposals(by).filter(decided_at__isnull=True),
    }
    subqueries = {name: Subquery(_count(rows)) for name, rows in counted.items()}
    row = Region.objects.filter(prefix="").annotate(
        **{f"n_{name}": Coalesce(subquery, Value(0)) for name, subquery in subqueries.items()}
    )
    values = row.values(*(f"n_{name}" for name in counted)).get()
    return BureauTasks(**{name: values[f"n_{name}"] for name in counted})


def due_papers(staff: Staff) -> list[Due]:
    """The papers of everybody on post that are missing, over or soon due; the most pressing first."""
    found = []
    for row in staff.rows:
        if row.barred:
            found.append(Due(row, Paper.BARRED, None))
        if paper := _health(row.health_expires_on, staff.on):
            found.append(Due(row, paper, row.health_expires_on))
        if paper := _check(row.no_crime_checked_on, staff.on):
            due = year_after(row.no_crime_checked_on) if row.no_crime_checked_on else None
            found.append(Due(row, paper, due))
    order = list(Paper)
    return sorted(found, key=lambda due: (not due.paper.overdue, order.index(due.paper), due.day or date.min))


def _health(expires_on: date | None, today: date) -> Paper | None:
    if expires_on is None:
        return Paper.HEALTH_MISSING
    if expires_on < today:
        return Paper.HEALTH_EXPIRED
    return Paper.HEALTH_SOON if expires_on < today + SOON else None


def _check(checked_on: date | None, today: date) -> Paper | None:
    if checked_on is None:
        return Paper.CHECK_MISSING
    if checked_on < year_before(today):
        return Paper.CHECK_OVERDUE
    return Paper.CHECK_SOON if checked_on < year_before(today + SOON) else None


def _count(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """The number of rows as a subquery."""
    return rows.order_by().annotate(whole=Value(1)).values("whole").annotate(n=Count("pk", distinct=True)).values("n")

"""What lies ahead: the sessions still to come, what each gives, and which runs give somebody what she lacks."""

import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from courses import rules
from courses.models import CourseKind, CourseRun, RunState, Session


@dataclass(frozen=True)
class Offer:
    """A run with places left; `minutes` per bucket is what its sessions ahead give somebody who attends them all."""

    run: CourseRun
    begins: datetime
    free: int
    minutes: dict[str, int]


def sessions_ahead() -> "QuerySet[Session]":
    """Sessions still to come that move a training year: not cancelled, and not of a pre-service run."""
    rows = Session.objects.filter(starts_at__gt=timezone.now(), cancelled_at__isnull=True)
    rows = rows.filter(run__state__in=(RunState.PLANNED, RunState.OPEN))
    return rows.exclude(run__course__kind=CourseKind.PRE_SERVICE)


def minutes_of(session: Session) -> dict[str, int]:
    """Whole minutes per bucket for somebody who is there from beginning to end; asks for the session's shares."""
    shares = list(session.shares.all())
    if not shares:
        return {session.bucket: session.net_minutes}
    found: dict[str, int] = defaultdict(int)
    for share, minutes in zip(shares, rules.split(session.net_minutes, [row.parts for row in shares]), strict=True):
        found[share.bucket] += minutes
    return dict(found)


def offers(runs: "QuerySet[CourseRun]", *, buckets: Collection[str], limit: int) -> list[Offer]:
    """Of the runs one may enrol in, those with free places that give hours of one of `buckets`.

    What goes on soonest comes first. Three queries, however many runs there are.
    """
    gives = Q(bucket__in=buckets, shares__isnull=True) | Q(shares__bucket__in=buckets)
    rows: QuerySet[Any] = runs.filter(Exists(sessions_ahead().filter(gives, run=OuterRef("pk"))))
    still = Q(sessions__starts_at__gt=timezone.now(), sessions__cancelled_at__isnull=True)
    rows = rows.with_places().annotate(begins=Min("sessions__starts_at", filter=still))  # type: ignore[attr-defined]
    found = list(rows.filter(taken__lt=F("capacity")).order_by("begins", "code")[:limit])
    minutes: dict[uuid.UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for session in sessions_ahead().filter(run__in=found).prefetch_related("shares"):
        for bucket, own in minutes_of(session).items():
            minutes[session.run_id][bucket] += own
    return [Offer(run, run.begins, run.capacity - run.taken, dict(minutes[run.pk])) for run in found]

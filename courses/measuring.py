"""A centre's year in figures; each counts rows that its pages list."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.db.models.functions import ExtractMonth
from django.utils import timezone

from courses import rules
from courses.browsing import upcoming
from courses.models import Bucket, CourseRun, HourEntry, RunState, Session
from courses.rules import Participation


@dataclass(frozen=True)
class Figures:
    """What runs come to together; cancelled ones are only counted."""

    runs: int
    cancelled: int
    seats: int
    taken: int
    participation: Participation

    @property
    def use(self) -> Fraction | None:
        """The share of seats that were taken; None where there were none."""
        return Fraction(self.taken, self.seats) if self.seats else None


@dataclass(frozen=True)
class Month:
    """Minutes credited for one month's sessions, by kind of hours."""

    first: date
    skill: int
    ethics: int


def runs_of_year(runs: "QuerySet[CourseRun]", year: int) -> "QuerySet[Any]":
    """Runs that meet in this year, with `taken`, `begins` and `ends`, the first to begin first."""
    first, next_first = (timezone.make_aware(datetime.combine(date(y, 1, 1), time(0))) for y in (year, year + 1))
    meeting = Session.objects.filter(starts_at__gte=first, starts_at__lt=next_first).values("run_id")
    return upcoming(runs.filter(pk__in=meeting))


def participations(runs: Iterable[Any]) -> dict[UUID, Participation]:
    """Per run how many of the people expected were there, of what is planned and of what was held so far."""
    now = timezone.now()
    per_run: dict[UUID, list[tuple[int, bool, int]]] = defaultdict(list)
    sessions = Session.objects.filter(run__in=[run.pk for run in runs], cancelled_at__isnull=True)
    counted: QuerySet[Any] = sessions.with_counts()
    for session in counted:
        per_run[session.run_id].append((session.expected, session.ends_at <= now, session.there))
    return {run.pk: rules.participation(per_run[run.pk]) for run in runs}


def figures(runs: Iterable[Any], taking_part: dict[UUID, Participation]) -> Figures:
    """The runs of `runs_of_year` with their `participations`, summed."""
    runs = list(runs)
    held = [run for run in runs if run.state != RunState.CANCELLED]
    parts = [taking_part[run.pk] for run in held]
    return Figures(
        runs=len(held),
        cancelled=len(runs) - len(held),
        seats=sum(run.capacity for run in held),
        taken=sum(run.taken for run in held),
        participation=Participation(
            attended=sum(part.attended for part in parts),
            held=sum(part.held for part in parts),
            planned=sum(part.planned for part in parts),
        ),
    )


def hours_by_month(runs: "QuerySet[CourseRun]", year: int) -> list[Month]:
    """The minutes these runs gave in each month of a year, reversals taken off."""
    given = (
        HourEntry.objects.filter(session__run__in=runs.order_by().values("pk"), year=year)
        .annotate(month=ExtractMonth("day"))
        .values("month", "bucket")
        .annotate(total=Sum("minutes"))
        .order_by()
    )
    sums = {(row["month"], row["bucket"]): row["total"] for row in given}
    return [
        Month(date(year, month, 1), sums.get((month, Bucket.SKILL), 0), sums.get((month, Bucket.ETHICS), 0))
        for month in range(1, 13)
    ]

"""How many seats the missing hours ask for, district by district and month by month, and how many are offered."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from django.utils import timezone

from courses.models import Bucket, CourseRun, RunState, Session
from courses.suggesting import minutes_of, sessions_ahead
from lms.registry.models import Region
from reports import rules
from reports.metrics.outlook import Outlook

#: Leading digits of a region's prefix that name its district.
DISTRICT = 6
#: The sessions whose length is taken for usual: those held in so many days, the latest so many of them.
LOOK_BACK, MOST = timedelta(days=365), 2000
#: Minutes of a session where none was held yet: a half day.
HALF_DAY = 180


@dataclass(frozen=True)
class Month:
    """Seats of one month: how many are needed, and how many are free in sessions already planned."""

    first: date
    needed: int
    free: int

    @property
    def short(self) -> int:
        return max(0, self.needed - self.free)


@dataclass(frozen=True)
class District:
    """What the people on post in one district still need after all they are booked for."""

    region: Region
    people: int
    minutes: Mapping[str, int]
    seats: Mapping[str, int]
    months: list[Month]

    @property
    def total(self) -> int:
        return sum(self.seats.values())


def seats_needed(rows: Iterable[Outlook], region: Region, today: date) -> list[District]:
    """The districts of `region` with hours that nobody is booked for, those that need most first.

    A seat is one person in one session of the usual length there. What is needed is spread evenly over the
    months to the end of the year, this one among them. Four queries, whatever the size.
    """
    people: Counter[str] = Counter()
    minutes: dict[str, Counter[str]] = defaultdict(Counter)
    ends: dict[str, date] = {}
    for row in rows:
        lacking = {bucket: pace.unbooked for bucket, pace in row.paces.items() if pace.unbooked}
        if lacking and not row.reached:
            district = row.place.prefix[:DISTRICT]
            people[district] += 1
            minutes[district].update(lacking)
            ends[district] = max(ends.get(district, date.min), row.year.end)
    usual, free = usual_minutes(region), free_places(region)
    regions = {row.prefix: row for row in Region.objects.filter(prefix__in=list(people))}
    found = []
    for prefix, count in people.items():
        seats = {bucket: rules.seats(minutes[prefix][bucket], usual[bucket]) for bucket in Bucket.values}
        months = months_until(today, ends[prefix])
        needed = rules.spread(sum(seats.values()), len(months))
        found.append(
            District(
                regions[prefix],
                count,
                minutes[prefix],
                seats,
                [Month(first, n, free[prefix, first]) for first, n in zip(months, needed, strict=True)],
            )
        )
    return sorted(found, key=lambda row: (-row.total, row.region.prefix))


def months_until(today: date, end: date) -> list[date]:
    """The first days of the months from today's to the one in which the year ends (`end` is the day after it)."""
    months, first = [], today.replace(day=1)
    while first < end:
        months.append(first)
        first = (first + timedelta(days=32)).replace(day=1)
    return months


def usual_minutes(region: Region) -> dict[str, Fraction]:
    """The mean length of the last year's sessions of each bucket in the region, exact."""
    now = timezone.now()
    held = Session.objects.filter(
        run__region__prefix__startswith=region.prefix, starts_at__gt=now - LOOK_BACK, starts_at__lte=now
    )
    given: dict[str, list[int]] = defaultdict(list)
    for session in held.filter(cancelled_at__isnull=True).prefetch_related("shares").order_by("-starts_at")[:MOST]:
        for bucket, minutes in minutes_of(session).items():
            given[bucket].append(minutes)
    means = {bucket: Fraction(sum(every), len(every)) for bucket, every in given.items() if sum(every)}
    return {bucket: means.get(bucket, Fraction(HALF_DAY)) for bucket in Bucket.values}


def free_places(region: Region) -> Counter[tuple[str, date]]:
    """(district, first of the month) → seats left in the sessions ahead of runs open there."""
    sessions = sessions_ahead().filter(run__state=RunState.OPEN, run__region__prefix__startswith=region.prefix)
    ahead = list(sessions.values_list("run_id", "run__region__prefix", "starts_at"))
    runs = CourseRun.objects.filter(pk__in={run for run, _prefix, _at in ahead}).with_places()
    left = {run.pk: run.capacity - run.taken for run in runs}  # type: ignore[attr-defined]
    free: Counter[tuple[str, date]] = Counter()
    for run, prefix, at in ahead:
        free[prefix[:DISTRICT], timezone.localdate(at).replace(day=1)] += max(0, left[run])
    return free

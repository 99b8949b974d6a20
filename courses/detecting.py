"""Looking for attendance that can't be, or hardly (domain §7): every finding goes to a human, none decides itself.

One function per pattern says what `DetectorRule.threshold` and `seconds` mean for it. What was found once keeps
its key and is never found again, whatever was decided on it. Run nightly over the last weeks, when asked, and
safe to repeat.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from courses import policies, rules
from courses.models import (
    NOT_THERE,
    Anomaly,
    Attendance,
    DetectorRule,
    Enrollment,
    EnrollmentState,
    HourEntry,
    Pattern,
    Scan,
    Session,
)
from courses.rules import Span
from lms.registry.models import ClassDuty, Leave, LeaveKind, Region

#: Days back that the nightly look covers: late marks and corrections come within weeks.
DAYS_BACK = 35
CHUNK = 500
#: Monday to Friday; on other days no class is in care.
WORKDAYS = range(5)
MINUTE = timedelta(minutes=1)
#: With fewer centres than this no one of them stands out.
FEWEST_CENTRES = 5


@dataclass(frozen=True)
class Window:
    """Sessions that begin on days [since, until) in a region, or everywhere."""

    since: date
    until: date
    region: Region | None = None
    _rules: dict[str, dict[str, DetectorRule]] = field(default_factory=dict)

    def sessions(self) -> "QuerySet[Session]":
        """Sessions held in the window."""
        rows = Session.objects.filter(
            starts_at__gte=rules.whole_day(self.since).starts,
            starts_at__lt=rules.whole_day(self.until).starts,
            cancelled_at__isnull=True,
        )
        if self.region is not None:
            rows = rows.filter(run__region__prefix__startswith=self.region.prefix)
        return rows.select_related("run__region", "run__centre")

    def presences(self) -> "QuerySet[Attendance]":
        """Who was there, falsified ones apart: those have been decided."""
        rows = Attendance.objects.filter(session__in=self.sessions().order_by().values("pk"))
        rows = rows.exclude(state__in=NOT_THERE).exclude(less=rules.FALSE)
        return rows.select_related("session__run__region", "session__run__centre")

    def rule(self, session: Session, pattern: Pattern) -> DetectorRule | None:
        """The rule for a pattern where this session is held; None: nobody wants it looked for."""
        region = session.run.region
        if region.prefix not in self._rules:
            self._rules[region.prefix] = policies.detector_rules_for(region, self.until)
        return self._rules[region.prefix].get(pattern)


def detect(*, since: date, until: date, region: Region | None = None) -> int:
    """Look for every pattern in sessions that begin on days [since, until); how many findings are new."""
    window = Window(since, until, region)
    new = 0
    for detector in DETECTORS:
        found = {row.key: row for row in detector(window)}
        known = set(Anomaly.objects.filter(key__in=list(found)).values_list("key", flat=True))
        fresh = [row for key, row in sorted(found.items()) if key not in known]
        Anomaly.objects.bulk_create(fresh, batch_size=CHUNK, ignore_conflicts=True)
        new += len(fresh)
    return new


def detect_lately() -> int:
    """The nightly look."""
    today = timezone.localdate()
    return detect(since=today - timedelta(days=DAYS_BACK), until=today + timedelta(days=1))


# --- One person -----------------------------------------------------------------------------


def two_places(window: Window) -> Iterator[Anomaly]:
    """One person at two sessions at once, for at least `threshold` minutes."""
    pairs = window.presences().filter(
        person__attendances__arrived_at__lt=F("left_at"),
        person__attendances__left_at__gt=F("arrived_at"),
        session__lt=F("person__attendances__session"),
    )
    keys = list(pairs.order_by().values_list("pk", "person__attendances__pk").distinct())
    rows = _by_key(key for pair in keys for key in pair)
    for one, other in keys:
        first, second = rows[one], rows[other]
        minutes = _shared(first, second) // MINUTE
        rule = window.rule(first.session, Pattern.TWO_PLACES)
        if rule and minutes >= rule.threshold:
            key = f"{first.session_id}:{second.session_id}:{first.person_id}"
            yield _anomaly(Pattern.TWO_PLACES, key, first.session, [first, second], first.person_id, minutes=minutes)


def on_leave(window: Window) -> Iterator[Anomaly]:
    """There on a day of maternity, sick or other leave; `threshold` days of leave at least, that day among them."""
    rows = list(window.presences().filter(person__posts__leaves__isnull=False).distinct())
    leaves: dict[UUID, list[Leave]] = defaultdict(list)
    taken = Leave.objects.exclude(kind=LeaveKind.SUSPENSION).filter(post__person__in={row.person_id for row in rows})
    for leave in taken.select_related("post"):
        leaves[leave.post.person_id].append(leave)
    for row in rows:
        day = rules.day_of(row.session.starts_at)
        rule = window.rule(row.session, Pattern.ON_LEAVE)
        for leave in leaves[row.person_id]:
            until = leave.ended_on or day + timedelta(days=1)
            if rule and leave.started_on <= day < until and (until - leave.started_on).days >= rule.threshold:
                facts = {"kind": leave.kind, "since": leave.started_on.isoformat()}
                yield _anomaly(Pattern.ON_LEAVE, str(row.pk), row.session, [row], row.person_id, **facts)
                break


def long_day(window: Window) -> Iterator[Anomaly]:
    """At least `threshold` credited minutes of one person on one day."""
    entries = HourEntry.objects.filter(day__gte=window.since, day__lt=window.until, session__isnull=False)
    totals = entries.values("person", "day").annotate(total=Sum("minutes")).filter(total__gt=0).order_by()
    least = min((row.threshold for row in DetectorRule.objects.filter(pattern=Pattern.LONG_DAY)), default=None)
    if least is None:
        return
    for total in totals.filter(total__gte=least):
        begins = rules.whole_day(total["day"])
        there = window.presences().filter(person=total["person"], arrived_at__lt=begins.ends, left_at__gt=begins.starts)
        rows = list(there.order_by("arrived_at"))
        rule = window.rule(rows[0].session, Pattern.LONG_DAY) if rows else None
        if rule and total["total"] >= rule.threshold:
            key, day = f"{total['person']}:{total['day']}", total["day"].isoformat()
            facts = {"minutes": total["total"], "day": day}
            yield _anomaly(Pattern.LONG_DAY, key, rows[0].session, rows, total["person"], **facts)


# --- Devices and places ---------------------------------------------------------------------


def far_away(window: Window) -> Iterator[Anomaly]:
    """Scanned in or out at least `threshold` metres from the room."""
    scans = Scan.objects.filter(session__in=window.sessions().order_by().values("pk"))
    placed = scans.filter(Q(came_place__isnull=False) | Q(left_place__isnull=False))
    for scan in placed.select_related("session__run__region", "session__run__centre").iterator(CHUNK):
        rule = window.rule(scan.session, Pattern.FAR_AWAY)
        metres = max((place.get("metres") or 0 for place in (scan.came_place, scan.left_place) if place), default=0)
        if rule and metres >= rule.threshold:
            rows = _there(scan.session, [scan.person_id])
            yield _anomaly(Pattern.FAR_AWAY, str(scan.pk), scan.session, rows, scan.person_id, metres=metres)


def shared_device(window: Window) -> Iterator[Anomaly]:
    """One phone that checked in at least `threshold` different people, at different sessions of the window."""
    scans = Scan.objects.filter(session__in=window.sessions().order_by().values("pk")).exclude(device="")
    shared = scans.values("device").annotate(n=Count("person", distinct=True)).filter(n__gte=2).order_by()
    groups: dict[str, list[Scan]] = defaultdict(list)
    rows = scans.filter(device__in=list(shared.values_list("device", flat=True)))
    for scan in rows.select_related("session__run__region", "session__run__centre").order_by("came_at"):
        groups[scan.device].append(scan)
    for device, used in groups.items():
        people = {scan.person_id for scan in used}
        last = used[-1]
        rule = window.rule(last.session, Pattern.SHARED_DEVICE)
        if rule and len(people) >= rule.threshold:
            rows_there = [row for scan in used for row in _there(scan.session, [scan.person_id])]
            key = f"{device[:16]}:{len(people)}:{min(map(str, people))}"
            yield _anomaly(
                Pattern.SHARED_DEVICE, key, last.session, rows_there, None, people=len(people), device=device[:8]
            )


def burst(window: Window) -> Iterator[Anomaly]:
    """At least `threshold` check-ins of a session within `seconds`."""
    times: dict[UUID, list[tuple[datetime, UUID]]] = defaultdict(list)
    scans = Scan.objects.filter(session__in=window.sessions().order_by().values("pk"), way=Scan.Way.CODE)
    for key, came, person in scans.order_by("came_at").values_list("session_id", "came_at", "person_id"):
        times[key].append((came, person))
    for session in window.sessions().filter(pk__in=times):
        rule, scanned = window.rule(session, Pattern.BURST), times[session.pk]
        if rule is None:
            continue
        within = timedelta(seconds=rule.seconds)
        for place, (first, _person) in enumerate(scanned[: len(scanned) - rule.threshold + 1]):
            together = [person for came, person in scanned[place:] if came - first <= within]
            if len(together) >= rule.threshold:
                rows = _there(session, together)
                facts = {"people": len(together), "seconds": rule.seconds, "at": first.isoformat()}
                yield _anomaly(Pattern.BURST, str(session.pk), session, rows, None, **facts)
                break


# --- A whole session ------------------------------------------------------------------------


def identical_times(window: Window) -> Iterator[Anomaly]:
    """At least `threshold` people, everybody enrolled, all there from the same minute to the same minute."""
    rows: dict[UUID, list[Attendance]] = defaultdict(list)
    for row in window.presences().order_by("person_id").iterator(CHUNK):
        rows[row.session_id].append(row)
    enrolled = _enrolled({row.session.run_id for there in rows.values() for row in there})
    for there in rows.values():
        session = there[0].session
        rule = window.rule(session, Pattern.IDENTICAL_TIMES)
        times = {(_minute(row.arrived_at), _minute(row.left_at)) for row in there}
        full = len(there) >= enrolled.get(session.run_id, 0)
        if rule and full and len(there) >= rule.threshold and len(times) == 1:
            yield _anomaly(Pattern.IDENTICAL_TIMES, str(session.pk), session, there, None, people=len(there))


def on_duty(window: Window) -> Iterator[Anomaly]:
    """Everybody who serves in a class, at least `threshold` people, away at training at the same moment of a workday:
    either nobody was with the children, or somebody wasn't there."""
    rows = [row for row in window.presences() if timezone.localtime(row.session.starts_at).weekday() in WORKDAYS]
    there: dict[UUID, list[Attendance]] = defaultdict(list)
    for row in rows:
        there[row.person_id].append(row)
    serving: dict[UUID, list[ClassDuty]] = defaultdict(list)
    groups = ClassDuty.objects.filter(post__person__in=there).values("group_id")
    for duty in ClassDuty.objects.filter(group_id__in=groups).select_related("post", "group"):
        serving[duty.group_id].append(duty)
    for group, duties in serving.items():
        for day in sorted(
            {rules.day_of(row.session.starts_at) for duty in duties for row in there[duty.post.person_id]}
        ):
            away = _all_away(duties, day, there)
            rule = window.rule(away[0].session, Pattern.ON_DUTY) if away else None
            if rule and len(away) >= rule.threshold:
                facts = {"group": duties[0].group.name, "day": day.isoformat(), "people": len(away)}
                yield _anomaly(Pattern.ON_DUTY, f"{group}:{day}", away[0].session, away, None, **facts)


def trainer_twice(window: Window) -> Iterator[Anomaly]:
    """One trainer in two sessions that meet for at least `threshold` minutes, also at two centres."""
    taught: dict[object, list[Session]] = defaultdict(list)
    for session in window.sessions().filter(trainer__isnull=False).select_related("trainer").order_by("starts_at"):
        assert session.trainer is not None
        taught[session.trainer.person_id or session.trainer.pk].append(session)
    for sessions in taught.values():
        for one, other in pairwise(sessions):
            minutes = (min(one.ends_at, other.ends_at) - other.starts_at) // MINUTE
            rule = window.rule(one, Pattern.TRAINER_TWICE)
            if rule and minutes >= rule.threshold:
                rows = list(window.presences().filter(session__in=[one, other]))
                facts = {"trainer": str(one.trainer), "minutes": minutes}
                yield _anomaly(Pattern.TRAINER_TWICE, f"{one.pk}:{other.pk}", other, rows, None, **facts)


# --- A whole centre -------------------------------------------------------------------------


def outlier(window: Window) -> Iterator[Anomaly]:
    """A centre whose share of flawless attendance lies `threshold` tenths of a robust deviation above the others.

    Flawless: everybody enrolled was there from beginning to end. Median and median absolute deviation over the
    centres of the window, so that one liar doesn't move the measure.
    """
    shares, last = _flawless(window)
    if len(shares) < FEWEST_CENTRES:
        return
    scores = rules.robust_scores(list(shares.values()))
    for (centre, share), score in zip(shares.items(), scores, strict=True):
        session = last[centre]
        rule = window.rule(session, Pattern.OUTLIER)
        if rule and score * 10 >= rule.threshold:
            month = f"{window.until:%Y-%m}"
            facts = {"per_cent": int(share * 100), "median": int(rules.median(list(shares.values())) * 100)}
            yield _anomaly(Pattern.OUTLIER, f"{centre}:{month}", session, [], None, **facts, whole_centre=True)


DETECTORS: tuple[Callable[[Window], Iterator[Anomaly]], ...] = (
    two_places,
    on_leave,
    long_day,
    far_away,
    shared_device,
    burst,
    identical_times,
    on_duty,
    trainer_twice,
    outlier,
)


def _flawless(window: Window) -> tuple[dict[UUID, Fraction], dict[UUID, Session]]:
    """Centre → share of its attendances that are flawless, and its last session; centres with any."""
    counts: dict[UUID, Counter[bool]] = defaultdict(Counter)
    last: dict[UUID, Session] = {}
    marks = Attendance.objects.filter(session__in=window.sessions().order_by().values("pk")).exclude(less=rules.FALSE)
    rows = marks.values_list("session__run__centre_id", "state").annotate(n=Count("pk")).order_by()
    for centre, state, number in rows:
        counts[centre][state == "present"] += number
    for session in window.sessions().filter(run__centre__in=counts).order_by("starts_at"):
        last[session.run.centre_id] = session
    return {centre: Fraction(n[True], n[True] + n[False]) for centre, n in sorted(counts.items())}, last


def _all_away(duties: list[ClassDuty], day: date, there: dict[UUID, list[Attendance]]) -> list[Attendance]:
    """Who serves on `day`, if all of them were away at one moment of it; else nobody."""
    people = {
        duty.post.person_id
        for duty in duties
        if duty.started_on <= day and (duty.ended_on is None or day < duty.ended_on)
    }
    away = [
        next((row for row in there[person] if rules.day_of(row.session.starts_at) == day), None) for person in people
    ]
    rows = [row for row in away if row is not None]
    if not people or len(rows) < len(people):
        return []
    begins, ends = max(_span(row).starts for row in rows), min(_span(row).ends for row in rows)
    return rows if begins < ends else []


def _anomaly(
    pattern: Pattern, key: str, session: Session, rows: Iterable[Attendance], person: UUID | None, **facts: Any
) -> Anomaly:
    evidence = {"facts": facts, "attendances": [str(row.pk) for row in rows]}
    return Anomaly(
        key=f"{pattern}:{key}",
        pattern=pattern,
        centre_id=session.run.centre_id,
        region_id=session.run.region_id,
        session=None if facts.get("whole_centre") else session,
        person_id=person,
        evidence=evidence,
    )


def _by_key(keys: Iterable[UUID]) -> dict[UUID, Attendance]:
    rows = Attendance.objects.filter(pk__in=set(keys)).select_related("session__run__region", "session__run__centre")
    return {row.pk: row for row in rows}


def _there(session: Session, people: Iterable[UUID]) -> list[Attendance]:
    return list(Attendance.objects.filter(session=session, person__in=list(people)).exclude(state__in=NOT_THERE))


def _enrolled(runs: set[UUID]) -> dict[UUID, int]:
    rows = Enrollment.objects.filter(run__in=runs).exclude(state=EnrollmentState.WITHDRAWN)
    return dict(rows.values_list("run_id").annotate(n=Count("pk")).order_by())


def _span(row: Attendance) -> Span:
    assert row.arrived_at is not None
    assert row.left_at is not None
    return Span(row.arrived_at, row.left_at)


def _shared(one: Attendance, other: Attendance) -> timedelta:
    return _span(one).within(_span(other)).length


def _minute(moment: datetime | None) -> datetime | None:
    return moment.replace(second=0, microsecond=0) if moment else None

"""What passes with a person of this room when two records of hers are merged: see lms.registry.merging."""

from typing import Any
from uuid import UUID

from django.db.models import Q, Sum
from django.utils import timezone

from courses import news
from courses.models import (
    Anomaly,
    Attendance,
    Bucket,
    Enrollment,
    EnrollmentState,
    Excuse,
    HourClaim,
    HourEntry,
    Scan,
    Source,
    Trainer,
    TrainingYear,
    WaitingPlace,
)
from courses.rules import Span
from lms.registry.merging import Aside, Belonging, Keys, Pair, Rows


def _places_of_both(pair: Pair, keys: Keys) -> Rows:
    runs = Enrollment.objects.filter(person=pair.kept).values("run_id")
    return Enrollment.objects.filter(person=pair.absorbed, run__in=runs)


def _second_places(pair: Pair) -> list[Aside]:
    """The absorbed record's place in a run where the kept one has one too is given back: nobody calls it up."""
    rows = _places_of_both(pair, {}).filter(state=EnrollmentState.ENROLLED)
    return [Aside(row, {"state": row.state}, {"state": EnrollmentState.WITHDRAWN.value}) for row in rows]


def _attended_by_both(pair: Pair, keys: Keys) -> Rows:
    """Presence the kept record is marked for too, or that met another session it was at."""
    marked = Attendance.objects.filter(person=pair.kept).values("session_id")
    twice = Q(session__in=marked) | Q(session__in=_sessions_counted_twice(pair))
    return Attendance.objects.filter(twice, person=pair.absorbed)


def _hours_of_both(pair: Pair, keys: Keys) -> Rows:
    """Minutes that count for the kept record already: at the same session, at one that met it, at the same time."""
    credited = HourEntry.objects.filter(person=pair.kept, session__isnull=False).values("session_id")
    twice = Q(session__in=credited) | Q(session__in=_sessions_counted_twice(pair)) | Q(item__in=_items_of_both(pair))
    return HourEntry.objects.filter(twice, person=pair.absorbed)


def _sessions_counted_twice(pair: Pair) -> set[UUID]:
    return {session for session, _item in _counted_twice(pair) if session}


def _items_of_both(pair: Pair) -> set[UUID]:
    return {item for _session, item in _counted_twice(pair) if item}


def _counted_twice(pair: Pair) -> set[tuple[UUID | None, UUID | None]]:
    """Session or claimed item of what stands for the absorbed record, and shares a moment with the kept one's hours."""
    kept = [span for _key, span in _credited(pair.kept)]
    held = {key for key, _span in _credited(pair.kept)}
    found = {key for key, span in _credited(pair.absorbed) if any(span.meets(other) for other in kept)}
    return found | {key for key, _span in _credited(pair.absorbed) if key in held}


def _credited(person: UUID) -> list[tuple[tuple[UUID | None, UUID | None], Span]]:
    """The time that stands in a person's ledger, each with its session or claimed item; all of a session where no
    time is noted."""
    standing = HourEntry.objects.filter(person=person, reverses__isnull=True, reversal__isnull=True)
    spans = []
    for entry in standing.select_related("session"):
        starts, ends = entry.starts_at, entry.ends_at
        if entry.session and not (starts and ends):
            starts, ends = entry.session.starts_at, entry.session.ends_at
        if starts and ends:
            spans.append(((entry.session_id, entry.item_id), Span(starts, ends)))
    return spans


def _years_of_both(pair: Pair, keys: Keys) -> Rows:
    """Years the kept record has, or in which hours stay behind."""
    held = TrainingYear.objects.filter(person=pair.kept).values("year")
    behind = HourEntry.objects.filter(person=pair.absorbed).exclude(source=Source.PRE_SERVICE)
    behind = behind.exclude(pk__in=keys[HourEntry._meta.db_table])
    return TrainingYear.objects.filter(Q(year__in=held) | Q(year__in=behind.values("year")), person=pair.absorbed)


def _called_since(pair: Pair, keys: Keys) -> Rows:
    """Presence noted since for places that passed."""
    runs = Enrollment.objects.filter(pk__in=keys[Enrollment._meta.db_table]).values("run_id")
    return Attendance.objects.filter(session__run__in=runs, recorded_at__gte=pair.since)


def _credited_since(pair: Pair, keys: Keys) -> Rows:
    """Reversals of hours that passed, and hours credited since for presence and claims that passed."""
    sessions = Attendance.objects.filter(pk__in=keys[Attendance._meta.db_table]).values("session_id")
    claims = HourClaim.objects.filter(pk__in=keys[HourClaim._meta.db_table]).values("pk")
    anew = Q(Q(session__in=sessions) | Q(item__claim__in=claims), created_at__gte=pair.since)
    return HourEntry.objects.filter(Q(reverses__in=keys[HourEntry._meta.db_table]) | anew)


def _years_in_the_way(pair: Pair, keys: Keys) -> Rows:
    coming = TrainingYear.objects.filter(pk__in=keys[TrainingYear._meta.db_table]).values("year")
    return TrainingYear.objects.filter(person=pair.absorbed, year__in=list(coming.values_list("year", flat=True)))


def _scanned_by_both(pair: Pair, keys: Keys) -> Rows:
    scanned = Scan.objects.filter(person=pair.kept).values("session_id")
    return Scan.objects.filter(person=pair.absorbed, session__in=scanned)


def _excused_both(pair: Pair, keys: Keys) -> Rows:
    asked = Excuse.objects.filter(person=pair.kept).values("session_id")
    return Excuse.objects.filter(person=pair.absorbed, session__in=asked)


def _turns_of_both(pair: Pair, keys: Keys) -> Rows:
    return _open_turns(pair.absorbed).filter(run__in=_open_turns(pair.kept).values("run_id"))


def _second_turns(pair: Pair) -> list[Aside]:
    """The absorbed record's turn in a queue where the kept one has one too is given up."""
    now = timezone.now().isoformat()
    return [Aside(row, {"left_at": None}, {"left_at": now}) for row in _turns_of_both(pair, {})]


def _open_turns(person: UUID) -> Any:
    return WaitingPlace.objects.filter(person=person, placed_at__isnull=True, left_at__isnull=True)


def _taught_by_both(pair: Pair, keys: Keys) -> Rows:
    """At a centre where the kept record is a trainer too."""
    centres = Trainer.objects.filter(person=pair.kept).values("centre_id")
    return Trainer.objects.filter(person=pair.absorbed, centre__in=centres)


BELONGINGS = [
    Belonging(Enrollment, stays=_places_of_both, aside=_second_places),
    Belonging(WaitingPlace, stays=_turns_of_both, aside=_second_turns),
    Belonging(Attendance, stays=_attended_by_both, follows=_called_since),
    Belonging(Scan, stays=_scanned_by_both),
    Belonging(Excuse, stays=_excused_both),
    Belonging(Anomaly),
    Belonging(Trainer, stays=_taught_by_both),
    Belonging(HourClaim),
    Belonging(HourEntry, stays=_hours_of_both, follows=_credited_since),
    Belonging(TrainingYear, stays=_years_of_both, clears=_years_in_the_way),
]


def settle(pair: Pair) -> None:
    """The training years of both say again what the ledger does, and wait to be assessed."""
    now = timezone.now()
    for person in (pair.kept, pair.absorbed):
        sums: dict[int, dict[str, int]] = {}
        entries = HourEntry.objects.filter(person=person).exclude(source=Source.PRE_SERVICE).order_by()
        for year, bucket, minutes in entries.values_list("year", "bucket").annotate(total=Sum("minutes")):
            sums.setdefault(year, {})[bucket] = minutes
        missing = sums.keys() - set(TrainingYear.objects.filter(person=person).values_list("year", flat=True))
        TrainingYear.objects.bulk_create(TrainingYear(person_id=person, year=year) for year in sorted(missing))
        rows = list(TrainingYear.objects.filter(person=person).order_by("year").select_for_update())
        for row in rows:
            row.skill_minutes = sums.get(row.year, {}).get(Bucket.SKILL, 0)
            row.ethics_minutes = sums.get(row.year, {}).get(Bucket.ETHICS, 0)
            row.changed_at = now
        TrainingYear.objects.bulk_update(rows, ["skill_minutes", "ethics_minutes", "changed_at"])
    news.tell()

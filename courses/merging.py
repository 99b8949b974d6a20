"""What passes with a person of this room when two records of hers are merged: see lms.registry.merging."""

from uuid import UUID

from django.db.models import Q, Sum
from django.utils import timezone

from courses import news
from courses.models import Attendance, Bucket, Enrollment, EnrollmentState, HourEntry, Source, TrainingYear
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
    """Minutes that count for the kept record already: at the same session, or at one that met it."""
    credited = HourEntry.objects.filter(person=pair.kept).values("session_id")
    twice = Q(session__in=credited) | Q(session__in=_sessions_counted_twice(pair))
    return HourEntry.objects.filter(twice, person=pair.absorbed)


def _sessions_counted_twice(pair: Pair) -> set[UUID]:
    kept, absorbed = _credited(pair.kept), _credited(pair.absorbed)
    return {
        session for session, span in absorbed.items() if session in kept or any(span.meets(o) for o in kept.values())
    }


def _credited(person: UUID) -> dict[UUID, Span]:
    """The time that stands in a person's ledger, by session: of her presence, or all of it where none is noted."""
    standing = HourEntry.objects.filter(person=person, reverses__isnull=True, reversal__isnull=True)
    presence = {
        row.session_id: Span(row.arrived_at, row.left_at)
        for row in Attendance.objects.filter(person=person, minutes__gt=0)
        if row.arrived_at and row.left_at
    }
    spans = {}
    for entry in standing.filter(session__isnull=False).select_related("session"):
        assert entry.session is not None
        whole = Span(entry.session.starts_at, entry.session.ends_at)
        spans[entry.session.pk] = presence.get(entry.session.pk, whole).within(whole)
    return spans


def _years_of_both(pair: Pair, keys: Keys) -> Rows:
    """Years the kept record has, or in which hours stay behind."""
    held = TrainingYear.objects.filter(person=pair.kept).values("year")
    behind = HourEntry.objects.filter(person=pair.absorbed, source=Source.SESSION)
    behind = behind.exclude(pk__in=keys[HourEntry._meta.db_table])
    return TrainingYear.objects.filter(Q(year__in=held) | Q(year__in=behind.values("year")), person=pair.absorbed)


def _called_since(pair: Pair, keys: Keys) -> Rows:
    """Presence noted since for places that passed."""
    runs = Enrollment.objects.filter(pk__in=keys[Enrollment._meta.db_table]).values("run_id")
    return Attendance.objects.filter(session__run__in=runs, recorded_at__gte=pair.since)


def _credited_since(pair: Pair, keys: Keys) -> Rows:
    """Reversals of hours that passed, and hours credited since for presence that passed."""
    sessions = Attendance.objects.filter(pk__in=keys[Attendance._meta.db_table]).values("session_id")
    anew = Q(session__in=sessions, created_at__gte=pair.since)
    return HourEntry.objects.filter(Q(reverses__in=keys[HourEntry._meta.db_table]) | anew)


def _years_in_the_way(pair: Pair, keys: Keys) -> Rows:
    coming = TrainingYear.objects.filter(pk__in=keys[TrainingYear._meta.db_table]).values("year")
    return TrainingYear.objects.filter(person=pair.absorbed, year__in=list(coming.values_list("year", flat=True)))


BELONGINGS = [
    Belonging(Enrollment, stays=_places_of_both, aside=_second_places),
    Belonging(Attendance, stays=_attended_by_both, follows=_called_since),
    Belonging(HourEntry, stays=_hours_of_both, follows=_credited_since),
    Belonging(TrainingYear, stays=_years_of_both, clears=_years_in_the_way),
]


def settle(pair: Pair) -> None:
    """The training years of both say again what the ledger does, and wait to be assessed."""
    now = timezone.now()
    for person in (pair.kept, pair.absorbed):
        sums: dict[int, dict[str, int]] = {}
        entries = HourEntry.objects.filter(person=person, source=Source.SESSION).order_by()
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

"""Holding training years against their standards: required, earned, missing, and why.

Whoever assesses holds the person and the training year, in that order like everybody else, so that no
hour can be credited between reading and writing. A training year is waiting when it, or a post of its
person, changed after it was assessed; leave touches the post it is from.
"""

import multiprocessing
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import django
from django.db import connection, connections, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Greatest
from django.utils import timezone

from certification import rules
from certification.judging import Sums, Verdicts, judge
from certification.models import Assessment, TrainingStandard, YearKind
from certification.policies import with_standard
from certification.requiring import Lives, Requirements, kept_in, keys, posts_in
from certification.storing import store
from courses.models import TrainingYear
from lms.jobs.errors import DomainError
from lms.registry.models import Person, Post

CHUNK = 500
#: People per transaction when a whole region is assessed, and per piece of work handed to a process.
MANY, PIECE = 4_000, 40_000
Key = tuple[uuid.UUID, int]
Say = Callable[[int, int], None]


@dataclass(frozen=True)
class Outcome:
    """What a batch came to by person and year: assessments, and why there is none for the others."""

    assessments: dict[Key, Assessment]
    refusals: dict[Key, DomainError]


@dataclass
class Total:
    """What a region's year came to: how many were assessed and reached it, refusals by code, minutes by name."""

    assessed: int = 0
    reached: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    minutes: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Total") -> None:
        self.assessed += other.assessed
        self.reached += other.reached
        self.refused += other.refused
        self.minutes += other.minutes


@transaction.atomic
def assess(*, person: Person, year: int) -> Assessment:
    """Assess one person's year now and keep the result; a year without hours counts as zero.

    Refuses `not_on_post` (no counted post in the year) and `policy_missing` (no standard where she works).
    """
    list(_lock([person.pk]).values_list("pk"))
    outcome = _keep(_opened([person.pk], year), {person.pk: person}, year)
    for refusal in outcome.refusals.values():
        raise refusal
    return outcome.assessments[person.pk, year]


def current(*, person: Person, year: int) -> Assessment:
    """How the year stands now, for showing: the kept assessment while it is fresh, else one that isn't saved.

    Refuses as `assess` does.
    """
    stale = waiting().filter(person=OuterRef("person"), year=OuterRef("year"))
    kept = Assessment.objects.filter(~Exists(stale), person=person, year=year).select_related("region", "standard")
    for assessment in kept:
        return assessment
    row = TrainingYear.objects.filter(person=person, year=year).first()
    shown = row or TrainingYear(person=person, year=year)
    outcome = _outcome(_judge([Sums.of(shown)], year), {person.pk: person}, year, timezone.now())
    for refusal in outcome.refusals.values():
        raise refusal
    return outcome.assessments[person.pk, year]


def assess_pending(limit: int = CHUNK) -> list[Assessment]:
    """Open this year for people on post under a standard, then assess what waits, the oldest change first.

    Rows that somebody else is working on are left for the next time.
    """
    with transaction.atomic():
        today = timezone.localdate()
        open_year(today.year, limit=limit)
        if today < rules.year_span(today.year, rules.SCHOOL).start:
            open_year(today.year - 1, limit=limit, kind=YearKind.SCHOOL)
        rows = waiting().select_related("person").order_by("changed_at")
        rows = rows.select_for_update(skip_locked=True, no_key=True, of=("self", "person"))
        held = list(rows[:limit])
        found: list[Assessment] = []
        for year in {row.year for row in held}:
            own = [row for row in held if row.year == year]
            outcome = _keep([Sums.of(row) for row in own], {row.person_id: row.person for row in own}, year)
            found.extend(outcome.assessments.values())
        return found


def assess_people(person_ids: Iterable[uuid.UUID], year: int) -> Outcome:
    """Assess these people's year, waiting or not, a chunk per transaction; no hours yet count as zero."""
    wanted = sorted(person_ids)
    total = Outcome({}, {})
    for start in range(0, len(wanted), CHUNK):
        with transaction.atomic():
            outcome = _assess_chunk(wanted[start : start + CHUNK], year)
        total.assessments.update(outcome.assessments)
        total.refusals.update(outcome.refusals)
    return total


def assess_many(person_ids: Iterable[uuid.UUID], year: int, *, processes: int = 1, say: Say | None = None) -> Total:
    """The same as `assess_people` for any number of people, by bulk paths; only the sums come back.

    On PostgreSQL several processes share the work. Every few thousand people commit by themselves. `say` hears of
    people done and wanted.
    """
    wanted = sorted(person_ids)
    pieces = [wanted[start : start + PIECE] for start in range(0, len(wanted), PIECE)]
    total, done = Total(), 0
    for piece in _assessed(pieces, year, processes):
        total.add(piece)
        done += piece.assessed + piece.refused.total()
        if say:
            say(done, len(wanted))
    return total


def _assessed(pieces: list[list[uuid.UUID]], year: int, processes: int) -> Iterator[Total]:
    if processes < 2 or len(pieces) < 2 or connection.vendor == "sqlite":
        yield from (assess_piece(piece, year) for piece in pieces)
        return
    connections.close_all()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=django.setup) as pool:
        work = [pool.submit(assess_piece, piece, year) for piece in pieces]
        try:
            yield from (one.result() for one in work)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def assess_piece(person_ids: Sequence[uuid.UUID], year: int) -> Total:
    """Assess these people's year in chunks, each in one transaction, without a row of the ORM per person."""
    requirements = Requirements(year)
    total = Total()
    for start in range(0, len(person_ids), MANY):
        chunk = person_ids[start : start + MANY]
        with transaction.atomic():
            list(_lock(chunk).values_list("pk"))
            started = timezone.now()
            verdicts = judge(_opened(chunk, year), requirements, Lives(chunk, year))
            _write(verdicts, chunk, year, started)
        total.add(_total(verdicts))
    return total


def _total(verdicts: Verdicts) -> Total:
    total = Total(len(verdicts.judged), sum(one.reached for one in verdicts.judged))
    total.refused.update(refusal.code for refusal in verdicts.refusals.values())
    for bucket, earned in (
        ("skill", [one.skill for one in verdicts.judged]),
        ("ethics", [one.ethics for one in verdicts.judged]),
    ):
        required = [one.asked.required[bucket] for one in verdicts.judged]
        total.minutes[f"required_{bucket}"] = sum(required)
        total.minutes[f"earned_{bucket}"] = sum(earned)
        total.minutes[f"missing_{bucket}"] = sum(
            max(0, asked - own) for asked, own in zip(required, earned, strict=True)
        )
    return total


def on_post_in(year: int, region_prefix: str) -> set[uuid.UUID]:
    """Who had a post on any day of `year` in the region with `region_prefix` ("" is everywhere)."""
    rows = posts_in(kept_in(year)).filter(institution__region__prefix__startswith=region_prefix)
    return set(rows.values_list("person_id", flat=True))


def open_year(year: int, *, limit: int, kind: str = "") -> None:
    """A training year of zero minutes for at most `limit` people on post under a standard who have none yet.

    With a `kind` of year only where the standard keeps that.
    """
    standard = with_standard(year, "institution__region__prefix", kind=kind)
    if standard is not None:
        known = TrainingYear.objects.filter(person=OuterRef("person"), year=year)
        posts = posts_in(rules.year_span(year, kind or rules.CALENDAR)).filter(standard).exclude(Exists(known))
        _open(posts.order_by("person_id").values_list("person_id", flat=True).distinct()[:limit], year)


def look_again(standards: Iterable[TrainingStandard]) -> int:
    """Have the years judged anew that these standards, just published, speak of; how many training years wait now.

    Only years of people with a post under them; certificates that were issued stay as they are.
    """
    found = 0
    for standard in standards:
        posts = Post.objects.filter(
            person=OuterRef("person"), institution__region__prefix__startswith=standard.region.prefix
        )
        rows = TrainingYear.objects.filter(Exists(posts), year__gte=standard.year_from)
        if standard.year_to is not None:
            rows = rows.filter(year__lte=standard.year_to)
        found += rows.update(changed_at=timezone.now())
    return found


def _open(person_ids: Iterable[uuid.UUID], year: int) -> None:
    rows = (TrainingYear(person_id=key, year=year) for key in person_ids)
    TrainingYear.objects.bulk_create(rows, ignore_conflicts=True, batch_size=CHUNK)


def waiting() -> "QuerySet[TrainingYear]":
    """Training years never assessed, or changed since, they themselves or a post of their person."""
    moved = Post.objects.filter(person=OuterRef("person"), updated_at__gt=OuterRef("assessed_at"))
    return TrainingYear.objects.filter(Q(assessed_at__isnull=True) | Q(changed_at__gt=F("assessed_at")) | Exists(moved))


def _lock(person_ids: Sequence[uuid.UUID]) -> "QuerySet[Person]":
    return Person.objects.filter(pk__in=keys(person_ids)).order_by("pk").select_for_update(no_key=True)


def _opened(person_ids: Sequence[uuid.UUID], year: int) -> list[Sums]:
    """The sums of these people's year, each row locked, and made where there was none."""
    rows = TrainingYear.objects.filter(person__in=keys(person_ids), year=year).order_by("person_id")
    values = rows.select_for_update().values_list("person_id", "skill_minutes", "ethics_minutes")
    found = [Sums(*row) for row in values]
    if len(found) < len(person_ids):
        _open(set(person_ids) - {row.person_id for row in found}, year)
        found = [Sums(*row) for row in values.all()]
    return found


def _assess_chunk(person_ids: Sequence[uuid.UUID], year: int) -> Outcome:
    """Lock and assess these people's year in the caller's transaction."""
    people = {person.pk: person for person in _lock(person_ids)}
    return _keep(_opened(person_ids, year), people, year)


def _keep(sums: Sequence[Sums], people: dict[uuid.UUID, Person], year: int) -> Outcome:
    """Judge the locked years of `people` and keep the results, with a few queries in all."""
    started = timezone.now()
    verdicts = _judge(sums, year)
    _write(verdicts, list(people), year, started)
    return _outcome(verdicts, people, year, started)


def _judge(sums: Sequence[Sums], year: int) -> Verdicts:
    lives = Lives([row.person_id for row in sums], year)
    return judge(sums, Requirements(year, lives.prefixes), lives)


def _write(verdicts: Verdicts, person_ids: Sequence[uuid.UUID], year: int, started: datetime) -> None:
    store(verdicts.judged, year, started)
    # Whom nothing is asked of any more keeps no old answer.
    Assessment.objects.filter(person__in=list(verdicts.refusals), year=year).delete()
    # Never earlier than the change it has seen, whichever clock wrote that.
    seen = TrainingYear.objects.filter(person__in=keys(person_ids), year=year)
    seen.update(assessed_at=Greatest(F("changed_at"), started))


def _outcome(verdicts: Verdicts, people: dict[uuid.UUID, Person], year: int, at: datetime) -> Outcome:
    """The verdicts as assessments of these people, for whoever shows or prints them."""
    outcome = Outcome({}, {(person, year): refusal for person, refusal in verdicts.refusals.items()})
    for one in verdicts.judged:
        row = outcome.assessments[one.person_id, year] = one.assessment(year, at)
        row.person = people[one.person_id]
    if len(outcome.assessments) > 1:
        prefetch_related_objects(list(outcome.assessments.values()), "region")
    return outcome

"""Holding training years against what is asked of their people. Reads only; whoever keeps the result has locked.

Standards without conditions need nothing but the sums that the training year keeps. A minimum per category, a
share on site, a ceiling per day and a school year are judged from the entries of the ledger.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F

from certification import rules
from certification.errors import refuse
from certification.models import Assessment
from certification.requiring import Asked, Lives, Requirements, keys, widest
from certification.rules import Learnt
from courses.models import Bucket, HourEntry, Source, TrainingYear
from lms.jobs.errors import DomainError

SKILL, ETHICS = Bucket.SKILL.value, Bucket.ETHICS.value


class Sums(NamedTuple):
    """The part of a training year that is judged: whose it is, and its minutes per bucket."""

    person_id: uuid.UUID
    skill: int
    ethics: int

    @classmethod
    def of(cls, row: TrainingYear) -> "Sums":
        return cls(row.person_id, row.skill_minutes, row.ethics_minutes)


class Judged(NamedTuple):
    """One person's year held against what it asks: the minutes that count, and whether they are enough."""

    person_id: uuid.UUID
    region_id: int
    asked: Asked
    skill: int
    ethics: int
    reached: bool
    #: Of the life alone where the standard sets no condition, so that it is shared with everybody like her.
    explanation: Mapping[str, Any]

    def assessment(self, year: int, at: datetime) -> Assessment:
        """As a row, not saved."""
        return Assessment(
            person_id=self.person_id,
            year=year,
            region_id=self.region_id,
            standard=self.asked.standard,
            required_skill=self.asked.required[SKILL],
            required_ethics=self.asked.required[ETHICS],
            earned_skill=self.skill,
            earned_ethics=self.ethics,
            reached=self.reached,
            explanation=dict(self.explanation),
            rule_version=rules.RULE_VERSION,
            assessed_at=at,
        )


@dataclass(frozen=True)
class Verdicts:
    """What some people's year came to, and why there is nothing to say of the others."""

    judged: list[Judged]
    refusals: dict[uuid.UUID, DomainError]


def judge(sums: Sequence[Sums], requirements: Requirements, lives: Lives) -> Verdicts:
    """Hold these people's sums of a year against what it asks of the lives they led."""
    verdicts = Verdicts([], {})
    led = lives.under(requirements)
    conditional: list[tuple[Sums, int, Asked]] = []
    for row in sums:
        life = led.get(row.person_id)
        if life is None:
            verdicts.refusals[row.person_id] = refuse("not_on_post", year=requirements.year)
            continue
        try:
            region, asked = requirements.of(life)
        except DomainError as refusal:
            verdicts.refusals[row.person_id] = refusal
            continue
        if asked.plain:
            verdicts.judged.append(_plain(row, region, asked))
        else:
            conditional.append((row, region, asked))
    if conditional:
        learnt = _learnt([row.person_id for row, _, _ in conditional], requirements.year)
        for row, region, asked in conditional:
            verdicts.judged.append(_by_entries(row, region, asked, learnt.get(row.person_id, [])))
    return verdicts


def _plain(row: Sums, region: int, asked: Asked) -> Judged:
    skill, ethics = asked.required[SKILL], asked.required[ETHICS]
    # As `rules.reached` says it; a million calls of that would be half of the work.
    enough = row.skill >= skill and row.ethics >= ethics and skill + ethics > 0
    return Judged(row.person_id, region, asked, row.skill, row.ethics, enough, asked.explanation)


def _by_entries(row: Sums, region: int, asked: Asked, learnt: Iterable[Learnt]) -> Judged:
    """The year counted from its entries; the explanation also says what of them fell away, and why."""
    standard = asked.standard
    tally = rules.count(
        [one for one in learnt if rules.covers(asked.span, one.day)],
        asked.required,
        ceiling=standard.day_ceiling * standard.lesson_minutes if standard.day_ceiling else None,
        onsite_percent=standard.onsite_percent,
    )
    told = {
        "counted": {
            bucket: {
                "required": asked.required[bucket],
                "earned": tally.earned.get(bucket, 0),
                "counted": tally.counted.get(bucket, 0),
                "missing": max(0, asked.required[bucket] - tally.counted.get(bucket, 0)),
                "over_ceiling": tally.over_ceiling.get(bucket, 0),
                "over_online": tally.over_online.get(bucket, 0),
            }
            for bucket in Bucket.values
        },
        "categories": {
            name: {
                "required": least,
                "earned": tally.categories.get(name, 0),
                "missing": max(0, least - tally.categories.get(name, 0)),
            }
            for name, least in asked.least.items()
        },
    }
    enough = rules.reached(asked.required, tally.counted, asked.least, tally.categories)
    skill, ethics = tally.counted.get(SKILL, 0), tally.counted.get(ETHICS, 0)
    return Judged(row.person_id, region, asked, skill, ethics, enough, {**asked.explanation, **told})


def _learnt(person_ids: Sequence[uuid.UUID], year: int) -> dict[uuid.UUID, list[Learnt]]:
    """Per person what stands in the ledger for the days this year may hold, in the order in which it happened.

    Entries without clock times come last of their day: only what is known to come later gives way to a ceiling.
    """
    window = widest(year)
    rows = HourEntry.objects.filter(
        person__in=keys(person_ids),
        year__in=(year, year + 1),
        day__gte=window.start,
        day__lt=window.end,
        reverses__isnull=True,
        reversal__isnull=True,
    ).exclude(source=Source.PRE_SERVICE)
    found: dict[uuid.UUID, list[Learnt]] = {}
    ordered = rows.order_by("day", F("starts_at").asc(nulls_last=True), "created_at", "part", "pk")
    values = ordered.values_list("person_id", "day", "minutes", "bucket", "category", "online")
    for person, day, minutes, bucket, category, online in values:
        found.setdefault(person, []).append(Learnt(day, minutes, bucket, category, online))
    return found

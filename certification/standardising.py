"""Standards drafted on a page: one officer writes, a dry run says what it would do to whom, a second publishes.

A published row never changes; whoever wants other hours drafts another one that begins later. Publishing has the
years judged anew that the standard speaks of; certificates that were issued stay as they are.
"""

import uuid
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from certification import assessing
from certification.errors import refuse
from certification.judging import Judged, Sums, judge
from certification.models import TrainingStandard
from certification.requiring import Lives, Requirements
from courses.models import Bucket, HourCategory, TrainingYear
from lms.registry import auditing
from lms.registry.errors import refuse as refuse_by_registry
from lms.registry.models import Membership, Post, Region, Role

#: What may be drafted; the rest of a row says who did what when.
COLUMNS = (
    "year_from",
    "year_to",
    "skill_hours",
    "ethics_hours",
    "lesson_minutes",
    "variant",
    "year_kind",
    "categories",
    "category_hours",
    "onsite_percent",
    "day_ceiling",
    "paper",
    "line",
    "status",
)


@dataclass(frozen=True)
class Change:
    """One person whose outcome a standard would change: whether she has reached the year, before and after.

    None is a year of which nothing is asked. `missing`: minutes that would still be missing, over both buckets or
    in the categories, whichever is more.
    """

    person_id: uuid.UUID
    before: bool | None
    after: bool | None
    missing: int


@dataclass(frozen=True)
class Trial:
    """What a standard would do to some people: how many are asked and reach the year, before and after."""

    asked: tuple[int, int]
    reached: tuple[int, int]
    changes: list[Change]


@transaction.atomic
def draft(*, by: Membership, region: Region, values: Mapping[str, Any]) -> TrainingStandard:
    """A standard for `region` that nobody is held to yet.

    Refuses `not_allowed`, `not_found` (another bureau's region), `standard_years`, `standard_overlap` (one that
    begins in that year is published there), `category_unknown`, `category_least` (minimums beyond the bucket's hours).
    """
    _refuse_unless_bureau(by, region)
    row = TrainingStandard(region=region, code=_code(region, values["year_from"]), drafted_by=by.user)
    return _write(by, row, values, "draft_standard")


@transaction.atomic
def change(*, by: Membership, standard: TrainingStandard, values: Mapping[str, Any]) -> TrainingStandard:
    """Say something else in a draft; whoever changes it has drafted it. Refuses as `draft`, and `policy_published`."""
    row = _drafted(by, standard)
    row.drafted_by = by.user
    return _write(by, row, values, "change_standard")


@transaction.atomic
def discard(*, by: Membership, standard: TrainingStandard) -> None:
    """Throw a draft away. Refuses `not_allowed`, `not_found`, `policy_published`."""
    row = _drafted(by, standard)
    auditing.record(by, "discard_standard", row, before=_words(row))
    row.delete()


@transaction.atomic
def publish(*, by: Membership, standard: TrainingStandard) -> TrainingStandard:
    """Put a draft in force, by somebody else than who drafted it last; the years it speaks of are judged anew.

    Refuses `same_person`, `standard_overlap`, `policy_published`, `not_allowed`, `not_found`.
    """
    row = _drafted(by, standard)
    if row.drafted_by_id is None or row.drafted_by_id == by.user_id:
        raise refuse("same_person")
    _refuse_overlap(row)
    row.published_by, row.published_at = by.user, timezone.now()
    row.save(update_fields=["published_by", "published_at"])
    waiting = assessing.look_again([row])
    auditing.record(by, "policy.published", row, after=_words(row) | {"source": row.source, "waiting": waiting})
    return row


def trial(standard: TrainingStandard, person_ids: Sequence[uuid.UUID], year: int) -> Trial:
    """Judge these people's year as it is now and as if the draft held in it, whenever it begins. Nothing is kept."""
    tried = copy(standard)
    tried.year_from, tried.year_to = min(tried.year_from, year), None
    rows = TrainingYear.objects.filter(person__in=person_ids, year=year)
    known = {row.person_id: row for row in rows.values_list("person_id", "skill_minutes", "ethics_minutes", named=True)}
    sums = [
        Sums(key, known[key].skill_minutes, known[key].ethics_minutes) if key in known else Sums(key, 0, 0)
        for key in person_ids
    ]
    lives = Lives(person_ids, year)
    before = _by_person(judge(sums, Requirements(year, lives.prefixes), lives).judged)
    after = _by_person(judge(sums, Requirements(year, lives.prefixes, draft=tried), lives).judged)
    changes = []
    for key in person_ids:
        old, new = before.get(key), after.get(key)
        outcome = old.reached if old else None, new.reached if new else None
        if outcome[0] != outcome[1]:
            changes.append(Change(key, *outcome, _missing(new) if new else 0))
    return Trial(
        (len(before), len(after)),
        (sum(one.reached for one in before.values()), sum(one.reached for one in after.values())),
        changes,
    )


def _by_person(judged: Sequence[Judged]) -> dict[uuid.UUID, Judged]:
    return {one.person_id: one for one in judged}


def _missing(one: Judged) -> int:
    earned = {Bucket.SKILL.value: one.skill, Bucket.ETHICS.value: one.ethics}
    buckets = sum(max(0, asked - earned[bucket]) for bucket, asked in one.asked.required.items())
    # What a category lacks may be learnt with what its bucket lacks.
    return max(buckets, sum(row["missing"] for row in one.explanation.get("categories", {}).values()))


def candidates(standard: TrainingStandard, year: int) -> list[uuid.UUID]:
    """Everybody whom the draft could touch in `year`: on post in its region on any day of it, by key."""
    return sorted(assessing.on_post_in(year, standard.region.prefix))


def institution_names(person_ids: Sequence[uuid.UUID], region: Region) -> dict[uuid.UUID, str]:
    """Person → the institution of `region` where she was last on post."""
    rows = Post.objects.filter(person__in=person_ids, institution__region__prefix__startswith=region.prefix)
    return dict(rows.order_by("started_on", "pk").values_list("person_id", "institution__name"))


def _write(by: Membership, row: TrainingStandard, values: Mapping[str, Any], act: str) -> TrainingStandard:
    before = None if row._state.adding else _words(row)
    for name in COLUMNS:
        setattr(row, name, values[name])
    if row.year_to is not None and row.year_to < row.year_from:
        raise refuse("standard_years")
    _refuse_overlap(row)
    buckets = dict(HourCategory.objects.values_list("name", "bucket"))
    if not {*row.categories, *row.category_hours} <= buckets.keys():
        raise refuse("category_unknown")
    for bucket, hours in ((Bucket.SKILL, row.skill_hours), (Bucket.ETHICS, row.ethics_hours)):
        if sum(least for name, least in row.category_hours.items() if buckets[name] == bucket) > hours:
            raise refuse("category_least")
    row.save()
    auditing.record(by, act, row, before=before, after=_words(row))
    return row


def _refuse_overlap(row: TrainingStandard) -> None:
    rows = TrainingStandard.objects.filter(region=row.region, year_from=row.year_from, published_at__isnull=False)
    if other := rows.exclude(pk=row.pk).first():
        raise refuse("standard_overlap", standard=other.code, year=row.year_from)


def _drafted(by: Membership, standard: TrainingStandard) -> TrainingStandard:
    _refuse_unless_bureau(by, standard.region)
    row = TrainingStandard.objects.select_for_update(of=("self",)).select_related("region").get(pk=standard.pk)
    if row.published_at is not None:
        raise refuse("policy_published")
    return row


def _refuse_unless_bureau(by: Membership, region: Region) -> None:
    if by.role not in (Role.BUREAU_OFFICER, Role.BUREAU_SUPERVISOR) or by.region is None:
        raise refuse_by_registry("not_allowed")
    if not region.prefix.startswith(by.region.prefix):
        raise refuse_by_registry("not_found")


def _code(region: Region, year: int) -> str:
    """A code of its own: "310117-hours-2027", with a number behind it where that is taken."""
    stem = f"{region.code}-hours-{year}"
    taken = set(TrainingStandard.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return stem if stem not in taken else next(f"{stem}-{n}" for n in range(2, 10_000) if f"{stem}-{n}" not in taken)


def _words(row: TrainingStandard) -> dict[str, Any]:
    return {"code": row.code, "region": row.region.code} | {name: getattr(row, name) for name in COLUMNS}

"""Holding training years against their standards: required, earned, missing, and why.

Whoever assesses holds the person and the training year, in that order like everybody else, so that no
hour can be credited between reading and writing. A training year is waiting when it, or a post of its
person, changed after it was assessed; leave touches the post it is from.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from certification import rules
from certification.errors import PolicyMissing, refuse
from certification.models import Assessment, TrainingStandard
from certification.policies import HoldingRules, Standards, with_standard
from certification.rules import Span, Spell
from courses.models import Bucket, TrainingYear
from lms.jobs.errors import DomainError
from lms.registry.models import Leave, LeaveKind, Person, Post

CHUNK = 500
#: Sick leave protects from 30 days on (domain formula 1); maternity leave and suspension from the first.
LONG_SICK_LEAVE = 30
#: Protected leave per post.
Leaves = Mapping[uuid.UUID, Sequence[Span]]
Key = tuple[uuid.UUID, int]
UPDATED = (
    "region",
    "standard",
    "required_skill",
    "required_ethics",
    "earned_skill",
    "earned_ethics",
    "reached",
    "explanation",
    "rule_version",
    "assessed_at",
)


@dataclass(frozen=True)
class Outcome:
    """What a batch came to by person and year: assessments, and why there is none for the others."""

    assessments: dict[Key, Assessment]
    refusals: dict[Key, DomainError]


@transaction.atomic
def assess(*, person: Person, year: int) -> Assessment:
    """Assess one person's year now and keep the result; a year without hours counts as zero.

    Refuses `not_on_post` (no counted post in the year) and `policy_missing` (no standard where she works).
    """
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    _open([person.pk], year)
    rows = TrainingYear.objects.select_for_update(of=("self",)).select_related("person")
    outcome = _assess_all([rows.get(person=person, year=year)])
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
    row = TrainingYear.objects.filter(person=person, year=year).select_related("person").first()
    shown = row or TrainingYear(person=person, year=year)
    outcome = _judge([shown], timezone.now())
    for refusal in outcome.refusals.values():
        raise refusal
    return outcome.assessments[person.pk, year]


def assess_pending(limit: int = CHUNK) -> list[Assessment]:
    """Open this year for people on post under a standard, then assess what waits, the oldest change first.

    Rows that somebody else is working on are left for the next time.
    """
    with transaction.atomic():
        open_year(timezone.localdate().year, limit=limit)
        rows = waiting().select_related("person").order_by("changed_at")
        rows = rows.select_for_update(skip_locked=True, no_key=True, of=("self", "person"))
        return list(_assess_all(list(rows[:limit])).assessments.values())


def assess_people(person_ids: Iterable[uuid.UUID], year: int) -> Outcome:
    """Assess these people's year, waiting or not, a chunk per transaction; no hours yet count as zero."""
    wanted = sorted(person_ids)
    total = Outcome({}, {})
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        with transaction.atomic():
            list(Person.objects.filter(pk__in=chunk).order_by("pk").select_for_update(no_key=True).values_list("pk"))
            _open(chunk, year)
            rows = TrainingYear.objects.filter(person__in=chunk, year=year).select_related("person")
            outcome = _assess_all(list(rows.order_by("person_id").select_for_update(of=("self",))))
        total.assessments.update(outcome.assessments)
        total.refusals.update(outcome.refusals)
    return total


def on_post_in(year: int, region_prefix: str) -> set[uuid.UUID]:
    """Who had a post on any day of `year` in the region with `region_prefix` ("" is everywhere)."""
    rows = _posts_in(year).filter(institution__region__prefix__startswith=region_prefix)
    return set(rows.values_list("person_id", flat=True))


def open_year(year: int, *, limit: int) -> None:
    """A training year of zero minutes for at most `limit` people on post under a standard who have none yet."""
    standard = with_standard(year, "institution__region__prefix")
    if standard is not None:
        known = TrainingYear.objects.filter(person=OuterRef("person"), year=year)
        posts = _posts_in(year).filter(standard).exclude(Exists(known))
        _open(posts.order_by("person_id").values_list("person_id", flat=True).distinct()[:limit], year)


def _posts_in(year: int) -> "QuerySet[Post]":
    """Posts held on any day of `year`."""
    span = rules.year_span(year)
    rows = Post.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=span.start), started_on__lt=span.end)
    return rows.order_by()


def _open(person_ids: Iterable[uuid.UUID], year: int) -> None:
    rows = (TrainingYear(person_id=key, year=year) for key in person_ids)
    TrainingYear.objects.bulk_create(rows, ignore_conflicts=True, batch_size=CHUNK)


def waiting() -> "QuerySet[TrainingYear]":
    """Training years never assessed, or changed since, they themselves or a post of their person."""
    moved = Post.objects.filter(person=OuterRef("person"), updated_at__gt=OuterRef("assessed_at"))
    return TrainingYear.objects.filter(Q(assessed_at__isnull=True) | Q(changed_at__gt=F("assessed_at")) | Exists(moved))


def _assess_all(years: list[TrainingYear]) -> Outcome:
    """Assess locked training years of any people and years, and keep the results, with a few queries in all."""
    started = timezone.now()
    total = Outcome({}, {})
    for year in {row.year for row in years}:
        rows = [row for row in years if row.year == year]
        outcome = _judge(rows, started)
        Assessment.objects.bulk_create(
            outcome.assessments.values(),
            update_conflicts=True,
            unique_fields=["person", "year"],
            update_fields=UPDATED,
            batch_size=CHUNK,
        )
        # Whom nothing is asked of any more keeps no old answer.
        Assessment.objects.filter(person__in=[person for person, _ in outcome.refusals], year=year).delete()
        total.assessments.update(outcome.assessments)
        total.refusals.update(outcome.refusals)
    # Never earlier than the change it has seen, whichever clock wrote that.
    seen = TrainingYear.objects.filter(pk__in=[row.pk for row in years])
    seen.update(assessed_at=Greatest(F("changed_at"), started))
    return total


def _judge(years: Sequence[TrainingYear], at: datetime) -> Outcome:
    """Assessments, not saved, of training years that are all of the same year."""
    outcome = Outcome({}, {})
    if not years:
        return outcome
    year = years[0].year
    posts = _posts([row.person_id for row in years], year)
    prefixes = {post.institution.region.prefix for held in posts.values() for post in held}
    standards = Standards(prefixes)
    leaves = protected_leave([post for held in posts.values() for post in held], rules.year_span(year))
    for row in years:
        try:
            held = posts.get(row.person_id, [])
            outcome.assessments[row.person_id, year] = _assessment(row, held, standards, leaves, at)
        except DomainError as refusal:
            outcome.refusals[row.person_id, year] = refusal
    return outcome


def _posts(person_ids: list[uuid.UUID], year: int) -> dict[uuid.UUID, list[Post]]:
    """Posts of the year per person, the last begun last. Volunteers and interns are asked for no hours: their
    posts, those that no holding rule counts among staff, are left out.
    """
    span = rules.year_span(year)
    rows = _posts_in(year).filter(person__in=person_ids)
    posts = list(rows.select_related("institution__region").order_by("started_on", "pk"))
    counted = HoldingRules({post.institution.region.prefix for post in posts})
    by_region = {post.institution.region.prefix: post.institution.region for post in posts}
    staff = {prefix: counted.at(prefix, span.end) for prefix in by_region}
    found: dict[uuid.UUID, list[Post]] = {}
    for post in posts:
        rule = staff[post.institution.region.prefix].get(post.kind)
        if rule is None or rule.counted:
            found.setdefault(post.person_id, []).append(post)
    return found


def protected_leave(posts: Sequence[Post], year: Span) -> dict[uuid.UUID, list[Span]]:
    """Days in `year` on which each of these posts asks for no hours: maternity, long sick leave, suspension.

    Leave that stands counts up to today. What lies ahead is not known yet, and hours that fell away too
    early could let a certificate be issued which somebody who comes back sooner has not earned.
    """
    today = timezone.localdate()
    ends = {post.pk: post.ended_on or date.max for post in posts}
    sick: dict[uuid.UUID, list[Span]] = {}
    found: dict[uuid.UUID, list[Span]] = {}
    rows = Leave.objects.filter(post__in=posts, started_on__lt=year.end).exclude(kind=LeaveKind.OTHER)
    for leave in rows.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=F("started_on"))):
        end = min(leave.ended_on or today + timedelta(days=1), ends[leave.post_id])
        if leave.started_on < end:
            spans = sick if leave.kind == LeaveKind.SICK else found
            spans.setdefault(leave.post_id, []).append(Span(leave.started_on, end))
    for post, spans_of_post in sick.items():
        long = [span for span in rules.joined(spans_of_post) if span.days >= LONG_SICK_LEAVE]
        found.setdefault(post, []).extend(long)
    inside = {
        post: [part for span in rules.joined(spans) if (part := span.within(year))] for post, spans in found.items()
    }
    return {post: spans for post, spans in inside.items() if spans}


def _assessment(
    row: TrainingYear, posts: Sequence[Post], standards: Standards, leaves: Leaves, at: datetime
) -> Assessment:
    """The assessment of one training year. The standard held last decides on variant and lesson hour."""
    span = rules.year_span(row.year)
    under = [(post, standards.at(post.institution.region.prefix, row.year)) for post in posts]
    held = [(post, standard) for post, standard in under if standard and _span(post).within(span)]
    if not held:
        if not any(_span(post).within(span) for post in posts):
            raise refuse("not_on_post", year=row.year)
        raise PolicyMissing(region=posts[-1].institution.region.code, year=row.year)
    post, standard = max(held, key=lambda pair: (min(_span(pair[0]).end, span.end), pair[0].started_on, pair[0].pk))
    spells = [
        Spell(_span(post), _hours(standard), standard.code, tuple(leaves.get(post.pk, ()))) for post, standard in held
    ]
    requirement = rules.required(spells, standard.variant, span)
    asked = {
        bucket: rules.minutes(requirement.rounded.get(bucket, Fraction(0)), standard.lesson_minutes)
        for bucket in Bucket.values
    }
    earned = {bucket: row.minutes(bucket) for bucket in Bucket.values}
    return Assessment(
        person=row.person,
        year=row.year,
        region=post.institution.region,
        standard=standard,
        required_skill=asked[Bucket.SKILL],
        required_ethics=asked[Bucket.ETHICS],
        earned_skill=earned[Bucket.SKILL],
        earned_ethics=earned[Bucket.ETHICS],
        reached=rules.reached(asked, earned),
        explanation=_explanation(requirement, standard, held, leaves),
        rule_version=rules.RULE_VERSION,
        assessed_at=at,
    )


def _span(post: Post) -> Span:
    return Span(post.started_on, post.ended_on or date.max)


def _hours(standard: TrainingStandard) -> dict[str, int]:
    return {Bucket.SKILL.value: standard.skill_hours, Bucket.ETHICS.value: standard.ethics_hours}


def _explanation(
    requirement: rules.Requirement,
    decisive: TrainingStandard,
    held: Sequence[tuple[Post, TrainingStandard]],
    leaves: Leaves,
) -> dict[str, Any]:
    """The way from days to hours, for people to read: hours as text ("80.5", "29224/365"), days as numbers.

    `spells`: from, until (its last day), days, hours per year, and the standards by code; `standards`:
    region, hours, paper, line and status of each; `leave`: days of protected leave, which ask nothing;
    `required`: exact and rounded hours per bucket.
    """
    standards = {standard.code: standard for _, standard in held}
    return {
        "variant": decisive.variant,
        "lesson_minutes": decisive.lesson_minutes,
        "days_of_year": requirement.days_of_year,
        "days_counted": sum(stretch.span.days for stretch in requirement.stretches),
        "spells": [
            {
                "from": stretch.span.start.isoformat(),
                "until": _last_day(stretch.span),
                "days": stretch.span.days,
                "hours": dict(stretch.hours),
                "standards": list(stretch.sources),
            }
            for stretch in requirement.stretches
        ],
        "leave": [
            {"from": span.start.isoformat(), "until": _last_day(span), "days": span.days}
            for post, _ in held
            for span in leaves.get(post.pk, ())
        ],
        "standards": {
            code: {
                "region": standard.region.name,
                "region_code": standard.region.code,
                "hours": _hours(standard),
                "paper": standard.paper,
                "line": standard.line,
                "status": standard.status,
            }
            for code, standard in standards.items()
        },
        "required": {
            bucket: {"exact": str(hours), "rounded": _words(requirement.rounded[bucket])}
            for bucket, hours in requirement.exact.items()
        },
    }


def _last_day(span: Span) -> str:
    return (span.end - timedelta(days=1)).isoformat()


def _words(hours: Fraction) -> str:
    """Whole or half hours: 80, 80.5."""
    return str(hours) if hours.denominator == 1 else f"{int(hours)}.5"

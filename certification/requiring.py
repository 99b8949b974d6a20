"""What a year asks of people, by the lives they led: posts, regions and protected leave against standards.

Many people have the same life as far as a year can see: on post in one region from its first day to its
last. What it asks is worked out once for each such life and shared, so that a million people cost little
more than their rows.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from certification import rules
from certification.errors import PolicyMissing, refuse
from certification.models import TrainingStandard, YearKind
from certification.policies import Standards, Uncounted
from certification.rules import Span, Spell
from courses.models import Bucket
from lms.registry.models import Leave, LeaveKind, Post

#: Sick leave protects from 30 days on (domain formula 1); maternity leave and suspension from the first.
LONG_SICK_LEAVE = 30
#: Keys that are written one by one without anybody noticing.
FEW = 100


class Stay(NamedTuple):
    """A post as a year sees it: where, which days of it, and the days of protected leave from it."""

    region_id: int
    prefix: str
    start: date
    end: date
    away: tuple[Span, ...]


#: All of somebody's stays of a year, the last begun last.
Life = tuple[Stay, ...]


#: What makes two requirements the same: who decides; and of each stay its standard, its days and its leave.
Pattern = tuple[uuid.UUID, tuple[tuple[uuid.UUID, date, date, tuple[Span, ...]], ...]]


@dataclass(frozen=True)
class Asked:
    """What a year asks of everybody who led the same life: minutes per bucket and, at least, per category."""

    standard: TrainingStandard
    span: Span
    required: Mapping[str, int]
    least: Mapping[str, int]
    explanation: Mapping[str, Any]

    @cached_property
    def plain(self) -> bool:
        """Whether the sums of the training year are all that is needed: no condition, a calendar year."""
        standard = self.standard
        unconditional = not (self.least or standard.onsite_percent or standard.day_ceiling)
        return unconditional and standard.year_kind == YearKind.CALENDAR


class Requirements:
    """What `year` asks, under the published standards of `prefixes` and above (None: of everywhere).

    With a `draft` it is as if that were published already.
    """

    def __init__(
        self, year: int, prefixes: Iterable[str] | None = None, *, draft: TrainingStandard | None = None
    ) -> None:
        self.year = year
        wanted = None if prefixes is None else set(prefixes)
        self._standards = Standards(wanted, draft=draft)
        self._uncounted = Uncounted(wanted)
        self._years = {kind: rules.year_span(year, kind) for kind in YearKind.values}
        self._at: dict[str, TrainingStandard | None] = {}
        self._counted: dict[tuple[str, str], bool] = {}
        self._asked: dict[Pattern, Asked] = {}

    def counts(self, prefix: str, kind: str) -> bool:
        """Whether hours are asked of this kind of post: volunteers and interns, whom no rule counts, are left out."""
        key = prefix, kind
        if key not in self._counted:
            self._counted[key] = not self._uncounted.at(prefix, kind, self._years[YearKind.CALENDAR].end)
        return self._counted[key]

    def of(self, life: Life) -> tuple[int, Asked]:
        """Region and requirement of this life. Refuses `not_on_post`, `policy_missing` where nothing is asked.

        The standard held last, in a year of its own kind, decides on variant, lesson hour, year and conditions.
        """
        under = [(stay, self._standard(stay.prefix)) for stay in life]
        held = [(stay, row) for stay, row in under if row and _meets(stay, self._years[row.year_kind])]
        if not held:
            if not any(_meets(stay, self._year(row)) for stay, row in under):
                raise refuse("not_on_post", year=self.year)
            raise PolicyMissing(region=life[-1].prefix.ljust(6, "0"), year=self.year)
        last = held[0] if len(held) == 1 else held[self._last(held)]
        span = self._years[last[1].year_kind]
        days = ((row.pk, max(stay.start, span.start), min(stay.end, span.end), stay.away) for stay, row in held)
        pattern = last[1].pk, tuple(days)
        found = self._asked.get(pattern)
        if found is None:
            found = self._asked[pattern] = _work_out(held, last[1], span)
        return last[0].region_id, found

    def _last(self, held: Sequence[tuple[Stay, TrainingStandard]]) -> int:
        ends = [min(stay.end, self._years[row.year_kind].end) for stay, row in held]
        return max(range(len(held)), key=lambda number: (ends[number], number))

    def _standard(self, prefix: str) -> TrainingStandard | None:
        if prefix not in self._at:
            self._at[prefix] = self._standards.at(prefix, self.year)
        return self._at[prefix]

    def _year(self, standard: TrainingStandard | None) -> Span:
        return self._years[standard.year_kind if standard else YearKind.CALENDAR]


def _meets(stay: Stay, span: Span) -> bool:
    return stay.start < span.end and stay.end > span.start


def _work_out(held: Sequence[tuple[Stay, TrainingStandard]], decisive: TrainingStandard, span: Span) -> Asked:
    buckets = rules.required([_spell(*pair, _hours(pair[1])) for pair in held], decisive.variant, span)
    categories = rules.required(
        [_spell(*pair, pair[1].category_hours) for pair in held if pair[1].category_hours], decisive.variant, span
    )
    lesson = decisive.lesson_minutes
    return Asked(
        standard=decisive,
        span=span,
        required={bucket: rules.minutes(buckets.rounded.get(bucket, Fraction(0)), lesson) for bucket in Bucket.values},
        least={name: rules.minutes(hours, lesson) for name, hours in categories.rounded.items() if hours},
        explanation=_explanation(buckets, categories, decisive, held, span),
    )


def widest(year: int) -> Span:
    """All days that a training year named `year` can hold, whichever kind of year it is."""
    return Span(rules.year_span(year).start, rules.year_span(year, rules.SCHOOL).end)


def kept_in(year: int) -> Span:
    """All days that a training year named `year` holds anywhere: to 31 August where any region keeps school years."""
    kept = TrainingStandard.objects.filter(published_at__isnull=False, year_kind=YearKind.SCHOOL).exists()
    return widest(year) if kept else rules.year_span(year)


def keys(ids: Sequence[uuid.UUID]) -> Any:
    """`ids` for a condition `…__in`; many of them go to PostgreSQL as one array, which takes no time to write."""
    if connection.vendor != "postgresql" or len(ids) < FEW:
        return ids
    return RawSQL("SELECT unnest(%s::uuid[])", ["{" + ",".join(map(str, ids)) + "}"])


def posts_in(span: Span) -> "QuerySet[Post]":
    """Posts held on any day of `span`."""
    rows = Post.objects.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=span.start), started_on__lt=span.end)
    return rows.order_by()


class Lives:
    """The lives of some people in a year, read with two queries: their posts, and protected leave from these."""

    def __init__(self, person_ids: Sequence[uuid.UUID], year: int) -> None:
        self._window = window = widest(year)
        rows = posts_in(window).filter(person__in=keys(person_ids)).order_by("started_on", "pk")
        self._posts = list(
            rows.values_list(
                "person_id",
                "pk",
                "kind",
                "started_on",
                "ended_on",
                "institution__region_id",
                "institution__region__prefix",
            )
        )
        self._leave = protected_leave({row[1]: row[4] for row in self._posts}, window)

    @property
    def prefixes(self) -> set[str]:
        """Of the regions in which they were on post."""
        return {row[6] for row in self._posts}

    def under(self, requirements: Requirements) -> dict[uuid.UUID, Life]:
        """Person → her life; who has no post that counts is missing."""
        first, last = self._window.start, self._window.end
        found: dict[uuid.UUID, Life] = {}
        for person, post, kind, started, ended, region, prefix in self._posts:
            start = max(started, first)
            end = last if ended is None else min(ended, last)
            if start < end and requirements.counts(prefix, kind):
                stay = Stay(region, prefix, start, end, self._leave.get(post, ()))
                found[person] = (*found.get(person, ()), stay)
        return found


def protected_leave(ends: Mapping[uuid.UUID, date | None], window: Span) -> dict[uuid.UUID, tuple[Span, ...]]:
    """Days in `window` on which each of these posts (key → when it ended) asks for no hours: maternity, long
    sick leave, suspension.

    Leave that stands counts up to today. What lies ahead is not known yet, and hours that fell away too
    early could let a certificate be issued which somebody who comes back sooner has not earned.
    """
    today = timezone.localdate()
    sick: dict[uuid.UUID, list[Span]] = {}
    found: dict[uuid.UUID, list[Span]] = {}
    rows = Leave.objects.filter(post__in=keys(list(ends)), started_on__lt=window.end).exclude(kind=LeaveKind.OTHER)
    rows = rows.filter(Q(ended_on__isnull=True) | Q(ended_on__gt=F("started_on")))
    for post, kind, started, ended in rows.values_list("post_id", "kind", "started_on", "ended_on"):
        end = min(ended or today + timedelta(days=1), ends[post] or date.max)
        if started < end:
            spans = sick if kind == LeaveKind.SICK else found
            spans.setdefault(post, []).append(Span(started, end))
    for post, spans_of_post in sick.items():
        long = [span for span in rules.joined(spans_of_post) if span.days >= LONG_SICK_LEAVE]
        found.setdefault(post, []).extend(long)
    inside = {
        post: tuple(part for span in rules.joined(spans) if (part := span.within(window)))
        for post, spans in found.items()
    }
    return {post: spans for post, spans in inside.items() if spans}


def _span(stay: Stay) -> Span:
    return Span(stay.start, stay.end)


def _spell(stay: Stay, standard: TrainingStandard, hours: Mapping[str, int]) -> Spell:
    return Spell(_span(stay), hours, standard.code, stay.away)


def _hours(standard: TrainingStandard) -> dict[str, int]:
    return {Bucket.SKILL.value: standard.skill_hours, Bucket.ETHICS.value: standard.ethics_hours}


def _explanation(
    requirement: rules.Requirement,
    categories: rules.Requirement,
    decisive: TrainingStandard,
    held: Sequence[tuple[Stay, TrainingStandard]],
    span: Span,
) -> dict[str, Any]:
    """The way from days to hours, for people to read: hours as text ("80.5", "29224/365"), days as numbers.

    `year`: its first and last day; `spells`: from, until (its last day), days, hours per year, and the standards
    by code; `standards`: region, hours, paper, line and status of each; `leave`: days of protected leave, which
    ask nothing; `required`: exact and rounded hours per bucket; `least`: the same per category; `conditions`:
    lesson hours a day that count at most, and the share to be earned on site in per cent.
    """
    standards = {standard.code: standard for _, standard in held}
    return {
        "variant": decisive.variant,
        "lesson_minutes": decisive.lesson_minutes,
        "year": {"from": span.start.isoformat(), "until": _last_day(span)},
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
            {"from": part.start.isoformat(), "until": _last_day(part), "days": part.days}
            for stay, _ in held
            for away in stay.away
            if (part := away.within(span))
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
        "required": _figures(requirement),
        "least": _figures(categories),
        "conditions": {"day_ceiling": decisive.day_ceiling, "onsite_percent": decisive.onsite_percent},
    }


def _figures(requirement: rules.Requirement) -> dict[str, dict[str, str]]:
    return {
        name: {"exact": str(hours), "rounded": _words(requirement.rounded[name])}
        for name, hours in requirement.exact.items()
    }


def _last_day(span: Span) -> str:
    return (span.end - timedelta(days=1)).isoformat()


def _words(hours: Fraction) -> str:
    """Whole or half hours: 80, 80.5."""
    return str(hours) if hours.denominator == 1 else f"{int(hours)}.5"

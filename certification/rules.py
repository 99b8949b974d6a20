"""How many hours a year asks of a person (domain formula 1) and whether she has them (formula 2).

Pure arithmetic over what it is given. Days are half-open spans [start, end); hours stay exact
fractions and are rounded once, up to the half hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

#: Named on every assessment; goes up with any change of meaning below.
RULE_VERSION = "hours-1"
PRORATA, STRICT, DEST = "prorata", "strict", "dest"


@dataclass(frozen=True)
class Span:
    """Days [start, end); without an end given it goes on."""

    start: date
    end: date = date.max

    def within(self, year: "Span") -> "Span | None":
        """The part that lies in `year`, if any."""
        start, end = max(self.start, year.start), min(self.end, year.end)
        return Span(start, end) if start < end else None

    @property
    def days(self) -> int:
        """How many days it is."""
        return (self.end - self.start).days


@dataclass(frozen=True)
class Spell:
    """Days on post where a standard asks `hours` per year of each bucket; `source` names standard and region.

    On the days `away`, of protected leave from this post, it asks nothing.
    """

    span: Span
    hours: Mapping[str, int]
    source: str
    away: tuple[Span, ...] = ()

    def asks_on(self, day: date) -> bool:
        """Whether `day` is one on post and not on protected leave."""
        return covers(self.span, day) and not any(covers(span, day) for span in self.away)


@dataclass(frozen=True)
class Stretch:
    """Days of the year on which the same holds: per bucket the largest figure, and whose it is."""

    span: Span
    hours: Mapping[str, int]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Requirement:
    """What a year asks, in lesson hours: exact, and rounded up to the half hour; and the days behind it."""

    exact: Mapping[str, Fraction]
    rounded: Mapping[str, Fraction]
    stretches: tuple[Stretch, ...]
    days_of_year: int


def year_span(year: int) -> Span:
    """The calendar year, 365 or 366 days."""
    return Span(date(year, 1, 1), date(year + 1, 1, 1))


def half_up(hours: Fraction) -> Fraction:
    """Up to the next half hour; a half hour stays."""
    return Fraction(-(-hours * 2 // 1), 2)


def stretches_of(spells: Sequence[Spell], year: Span) -> tuple[Stretch, ...]:
    """The days of the year on post and not on protected leave, cut wherever something changes, in order.

    On a day with several posts each bucket takes the largest figure.
    """
    spans = [span for spell in spells for span in (spell.span, *spell.away)]
    cuts = sorted({day for span in spans if (part := span.within(year)) for day in (part.start, part.end)})
    found: list[Stretch] = []
    for start, end in pairwise(cuts):
        holding = [spell for spell in spells if spell.asks_on(start)]
        if holding:
            buckets = dict.fromkeys(bucket for spell in holding for bucket in spell.hours)
            hours = {bucket: max(spell.hours.get(bucket, 0) for spell in holding) for bucket in buckets}
            sources = tuple(dict.fromkeys(spell.source for spell in holding))
            last = found[-1] if found else None
            if last and last.span.end == start and (last.hours, last.sources) == (hours, sources):
                found[-1] = Stretch(Span(last.span.start, end), hours, sources)
            else:
                found.append(Stretch(Span(start, end), hours, sources))
    return tuple(found)


def covers(span: Span, day: date) -> bool:
    """Whether `day` lies in the span."""
    return span.start <= day < span.end


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same days in as few spans as they need, in order."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def required(spells: Sequence[Spell], variant: str, year: Span) -> Requirement:
    """What the year asks per bucket.

    PRORATA: the sum over the days of figure / days of the year. STRICT: the largest figure held on any
    day, whatever the days. DEST: as PRORATA, but every day with the figure of the last day on post, that
    is of 31 December for whoever stays.
    """
    stretches = stretches_of(spells, year)
    buckets = dict.fromkeys(bucket for stretch in stretches for bucket in stretch.hours)
    exact = {bucket: _asked(bucket, stretches, variant, year.days) for bucket in buckets}
    rounded = {bucket: half_up(hours) for bucket, hours in exact.items()}
    return Requirement(exact, rounded, stretches, year.days)


def _asked(bucket: str, stretches: Sequence[Stretch], variant: str, days_of_year: int) -> Fraction:
    figures = [stretch.hours.get(bucket, 0) for stretch in stretches]
    if variant == STRICT:
        return Fraction(max(figures))
    if variant == DEST:
        figures = [figures[-1]] * len(figures)
    elif variant != PRORATA:
        raise ValueError(f"no such variant: {variant}")
    days = [stretch.span.days for stretch in stretches]
    return Fraction(sum(figure * count for figure, count in zip(figures, days, strict=True)), days_of_year)


def minutes(hours: Fraction, lesson_minutes: int) -> int:
    """Lesson hours as whole minutes. Half a minute goes up: only whole ones can be earned."""
    return int(-(-hours * lesson_minutes // 1))


def reached(required: Mapping[str, int], earned: Mapping[str, int]) -> bool:
    """Every bucket by itself; the two never offset each other. A year that asks nothing is not reached."""
    return any(required.values()) and all(earned.get(bucket, 0) >= asked for bucket, asked in required.items())

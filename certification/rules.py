"""How many hours a year asks of a person (domain formula 1) and whether she has them (formula 2).

Pure arithmetic over what it is given. Days are half-open spans [start, end); hours stay exact
fractions and are rounded once, up to the half hour; what was learnt is whole minutes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

#: Named on every assessment; goes up with any change of meaning below.
RULE_VERSION = "hours-2"
PRORATA, STRICT, DEST = "prorata", "strict", "dest"
CALENDAR, SCHOOL = "calendar", "school"
#: Month and day on which a year of each kind begins.
BEGINS = {CALENDAR: "01-01", SCHOOL: "09-01"}


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
    """Days on post where a standard asks `hours` per year of each bucket (or, asked apart, of each category);
    `source` names standard and region.

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


@dataclass(frozen=True)
class Learnt:
    """Whole minutes of one kind on one day, as they stand in the ledger."""

    day: date
    minutes: int
    bucket: str
    category: str = ""
    online: bool = False


@dataclass(frozen=True)
class Tally:
    """What of a year's minutes counts: per bucket and category, and what fell away and why, per bucket."""

    earned: dict[str, int]
    counted: dict[str, int]
    over_ceiling: dict[str, int]
    over_online: dict[str, int]
    categories: dict[str, int]


def year_span(year: int, kind: str = CALENDAR) -> Span:
    """The calendar year, 365 or 366 days; or the school year that begins in it, 1 September to 31 August."""
    start, end = (date.fromisoformat(f"{begun}-{BEGINS[kind]}") for begun in (year, year + 1))
    return Span(start, end)


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


def least_on_site(required: int, percent: int) -> int:
    """How many of the required minutes must be earned on site: the share, up to the next whole minute."""
    return -(-required * percent // 100)


def count(
    learnt: Iterable[Learnt], required: Mapping[str, int], *, ceiling: int | None = None, onsite_percent: int = 0
) -> Tally:
    """Which minutes of a year count; `learnt` in the order in which it happened, `ceiling` in minutes.

    The ceiling is one for the whole day, over all buckets: what came first counts, what is left over of the
    later does not. Of each bucket's `required` minutes the share on site can't be made up online: online
    minutes count up to the rest, no further. A category's minutes are those below the ceiling, on site or
    online: its minimum asks what was learnt, not where.
    """
    tally = Tally({}, {}, {}, {}, {})
    online: dict[str, int] = {}
    days: dict[date, int] = {}
    for one in learnt:
        room = one.minutes if ceiling is None else min(one.minutes, ceiling - days.get(one.day, 0))
        days[one.day] = days.get(one.day, 0) + room
        _add(tally.earned, one.bucket, one.minutes)
        _add(tally.over_ceiling, one.bucket, one.minutes - room)
        _add(online if one.online else tally.counted, one.bucket, room)
        if one.category:
            _add(tally.categories, one.category, room)
    for bucket, minutes_online in online.items():
        asked = required.get(bucket, 0)
        kept = minutes_online
        if asked and onsite_percent:
            kept = min(minutes_online, asked - least_on_site(asked, onsite_percent))
        _add(tally.counted, bucket, kept)
        _add(tally.over_online, bucket, minutes_online - kept)
    return tally


def _add(to: dict[str, int], key: str, more: int) -> None:
    to[key] = to.get(key, 0) + more


def reached(
    required: Mapping[str, int],
    earned: Mapping[str, int],
    least: Mapping[str, int] | None = None,
    categories: Mapping[str, int] | None = None,
) -> bool:
    """Every bucket by itself; the two never offset each other; and every category its `least` minutes.

    A year that asks nothing is not reached.
    """
    own = any(required.values()) and all(earned.get(bucket, 0) >= asked for bucket, asked in required.items())
    return own and all((categories or {}).get(name, 0) >= asked for name, asked in (least or {}).items())

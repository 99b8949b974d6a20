"""What presence is worth: pure arithmetic over moments, in whole minutes, never in floats."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from zoneinfo import ZoneInfo

#: Kept with every hour entry, so that a later rule never changes what an earlier one gave.
RULE_VERSION = "presence-2"
ZERO = timedelta(0)
DAY = timedelta(days=1)
BEIJING = ZoneInfo("Asia/Shanghai")
#: Why a presence gives fewer minutes than she was there: later than the rule allows, suspended on that day, counted
#: for something else at the same time, or rejected by the bureau as false.
LATE, SUSPENDED, OVERLAP, FALSE = LESS = ("late", "suspended", "overlap", "false")


@dataclass(frozen=True, order=True)
class Span:
    """A half-open piece of time [starts, ends)."""

    starts: datetime
    ends: datetime

    @property
    def length(self) -> timedelta:
        return max(ZERO, self.ends - self.starts)

    def meets(self, other: "Span") -> bool:
        """Whether the two have a moment in common; one that ends when the other starts has none."""
        return self.starts < other.ends and other.starts < self.ends

    def within(self, other: "Span") -> "Span":
        """The part of this span that lies inside `other`; of length 0 where they don't meet."""
        starts = max(self.starts, other.starts)
        return Span(starts, max(starts, min(self.ends, other.ends)))


def uncovered(span: Span, taken: Iterable[Span]) -> timedelta:
    """How much of `span` lies outside all of `taken`, which may overlap one another."""
    left, reached = ZERO, span.starts
    for other in sorted(other for other in taken if other.meets(span)):
        piece = other.within(span)
        if piece.starts > reached:
            left += piece.starts - reached
        reached = max(reached, piece.ends)
    return left + max(ZERO, span.ends - reached)


def minutes_present(session: Span, break_minutes: int, presence: Span | None, taken: Iterable[Span] = ()) -> int:
    """Whole minutes that being there during `presence` gives for `session`; None is absence.

    Presence counts inside the session only, and no moment in `taken` (credited for another session
    already) counts twice (domain formula 2). The break is taken off in proportion: whoever was there
    from beginning to end loses all of it, whoever came for half loses half, since nobody notes on
    which side of the break she came. Rounded down once, at the end.
    """
    if presence is None or session.length == ZERO:
        return 0
    there = uncovered(presence.within(session), taken)
    net = max(ZERO, session.length - timedelta(minutes=break_minutes))
    # Both factors and the divisor as whole microseconds: exact, however long the session.
    micro = timedelta(microseconds=1)
    return (there // micro) * (net // micro) // (session.length // micro) // (timedelta(minutes=1) // micro)


@dataclass(frozen=True)
class Verdict:
    """What a presence is: its word, its whole minutes, and why they are fewer than she was there (`LESS`, or "")."""

    state: str
    minutes: int
    less: str = ""


def judge(
    session: Span,
    break_minutes: int,
    presence: Span | None,
    *,
    excused: bool = False,
    grace_minutes: int,
    late_counts: bool,
    suspended: Sequence[Span] = (),
    taken: Sequence[Span] = (),
) -> Verdict:
    """The verdict on a presence; None is absence, or being excused.

    Who came later, or went earlier, than `grace_minutes` gives nothing unless `late_counts`: then she counts for
    the time she was there, as everybody within the grace does. `suspended` are days of suspension, which give
    nothing; `taken` is what counts for something else already.
    """
    if presence is None:
        return Verdict("excused" if excused else "absent", 0)
    state, grace = state_of(session, presence), timedelta(minutes=grace_minutes)
    whole = minutes_present(session, break_minutes, presence)
    off = max(presence.starts - session.starts, session.ends - presence.ends)
    if off > grace and not late_counts:
        return Verdict(state, 0, LATE if whole else "")
    allowed = minutes_present(session, break_minutes, presence, suspended)
    minutes = minutes_present(session, break_minutes, presence, [*suspended, *taken])
    if allowed < whole:
        return Verdict(state, minutes, SUSPENDED)
    return Verdict(state, minutes, OVERLAP if minutes < whole else "")


def state_of(session: Span, presence: Span | None) -> str:
    """The word for a presence: absent, present, late, left_early or late_and_early."""
    if presence is None:
        return "absent"
    late, early = presence.starts > session.starts, presence.ends < session.ends
    if late and early:
        return "late_and_early"
    return "late" if late else "left_early" if early else "present"


def plausible(session: Span, presence: Span) -> bool:
    """Whether somebody can have come and gone like this: arrival first, and there during the session."""
    return presence.starts < presence.ends and presence.meets(session)


def clashes(spans: Iterable[Span]) -> list[tuple[Span, Span]]:
    """Neighbouring pairs of `spans`, in order of time, that meet."""
    ordered = sorted(spans)
    return [(one, next_one) for one, next_one in pairwise(ordered) if one.meets(next_one)]


# --- Days and shares ------------------------------------------------------------------------


def day_of(moment: datetime) -> date:
    """The day in Beijing."""
    return moment.astimezone(BEIJING).date()


def whole_day(day: date) -> Span:
    """From midnight to midnight in Beijing."""
    midnight = datetime.combine(day, time(0), BEIJING)
    return Span(midnight, midnight + DAY)


def days_of(span: Span) -> list[tuple[date, Span]]:
    """The pieces of a span by day in Beijing, in order; one that ends at midnight has nothing of the next day."""
    pieces, day = [], day_of(span.starts)
    while (piece := span.within(whole_day(day))).length > ZERO:
        pieces.append((day, piece))
        day += DAY
    return pieces


def split(whole: int, weights: Sequence[int]) -> list[int]:
    """`whole` in parts as the weights say, rounded so that they add up to it exactly; no weight at all, no parts.

    The running total is rounded down at each step and each part is what it grew by, so no part is off by a whole
    one, and the order of the weights is the only thing that decides where the odd minute goes.
    """
    total, running, given, parts = sum(weights), 0, 0, []
    for weight in weights:
        running += weight
        upto = whole * running // total if total else 0
        parts.append(upto - given)
        given = upto
    return parts


@dataclass(frozen=True)
class Part:
    """Minutes of one day that go to one share (its position); `span` is the time of that day they come from."""

    day: date
    span: Span
    share: int
    minutes: int


def parts_of(minutes: int, present: Span, away: Sequence[Span], shares: Sequence[int]) -> list[Part]:
    """How the minutes of a presence fall on days and shares; parts of no minutes are left out.

    `present` lies inside the session, `away` is what of it doesn't count, `shares` are the parts of each share. All
    shares of a day have that day's span: nobody notes when the teacher went from one subject to the next.
    """
    micro = timedelta(microseconds=1)
    pieces = [(day, piece, uncovered(piece, away) // micro) for day, piece in days_of(present)]
    slots = [(day, piece, number) for day, piece, _weight in pieces for number in range(len(shares))]
    given = split(minutes, [weight * parts for _day, _piece, weight in pieces for parts in shares])
    return [Part(*slot, got) for slot, got in zip(slots, given, strict=True) if got]


# --- Taking part ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Participation:
    """How much of a run somebody took part in, in sessions or in minutes: 5 of 10 planned, 5 of 5 held."""

    attended: int
    held: int
    planned: int

    @property
    def of_plan(self) -> Fraction | None:
        """The share of all that is planned; None where nothing is."""
        return Fraction(self.attended, self.planned) if self.planned else None

    @property
    def of_held(self) -> Fraction | None:
        """The share of what was held so far; None where nothing was."""
        return Fraction(self.attended, self.held) if self.held else None


def participation(sessions: Iterable[tuple[int, bool, int]]) -> Participation:
    """What a run's sessions come to: per session that isn't cancelled its weight (1, or its minutes), whether it was
    held, and how much of the weight was attended."""
    rows = list(sessions)
    return Participation(
        attended=sum(min(attended, weight) for weight, held, attended in rows if held),
        held=sum(weight for weight, held, _attended in rows if held),
        planned=sum(weight for weight, _held, _attended in rows),
    )


# --- Places ---------------------------------------------------------------------------------


def arc(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far two places (latitude and longitude in degrees) are apart on a sphere of radius 1: the haversine."""
    (south, west), (north, east) = ((radians(latitude), radians(longitude)) for latitude, longitude in (one, other))
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return 2 * asin(sqrt(min(1.0, half)))


# --- Comparing centres ----------------------------------------------------------------------


def median(values: Sequence[Fraction]) -> Fraction:
    """The middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def robust_scores(values: Sequence[Fraction]) -> list[Fraction]:
    """How many median absolute deviations each value lies above the median; below it is negative.

    Where half the values are alike the deviation counts as one per cent at least, so that nothing is divided by 0.
    """
    centre = median(values)
    spread = max(median([abs(value - centre) for value in values]), Fraction(1, 100))
    return [(value - centre) / spread for value in values]

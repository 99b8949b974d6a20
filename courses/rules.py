"""What presence is worth: pure arithmetic over moments, in whole minutes, never in floats."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

#: Kept with every hour entry, so that a later rule never changes what an earlier one gave.
RULE_VERSION = "presence-1"
ZERO = timedelta(0)


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

"""Minutes, days and shares against a slow, obviously right implementation: minute by minute, in exact fractions."""

from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses import rules
from courses.models import Less
from courses.rules import Span, Verdict
from tests.factories import at

MINUTE = timedelta(minutes=1)
#: Four hours across the year's last midnight.
NIGHT = Span(at("2025-12-31 22:00"), at("2026-01-01 02:00"))


def night(start: int, length: int) -> Span:
    """A piece of the night, by minutes from its beginning."""
    return Span(NIGHT.starts + start * MINUTE, NIGHT.starts + (start + length) * MINUTE)


#: A busy machine is no finding.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
pieces = st.builds(night, st.integers(-60, 240), st.integers(1, 240))


def counted(presence: Span, away: list[Span]) -> list[datetime]:
    """Every minute of the night at which she was there and nothing else counts."""
    minutes = [NIGHT.starts + number * MINUTE for number in range(240)]
    return [
        m for m in minutes if presence.starts <= m < presence.ends and not any(a.starts <= m < a.ends for a in away)
    ]


@patient
@given(presence=pieces, away=st.lists(pieces, max_size=3), pause=st.integers(0, 239))
def test_minutes_are_those_counted_one_by_one(presence: Span, away: list[Span], pause: int) -> None:
    exact = len(counted(presence, away)) * Fraction(240 - pause, 240)
    assert rules.minutes_present(NIGHT, pause, presence, away) == floor(exact)


@patient
@given(
    presence=pieces,
    away=st.lists(pieces, max_size=3),
    pause=st.integers(0, 200),
    shares=st.lists(st.integers(1, 5), min_size=1, max_size=4),
)
def test_parts_add_up_and_none_is_a_minute_off(presence: Span, away: list[Span], pause: int, shares: list[int]) -> None:
    minutes = rules.minutes_present(NIGHT, pause, presence, away)
    parts = rules.parts_of(minutes, presence.within(NIGHT), away, shares)
    assert sum(part.minutes for part in parts) == minutes
    assert all(part.minutes > 0 and part.span.length > timedelta(0) for part in parts)
    there = counted(presence, away)
    for day in {rules.day_of(moment) for moment in there}:
        on_day = sum(1 for moment in there if rules.day_of(moment) == day)
        for number, share in enumerate(shares):
            exact = Fraction(minutes * on_day * share, len(there) * sum(shares))
            got = sum(part.minutes for part in parts if (part.day, part.share) == (day, number))
            assert abs(got - exact) < 1


@patient
@given(st.integers(0, 10_000), st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_splitting_loses_nothing(whole: int, weights: list[int]) -> None:
    parts = rules.split(whole, weights)
    assert sum(parts) == (whole if sum(weights) else 0)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


def test_midnight_belongs_to_the_new_day() -> None:
    assert [day.isoformat() for day, _piece in rules.days_of(NIGHT)] == ["2025-12-31", "2026-01-01"]
    assert [day.isoformat() for day, _piece in rules.days_of(night(0, 120))] == ["2025-12-31"]
    assert [day.isoformat() for day, _piece in rules.days_of(night(120, 1))] == ["2026-01-01"]
    assert [part.minutes for part in rules.parts_of(180, night(0, 180), [], [1])] == [120, 60]


@pytest.mark.parametrize(
    ("presence", "grace", "late_counts", "verdict"),
    [
        (night(0, 240), 0, False, Verdict("present", 240)),
        (night(15, 225), 15, False, Verdict("late", 225)),
        (night(16, 224), 15, False, Verdict("late", 0, "late")),
        (night(16, 224), 15, True, Verdict("late", 224)),
        (night(0, 224), 15, False, Verdict("left_early", 0, "late")),
    ],
)
def test_grace_and_what_follows_it(presence: Span, grace: int, late_counts: bool, verdict: Verdict) -> None:
    assert rules.judge(NIGHT, 0, presence, grace_minutes=grace, late_counts=late_counts) == verdict


def test_why_minutes_are_fewer() -> None:
    def judged(presence: Span | None, **kw: object) -> Verdict:
        return rules.judge(NIGHT, 0, presence, grace_minutes=0, late_counts=True, **kw)  # type: ignore[arg-type]

    first_day, all_night = [night(-1320, 1440)], night(0, 240)
    assert judged(all_night, suspended=first_day) == Verdict("present", 120, "suspended")
    assert judged(all_night, taken=[night(60, 30), night(80, 40)]) == Verdict("present", 180, "overlap")
    assert judged(all_night, suspended=first_day, taken=[night(60, 120)]) == Verdict("present", 60, "suspended")
    assert judged(all_night, taken=[night(240, 60)]) == Verdict("present", 240)
    assert judged(None) == Verdict("absent", 0)
    assert judged(None, excused=True) == Verdict("excused", 0)
    assert set(Less.values) == set(rules.LESS)


def test_five_of_ten_are_half_of_the_plan_and_all_of_what_was_held() -> None:
    half = rules.participation([(1, True, 1)] * 5 + [(1, False, 0)] * 5)
    assert (half.of_plan, half.of_held) == (Fraction(1, 2), Fraction(1))
    minutes = rules.participation([(90, True, 45), (90, True, 90), (180, False, 0)])
    assert (minutes.of_plan, minutes.of_held) == (Fraction(3, 8), Fraction(3, 4))
    nothing = rules.participation([])
    assert (nothing.of_plan, nothing.of_held) == (None, None)

"""What presence is worth: worked examples, and what holds for every presence."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import rules
from courses.rules import Span
from tests.factories import at

MORNING = Span(at("2025-03-05 09:00"), at("2025-03-05 12:00"))
MINUTE = timedelta(minutes=1)


def span(starts: str, ends: str) -> Span:
    return Span(at(f"2025-03-05 {starts}"), at(f"2025-03-05 {ends}"))


@pytest.mark.parametrize(
    ("presence", "pause", "minutes", "state"),
    [
        (None, 0, 0, "absent"),
        (span("09:00", "12:00"), 0, 180, "present"),
        (span("08:40", "12:10"), 0, 180, "present"),
        (span("09:00", "12:00"), 15, 165, "present"),
        (span("09:12", "12:00"), 0, 168, "late"),
        (span("09:00", "11:30"), 0, 150, "left_early"),
        (span("09:30", "11:00"), 0, 90, "late_and_early"),
        # Half of the session costs half of the break: 90 of 180 minutes give 82.5 of 165.
        (span("09:00", "10:30"), 15, 82, "left_early"),
        (span("11:59", "12:00"), 0, 1, "late"),
    ],
)
def test_minutes_and_word(presence: Span | None, pause: int, minutes: int, state: str):
    assert rules.minutes_present(MORNING, pause, presence) == minutes
    assert rules.state_of(MORNING, presence) == state


def test_time_credited_elsewhere_counts_once():
    elsewhere = [span("08:00", "10:00"), span("09:30", "10:30")]
    assert rules.minutes_present(MORNING, 0, MORNING, elsewhere) == 90
    assert rules.minutes_present(MORNING, 0, MORNING, [span("08:00", "13:00")]) == 0
    assert rules.minutes_present(MORNING, 0, MORNING, [span("12:00", "13:00")]) == 180


def test_seconds_are_rounded_down_once():
    late = Span(MORNING.starts + timedelta(seconds=1), MORNING.ends)
    assert rules.minutes_present(MORNING, 0, late) == 179


@pytest.mark.parametrize(
    ("presence", "fits"),
    [
        (span("08:00", "09:01"), True),
        (span("08:00", "09:00"), False),
        (span("12:00", "12:30"), False),
        (span("10:00", "10:00"), False),
        (span("11:00", "10:00"), False),
    ],
)
def test_plausible(presence: Span, fits: bool):
    assert rules.plausible(MORNING, presence) is fits


def test_clashes():
    touching = [span("09:00", "10:00"), span("10:00", "11:00")]
    assert rules.clashes(touching) == []
    assert rules.clashes([*touching, span("08:00", "12:00")]) == [
        (span("08:00", "12:00"), span("09:00", "10:00")),
    ]


moments = st.integers(-300, 600).map(lambda n: MORNING.starts + n * MINUTE)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    one, other = draw(moments), draw(moments)
    return Span(min(one, other), max(one, other))


@given(presence=spans(), pause=st.integers(0, 200), taken=st.lists(spans(), max_size=4))
def test_never_more_than_the_time_there(presence: Span, pause: int, taken: list[Span]):
    minutes = rules.minutes_present(MORNING, pause, presence, taken)
    assert 0 <= minutes <= presence.within(MORNING).length // MINUTE
    assert minutes <= max(0, 180 - pause)
    assert minutes <= rules.minutes_present(MORNING, pause, presence)


@given(presence=spans(), cut=moments)
def test_two_halves_give_what_the_whole_gives(presence: Span, cut: datetime):
    first, second = presence.within(Span(presence.starts, cut)), presence.within(Span(cut, presence.ends))
    both = rules.minutes_present(MORNING, 0, first) + rules.minutes_present(MORNING, 0, second)
    assert both == rules.minutes_present(MORNING, 0, presence)


@given(presence=spans(), taken=st.lists(spans(), max_size=5))
def test_uncovered_equals_counting_minutes(presence: Span, taken: list[Span]):
    start, end = presence.starts, presence.ends
    minutes = [start + n * MINUTE for n in range((end - start) // MINUTE)]
    free = [m for m in minutes if not any(other.starts <= m < other.ends for other in taken)]
    assert rules.uncovered(presence, taken) == len(free) * MINUTE

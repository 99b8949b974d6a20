"""Required hours: the paper's examples, and any life at work against counting day by day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certification import rules
from certification.rules import DEST, PRORATA, STRICT, Span, Spell, required, year_span

Y2025, Y2024 = year_span(2025), year_span(2024)
JANUARY = date(2025, 1, 1)


def spell(start: date, end: date, skill: int, ethics: int = 40, source: str = "s") -> Spell:
    return Spell(Span(start, end), {"skill": skill, "ethics": ethics}, source)


def away(spells: Sequence[Spell], leave: Sequence[Span]) -> list[Spell]:
    """The same spells with that leave from each of them."""
    return [replace(spell, away=tuple(leave)) for spell in spells]


def asked(spells: Sequence[Spell], variant: str = PRORATA, year: Span = Y2025, leave: Sequence[Span] = ()):
    rounded = required(away(spells, leave), variant, year).rounded
    return rounded.get("skill"), rounded.get("ethics")


@pytest.mark.parametrize(("skill", "expected"), [(72, 41), (88, 50)])
def test_leave_of_158_days_in_365(skill, expected):
    leave = [Span(date(2025, 3, 1), date(2025, 3, 1) + timedelta(days=158))]
    assert asked([spell(date(2020, 1, 1), date.max, skill)], leave=leave) == (expected, 23)


def test_move_from_qingpu_to_songjiang():
    move = JANUARY + timedelta(days=181)
    spells = [spell(date(2024, 6, 1), move, 72, source="qingpu"), spell(move, date.max, 88, source="songjiang")]
    requirement = required(spells, PRORATA, Y2025)
    assert requirement.rounded == {"skill": Fraction("80.5"), "ethics": 40}
    assert requirement.exact["skill"] == Fraction(72 * 181 + 88 * 184, 365)
    assert [(part.span.days, part.sources) for part in requirement.stretches] == [
        (181, ("qingpu",)),
        (184, ("songjiang",)),
    ]


def test_hired_on_1_october():
    assert asked([spell(date(2025, 10, 1), date.max, 72)]) == (Fraction("18.5"), Fraction("10.5"))


@pytest.mark.parametrize("year", [Y2024, Y2025])
def test_full_year_asks_the_full_figure_whatever_its_days(year):
    assert asked([spell(date(2020, 1, 1), date.max, 88)], year=year) == (88, 40)


def test_day_with_several_posts_takes_the_largest_figure_of_each_bucket():
    both = [spell(JANUARY, date.max, 72, 50, "a"), spell(JANUARY, date.max, 88, 40, "b")]
    requirement = required(both, PRORATA, Y2025)
    assert requirement.rounded == {"skill": 88, "ethics": 50}
    assert requirement.stretches[0].sources == ("a", "b")


def test_overlapping_posts_count_each_day_once():
    spells = [spell(JANUARY, date(2025, 8, 1), 72), spell(date(2025, 5, 1), date.max, 72)]
    assert asked(spells) == (72, 40)


def test_strict_asks_the_full_figure_whatever_the_days():
    assert asked([spell(date(2025, 10, 1), date.max, 72)], STRICT) == (72, 40)
    assert asked([spell(JANUARY, date(2025, 2, 1), 72), spell(date(2025, 2, 1), date.max, 88)], STRICT) == (88, 40)


def test_dest_takes_the_region_of_31_december_for_every_day():
    moved_down = [spell(JANUARY, date(2025, 12, 1), 88), spell(date(2025, 12, 1), date.max, 72)]
    assert asked(moved_down, DEST) == (72, 40)
    assert asked([spell(date(2025, 10, 1), date.max, 72)], DEST) == (Fraction("18.5"), Fraction("10.5"))


def test_dest_without_a_post_on_31_december_takes_the_last_one():
    left = [spell(JANUARY, date(2025, 2, 1), 72), spell(date(2025, 2, 1), date(2025, 7, 1), 88)]
    assert asked(left, DEST)[0] == rules.half_up(Fraction(88 * 181, 365))


@pytest.mark.parametrize("variant", [PRORATA, STRICT, DEST])
def test_nothing_is_asked_without_a_day_on_post(variant):
    on_leave = [spell(JANUARY, date(2025, 3, 1), 72)]
    assert required([spell(date(2024, 1, 1), JANUARY, 72)], variant, Y2025).rounded == {}
    assert required(away(on_leave, [Span(date(2024, 12, 1), date(2025, 4, 1))]), variant, Y2025).rounded == {}


def test_unknown_variant_is_an_error():
    with pytest.raises(ValueError, match="no such variant"):
        required([spell(JANUARY, date.max, 72)], "other", Y2025)


@pytest.mark.parametrize(
    ("hours", "rounded"),
    [("0", "0"), ("0.0001", "0.5"), ("0.5", "0.5"), ("18.1479", "18.5"), ("40", "40"), ("40.5001", "41")],
)
def test_half_up_rounds_up_and_leaves_halves(hours, rounded):
    assert rules.half_up(Fraction(hours)) == Fraction(rounded)


@pytest.mark.parametrize(("hours", "minutes"), [("88", 3960), ("80.5", 3623), ("0.5", 23), ("0", 0)])
def test_minutes_go_up_to_whole_ones(hours, minutes):
    assert rules.minutes(Fraction(hours), 45) == minutes


@pytest.mark.parametrize(
    ("earned", "reached"),
    [
        ({"skill": 3960, "ethics": 1800}, True),
        ({"skill": 3959, "ethics": 1800}, False),
        ({"skill": 9999, "ethics": 1799}, False),  # skills never offset ethics
        ({}, False),
    ],
)
def test_reached_bucket_by_bucket(earned, reached):
    assert rules.reached({"skill": 3960, "ethics": 1800}, earned) is reached


def test_year_that_asks_nothing_is_not_reached():
    assert rules.reached({"skill": 0, "ethics": 0}, {"skill": 60, "ethics": 60}) is False
    assert rules.reached({"skill": 45, "ethics": 0}, {"skill": 45}) is True


# --- Against counting every day -------------------------------------------------------------

days = st.dates(date(2023, 6, 1), date(2026, 6, 1))
spans = st.builds(lambda first, length: Span(first, first + timedelta(days=length)), days, st.integers(0, 900))
open_spans = st.one_of(spans, st.builds(Span, days))
lives = st.lists(
    st.builds(
        lambda span, skill, ethics: Spell(span, {"skill": skill, "ethics": ethics}, f"{skill}-{ethics}"),
        open_spans,
        st.integers(0, 120),
        st.integers(0, 60),
    ),
    max_size=5,
)


def slowly(spells: Sequence[Spell], variant: str, year: Span, leave: Sequence[Span], bucket: str) -> Fraction:
    """The formula as it is written, one day after the other."""
    figures = []
    today = year.start
    while today < year.end:
        on_leave = any(span.start <= today < span.end for span in leave)
        held = [one.hours[bucket] for one in spells if one.span.start <= today < one.span.end]
        if held and not on_leave:
            figures.append(max(held))
        today += timedelta(days=1)
    length = (year.end - year.start).days
    if not figures:
        total = Fraction(0)
    elif variant == STRICT:
        total = Fraction(max(figures))
    elif variant == DEST:
        total = Fraction(figures[-1] * len(figures), length)
    else:
        total = sum((Fraction(figure, length) for figure in figures), Fraction(0))
    halves = 0
    while Fraction(halves, 2) < total:
        halves += 1
    return Fraction(halves, 2)


@settings(max_examples=60, deadline=None)
@given(lives, st.lists(open_spans, max_size=3), st.sampled_from([PRORATA, STRICT, DEST]), st.sampled_from([2024, 2025]))
def test_any_life_at_work_as_counted_by_days(spells, leave, variant, year):
    requirement = required(away(spells, leave), variant, year_span(year))
    for bucket in ("skill", "ethics"):
        expected = slowly(spells, variant, year_span(year), leave, bucket)
        assert requirement.rounded.get(bucket, Fraction(0)) == expected


@settings(max_examples=60, deadline=None)
@given(lives, st.lists(open_spans, max_size=3))
def test_stretches_are_in_order_apart_and_within_the_year(spells, leave):
    stretches = rules.stretches_of(away(spells, leave), Y2025)
    edges = [day for part in stretches for day in (part.span.start, part.span.end)]
    assert edges == sorted(edges)
    assert all(part.span.days > 0 for part in stretches)
    assert not edges or (edges[0] >= Y2025.start and edges[-1] <= Y2025.end)


def test_leave_from_one_post_leaves_the_other_asking():
    away_from_one = Spell(Span(JANUARY), {"skill": 88}, "a", (Span(JANUARY, date(2026, 1, 1)),))
    assert required([away_from_one, Spell(Span(JANUARY), {"skill": 72}, "b")], PRORATA, Y2025).rounded == {"skill": 72}
    assert required([away_from_one], PRORATA, Y2025).rounded == {}


def test_joined_spans_hold_the_same_days():
    first, touching, apart = (
        Span(date(2025, 1, 1), date(2025, 1, 5)),
        Span(date(2025, 1, 5), date(2025, 1, 7)),
        Span(date(2025, 2, 1), date(2025, 2, 2)),
    )
    assert rules.joined([apart, touching, first]) == [Span(date(2025, 1, 1), date(2025, 1, 7)), apart]

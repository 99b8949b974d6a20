"""How a training year will end, against a day-by-day reckoning; and seats spread over months."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.rules import Pace, Prospect, prospect, seats, spread

MINUTES = st.integers(0, 6000)
DAYS = st.integers(0, 366)


def naive(required: int, earned: int, booked: int, so_far: int, left: int) -> bool:
    """Day after day as much as on the mean day so far; or, if that is more, the sessions booked."""
    each = Fraction(earned) / so_far if so_far else Fraction(0)
    by_pace = by_booking = Fraction(earned)
    for _day in range(left):
        by_pace += each
    for _minute in range(booked):
        by_booking += 1
    return by_pace >= required or by_booking >= required


@given(MINUTES, MINUTES, MINUTES, DAYS, DAYS)
def test_enough_is_what_a_day_by_day_reckoning_says(
    required: int, earned: int, booked: int, so_far: int, left: int
) -> None:
    pace = Pace(required, earned, booked, so_far, left)
    assert pace.enough == naive(required, earned, booked, so_far, left)
    assert pace.missing == (required - earned if required > earned else 0)
    assert pace.unbooked <= pace.missing
    assert pace.expected >= earned + booked or pace.at_this_pace > booked


@given(MINUTES, MINUTES, st.integers(0, 3000), DAYS, DAYS, st.integers(1, 500))
def test_more_hours_or_bookings_never_make_it_worse(
    required: int, earned: int, booked: int, so_far: int, left: int, more: int
) -> None:
    before = Pace(required, earned, booked, so_far, left)
    assert Pace(required, earned + more, booked, so_far, left).expected >= before.expected
    assert Pace(required, earned, booked + more, so_far, left).expected >= before.expected


def test_half_of_the_hours_in_half_of_the_year_is_on_course_and_a_minute_less_is_not() -> None:
    assert prospect(False, [Pace(7200, 3600, 0, 182, 182)]) is Prospect.ON_COURSE
    assert prospect(False, [Pace(7200, 3599, 0, 182, 182)]) is Prospect.WILL_MISS


def test_bookings_and_pace_are_not_added_up() -> None:
    pace = Pace(required=400, earned=100, booked=150, so_far=100, left=160)
    assert pace.expected == 260
    assert not pace.enough


@pytest.mark.parametrize(
    ("reached", "paces", "ends"),
    [
        (True, [Pace(60, 0, 0, 1, 0)], Prospect.REACHED),
        (False, [Pace(60, 30, 30, 1, 0), Pace(45, 45, 0, 1, 0)], Prospect.ON_COURSE),
        (False, [Pace(60, 600, 0, 1, 0), Pace(45, 44, 0, 1, 0)], Prospect.WILL_MISS),
        # All hours are there, and a condition of the standard is not met.
        (False, [Pace(60, 60, 0, 1, 0), Pace(45, 45, 0, 1, 0)], Prospect.WILL_MISS),
        (False, [Pace(60, 0, 0, 0, 300)], Prospect.WILL_MISS),
        (False, [Pace(60, 0, 60, 0, 300)], Prospect.ON_COURSE),
    ],
)
def test_every_bucket_must_do_by_itself(reached: bool, paces: list[Pace], ends: Prospect) -> None:
    assert prospect(reached, paces) is ends


@given(st.integers(0, 10_000), st.integers(1, 12))
def test_a_spread_loses_nothing_and_is_even(total: int, parts: int) -> None:
    shares = spread(total, parts)
    assert (sum(shares), len(shares)) == (total, parts)
    assert max(shares) - min(shares) <= 1
    assert shares == sorted(shares, reverse=True)


@given(st.integers(0, 100_000), st.fractions(min_value=1, max_value=600))
def test_so_many_seats_are_enough_and_one_less_is_not(minutes: int, usual: Fraction) -> None:
    needed = seats(minutes, usual)
    assert needed * usual >= minutes
    assert not needed or (needed - 1) * usual < minutes

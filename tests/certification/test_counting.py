"""What of a year's minutes counts: worked examples, and any year against counting minute by minute."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certification import rules
from certification.rules import Learnt, count, reached

MONDAY, TUESDAY = date(2025, 3, 3), date(2025, 3, 4)
ASKED = {"skill": 360, "ethics": 180}


def test_what_is_over_the_days_ceiling_comes_off_what_came_later() -> None:
    day = [Learnt(MONDAY, 200, "skill"), Learnt(MONDAY, 100, "ethics"), Learnt(MONDAY, 100, "skill")]
    tally = count([*day, Learnt(TUESDAY, 270, "skill")], ASKED, ceiling=270)
    assert tally.counted == {"skill": 200 + 270, "ethics": 70}
    assert tally.over_ceiling == {"skill": 100, "ethics": 30}
    assert tally.earned == {"skill": 570, "ethics": 100}


@pytest.mark.parametrize(
    ("onsite", "online", "counts", "enough"),
    [
        (180, 180, 360, True),  # exactly half on site
        (179, 300, 359, False),  # one minute short on site, however much online
        (180, 300, 360, True),
        (360, 0, 360, True),
        (300, 60, 360, True),
        (0, 999, 180, False),
    ],
)
def test_the_share_on_site_is_not_made_up_online(onsite: int, online: int, counts: int, enough: bool) -> None:
    learnt = [Learnt(MONDAY, part, "skill", online=far) for part, far in ((onsite, False), (online, True)) if part]
    tally = count(learnt, {"skill": 360}, onsite_percent=50)
    assert tally.counted["skill"] == counts
    assert reached({"skill": 360}, tally.counted) is enough


def test_a_share_goes_up_to_whole_minutes() -> None:
    assert [rules.least_on_site(asked, 50) for asked in (0, 1, 3623)] == [0, 1, 1812]
    assert rules.least_on_site(3623, 0) == 0


def test_a_category_asks_what_was_learnt_not_where() -> None:
    learnt = [Learnt(MONDAY, 300, "skill", "safety", online=True), Learnt(MONDAY, 400, "skill")]
    tally = count(learnt, {"skill": 360}, onsite_percent=100)
    assert (tally.counted, tally.over_online, tally.categories) == ({"skill": 400}, {"skill": 300}, {"safety": 300})


def test_every_category_must_have_its_least() -> None:
    least = {"safety": 90, "law": 45}
    assert reached({"skill": 360}, {"skill": 360}, least, {"safety": 90, "law": 45})
    assert not reached({"skill": 360}, {"skill": 360}, least, {"safety": 300})
    assert not reached({"skill": 360}, {"skill": 359}, least, {"safety": 90, "law": 45})


learnt_at = st.lists(
    st.builds(
        Learnt,
        st.sampled_from([MONDAY, TUESDAY]),
        st.integers(1, 40),
        st.sampled_from(["skill", "ethics"]),
        st.sampled_from(["", "safety", "law"]),
        st.booleans(),
    ),
    max_size=8,
)


def slowly(learnt: Sequence[Learnt], required: Mapping[str, int], ceiling: int | None, percent: int) -> tuple:
    """One minute after the other; whether the two conditions on a bucket are met, said as the paper would."""
    today: dict[date, int] = {}
    minutes: list[Learnt] = []
    for one in learnt:
        for _minute in range(one.minutes):
            if ceiling is None or today.get(one.day, 0) < ceiling:
                today[one.day] = today.get(one.day, 0) + 1
                minutes.append(one)
    categories = {name: sum(one.category == name for one in minutes) for name in ("safety", "law")}
    enough = {}
    for bucket, asked in required.items():
        own = [one for one in minutes if one.bucket == bucket]
        onsite = sum(not one.online for one in own)
        enough[bucket] = len(own) >= asked and Fraction(onsite) >= Fraction(asked * percent, 100)
    return enough, categories


@settings(max_examples=150, deadline=None)
@given(
    learnt_at,
    st.integers(0, 120),
    st.integers(0, 60),
    st.one_of(st.none(), st.integers(1, 90)),
    st.sampled_from([0, 30, 50, 100]),
)
def test_any_year_as_counted_by_minutes(
    learnt: list[Learnt], skill: int, ethics: int, ceiling: int | None, percent: int
) -> None:
    required = {"skill": skill, "ethics": ethics}
    tally = count(learnt, required, ceiling=ceiling, onsite_percent=percent)
    enough, categories = slowly(learnt, required, ceiling, percent)
    for bucket, asked in required.items():
        assert (tally.counted.get(bucket, 0) >= asked) is enough[bucket]
        fallen = tally.over_ceiling.get(bucket, 0) + tally.over_online.get(bucket, 0)
        assert tally.earned.get(bucket, 0) == tally.counted.get(bucket, 0) + fallen
    assert {name: minutes for name, minutes in categories.items() if minutes} == {
        name: minutes for name, minutes in tally.categories.items() if minutes
    }

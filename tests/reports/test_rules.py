"""The arithmetic of figures: the examples of the domain paper, and what must hold for any numbers."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import rules
from reports.rules import Claim, Reason, Verdict, judge

DAY = date(2025, 6, 30)
CARER = {"infant_carer", "childcare_worker"}


def claim(kind: str = "infant_carer", **kw: object) -> Claim:
    values: dict[str, object] = {"label": kind, "valid": True} | kw
    return Claim(kind, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("numerator", "denominator", "shown"),
    [
        (7996, 10000, "79.9%"),
        (3116, 4000, "77.9%"),
        (4, 5, "80.0%"),
        (0, 3, "0.0%"),
        (999_999, 1_000_000, "99.9%"),
        (5, 5, "100.0%"),
        (0, 0, "—"),
    ],
)
def test_shown_is_truncated(numerator: int, denominator: int, shown: str) -> None:
    assert rules.shown(numerator, denominator) == shown


@given(st.integers(1, 10**6).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))))
def test_shown_never_says_more_than_is_true(pair: tuple[int, int]) -> None:
    numerator, denominator = pair
    said = Fraction(rules.shown(numerator, denominator).rstrip("%")) / 100
    assert 0 <= Fraction(numerator, denominator) - said < Fraction(1, 1000)


@pytest.mark.parametrize(
    ("per_mille", "numerator", "denominator", "need"),
    [(800, 3116, 4000, 84), (900, 3200, 4000, 400), (800, 7996, 10000, 4), (1000, 5, 5, 0), (800, 9, 10, 0)],
)
def test_need(per_mille: int, numerator: int, denominator: int, need: int) -> None:
    assert rules.need(Fraction(per_mille, 1000), numerator, denominator) == need


def test_nothing_is_needed_without_a_target() -> None:
    assert rules.need(None, 3, 4) is None


@given(st.integers(0, 1000), st.integers(1, 10**5).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))))
def test_need_is_the_least_that_reaches_the_target(per_mille: int, pair: tuple[int, int]) -> None:
    numerator, denominator = pair
    target = Fraction(per_mille, 1000)
    missing = rules.need(target, numerator, denominator)
    assert missing is not None
    assert rules.reaches(target, numerator + missing, denominator)
    assert missing == 0 or not rules.reaches(target, numerator + missing - 1, denominator)


def test_a_rate_that_shows_as_the_target_reaches_it_only_exactly() -> None:
    assert not rules.reaches(Fraction(800, 1000), 79999, 100000)
    assert rules.reaches(Fraction(800, 1000), 80000, 100000)
    assert not rules.reaches(Fraction(0), 0, 0)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ([], Reason.NO_CERTIFICATE),
        ([claim()], Reason.HOLDS),
        ([claim("guard_licence")], Reason.WRONG_KIND),
        ([claim(valid=False, state="unverified")], Reason.UNVERIFIED),
        ([claim(valid=False, state="unverified", expires_on=DAY - timedelta(1))], Reason.EXPIRED),
        ([claim(valid=False, expires_on=DAY - timedelta(1))], Reason.EXPIRED),
        ([claim(valid=False, issued_on=DAY + timedelta(1))], Reason.NOT_YET_VALID),
        ([claim(valid=False, state="doubtful")], Reason.DOUBTFUL),
        ([claim(valid=False, state="revoked")], Reason.REVOKED),
        ([claim(valid=False, state="revoked"), claim(valid=False, state="unverified")], Reason.UNVERIFIED),
        ([claim(valid=False, state="revoked"), claim("childcare_worker")], Reason.HOLDS),
        ([claim("guard_licence"), claim(valid=False, state="doubtful")], Reason.DOUBTFUL),
    ],
)
def test_judge(claims: list[Claim], reason: Reason) -> None:
    assert judge(fitting=CARER, claims=claims, day=DAY).reason is reason


def test_a_ban_outweighs_every_certificate() -> None:
    assert judge(fitting=CARER, claims=[claim()], day=DAY, barred=True).reason is Reason.BARRED


def test_the_certificate_that_lasts_longest_is_named() -> None:
    short, long, endless = claim(expires_on=DAY), claim(expires_on=DAY + timedelta(9)), claim()
    assert judge(fitting=CARER, claims=[short, long], day=DAY).claim == long
    assert judge(fitting=CARER, claims=[endless, long], day=DAY).claim == endless


@pytest.mark.parametrize(
    ("health", "check", "reason"),
    [
        (DAY, date(2024, 6, 30), Reason.HOLDS),
        (DAY - timedelta(1), DAY, Reason.NO_HEALTH_CERTIFICATE),
        (None, DAY, Reason.NO_HEALTH_CERTIFICATE),
        (DAY, date(2024, 6, 29), Reason.NO_CRIME_CHECK),
        (DAY, None, Reason.NO_CRIME_CHECK),
        (DAY, DAY + timedelta(1), Reason.NO_CRIME_CHECK),
    ],
)
def test_checked(health: date | None, check: date | None, reason: Reason) -> None:
    holder = Verdict(Reason.HOLDS, claim())
    assert rules.checked(holder, day=DAY, health_expires_on=health, no_crime_checked_on=check).reason is reason


def test_checks_make_nobody_a_holder() -> None:
    lacking = Verdict(Reason.NO_CERTIFICATE)
    assert rules.checked(lacking, day=DAY, health_expires_on=DAY, no_crime_checked_on=DAY) is lacking


def test_a_year_before_a_leap_day() -> None:
    assert rules.year_before(date(2024, 2, 29)) == date(2023, 3, 1)
    assert rules.year_before(date(2025, 3, 1)) == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("reasons", "merged"),
    [
        ([Reason.HOLDS, Reason.HOLDS], Reason.HOLDS),
        ([Reason.HOLDS, Reason.EXPIRED], Reason.EXPIRED),
        ([Reason.NOT_REQUIRED, Reason.HOLDS], Reason.HOLDS),
        ([Reason.NOT_STAFF, Reason.NOT_REQUIRED], Reason.NOT_REQUIRED),
        ([Reason.NOT_STAFF], Reason.NOT_STAFF),
    ],
)
def test_one_person_at_several_places(reasons: list[Reason], merged: Reason) -> None:
    assert rules.merge([Verdict(reason) for reason in reasons]).reason is merged

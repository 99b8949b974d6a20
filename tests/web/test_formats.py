"""How numbers, dates and document numbers are written. Exact: nothing is ever shown as more than it is."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from lms.web import formats


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (0, "0"),
        (540, "12"),
        (562, "12.4"),  # 12.488…, and 12.5 is not reached
        (563, "12.5"),  # 12.511…
        (44, "0.9"),
        (45, "1"),
        (-50, "-1.1"),
        (-1, "0"),
        (Fraction(45, 2), "0.5"),
        (None, "—"),
    ],
)
def test_minutes_as_hours(minutes, shown):
    assert formats.minutes_as_hours(minutes) == shown


def test_minutes_as_hours_by_a_region_with_other_lessons():
    assert formats.minutes_as_hours(60, 40) == "1.5"


@given(st.integers(min_value=0, max_value=10**9))
def test_hours_shown_are_never_more_than_earned(minutes):
    shown = Fraction(formats.minutes_as_hours(minutes))
    assert shown <= Fraction(minutes, 45) < shown + Fraction(1, 10)


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        (Fraction(3116, 4000), "77.9%"),
        (Fraction(7996, 10000), "79.9%"),  # misses a target of 80 %, and shows it
        ("1999/2500", "79.9%"),
        (Fraction(4, 5), "80.0%"),
        (Decimal("0.7999"), "79.9%"),
        (1, "100.0%"),
        (0, "0.0%"),
        (Fraction(-1, 3), "-33.3%"),
        (None, "—"),
        ("—", "—"),
    ],
)
def test_percent_is_truncated(rate, shown):
    assert formats.percent_floor(rate) == shown


@pytest.mark.parametrize("write", [formats.percent_floor, formats.hours, formats.minutes_as_hours])
def test_floats_are_refused(write):
    with pytest.raises(TypeError):
        write(0.8)


@pytest.mark.parametrize("value", ["", " ", "1/0", "twelve"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError):
        formats.exact(value)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("310117199003077828", "310117********7828"),
        ("130503670401001", "130503*****1001"),
        ("13812345678", "138****5678"),
        ("E12345678", "E1*****78"),
        ("1234", "****"),
        ("", "—"),
        (None, "—"),
    ],
)
def test_masked(number, shown):
    assert formats.masked(number) == shown


@given(st.text(alphabet="0123456789XABC", min_size=1, max_size=30))
def test_masking_always_hides_something_and_keeps_the_length(number):
    shown = formats.masked(number)
    assert "*" in shown
    assert len(shown) == len(number)


def test_dates_in_both_languages():
    day = dt.date(2026, 3, 5)
    with translation.override("zh-hans"):
        assert formats.cn_date(day) == "2026年3月5日"
    with translation.override("en"):
        assert formats.cn_date(day) == "5 Mar 2026"
        assert formats.cn_date(None) == "—"


def test_moments_are_shown_in_beijing_time():
    # 18:30 on New Year's Eve in Greenwich is already the next year in Beijing.
    moment = dt.datetime(2025, 12, 31, 18, 30, tzinfo=dt.UTC)
    with timezone.override("Asia/Shanghai"), translation.override("zh-hans"):
        assert formats.cn_datetime(moment) == "2026年1月1日 02:30"
        assert formats.cn_date(moment) == "2026年1月1日"
    with timezone.override("Asia/Shanghai"), translation.override("en"):
        assert formats.cn_datetime(moment) == "1 Jan 2026, 02:30"
        assert formats.cn_datetime(None) == "—"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (5, "less than a minute"), (60, "about 1 minute"), (61, "about 2 minutes"), (3601, "about 2 hours")],
)
def test_estimates_are_rounded_up(seconds, words):
    with translation.override("en"):
        assert formats.about(seconds) == words

"""How numbers, dates and document numbers are written on screen. Exact arithmetic only, never floats."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

Exact = Fraction | Decimal | int | str

NOTHING = "—"  # what a figure without a value shows, e.g. a rate over nobody (domain paper §5.3)
LESSON_MINUTES = 45  # one lesson hour unless a region says otherwise
ID_LENGTHS = (15, 18)
MOBILE_LENGTH = 11


def exact(value: Exact) -> Fraction:
    """The value as a fraction. Floats are refused: what they hold isn't what was meant."""
    if isinstance(value, float):
        raise TypeError("floats are not exact; pass int, Fraction, Decimal or str")
    try:
        return Fraction(value.strip() if isinstance(value, str) else value)
    except (ValueError, InvalidOperation, ZeroDivisionError) as error:
        raise ValueError(f"not an exact number: {value!r}") from error


def tenths(value: Fraction, *, keep_zero: bool) -> str:
    """The value truncated towards zero to one decimal. ``keep_zero`` writes 12.0 rather than 12."""
    sign = "-" if value < 0 else ""
    whole, tenth = divmod(abs(value) * 10 // 1, 10)
    if not whole and not tenth:
        sign = ""
    return f"{sign}{whole}.{tenth}" if tenth or keep_zero else f"{sign}{whole}"


def hours(value: Exact | None) -> str:
    """Lesson hours with at most one decimal, truncated: 12 → "12", 25/2 → "12.5", None → "—"."""
    return NOTHING if value is None or value == "" else tenths(exact(value), keep_zero=False)


def minutes_as_hours(minutes: Exact | None, lesson_minutes: int = LESSON_MINUTES) -> str:
    """Whole minutes as lesson hours, truncated to a tenth, so that nobody sees an hour not yet earned."""
    if minutes is None or minutes == "":
        return NOTHING
    return tenths(exact(minutes) / lesson_minutes, keep_zero=False)


def percent_floor(rate: Exact | None) -> str:
    """A rate (numerator over denominator, 0…1) as a percentage truncated to 0.1: 0.7996 → "79.9%".

    Truncated so that 79.96 % never shows as the 80 % it misses. None (a denominator of 0) → "—".
    """
    if rate is None or rate in ("", NOTHING):
        return NOTHING
    return tenths(exact(rate) * 100, keep_zero=True) + "%"


def percent_points(rate: Exact) -> int:
    """A rate as whole percent for the length of a bar, truncated and kept within 0…100."""
    return max(0, min(100, int(exact(rate) * 100)))


def cn_date(value: dt.date | dt.datetime | None) -> str:
    """A day: 2026年3月5日 in Chinese, 5 Mar 2026 in English. Datetimes are shown in Beijing time."""
    if not value:
        return NOTHING
    day = _local(value) if isinstance(value, dt.datetime) else value
    if _chinese():
        return f"{day.year}年{day.month}月{day.day}日"
    return date_format(day, "j M Y", use_l10n=False)


def cn_datetime(value: dt.datetime | None) -> str:
    """A moment by the 24-hour clock: 2026年3月5日 14:05, in English 5 Mar 2026, 14:05."""
    if not value:
        return NOTHING
    moment = _local(value)
    separator = " " if _chinese() else ", "
    return f"{cn_date(moment)}{separator}{moment:%H:%M}"


def about(seconds: int | None) -> str:
    """An estimate in words. Rounded up, because a wait that ends early annoys nobody."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _("less than a minute")
    minutes = -(-seconds // 60)
    if minutes < 60:
        return ngettext("about %(n)s minute", "about %(n)s minutes", minutes) % {"n": minutes}
    whole = -(-minutes // 60)
    return ngettext("about %(n)s hour", "about %(n)s hours", whole) % {"n": whole}


def masked(number: str | None) -> str:
    """An identity document or phone number with its middle hidden: 310117********7828, 138****5678.

    Other numbers keep the first and last two characters; up to four characters are hidden whole.
    """
    text = (number or "").strip()
    if not text:
        return NOTHING
    if len(text) in ID_LENGTHS:
        head, tail = 6, 4
    elif len(text) == MOBILE_LENGTH and text.isdigit():
        head, tail = 3, 4
    else:
        head, tail = (2, 2) if len(text) > 4 else (0, 0)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


def _chinese() -> bool:
    return (get_language() or "zh").startswith("zh")


def _local(value: dt.datetime) -> dt.datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value

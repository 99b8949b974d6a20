"""How values of policy files are read: each reader answers with the value, or says in a ValueError what is expected."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lms.registry.models import PostKind

Reader = Callable[[object], Any]


def text(limit: int, *, empty: bool = False) -> Reader:
    """Text of at most `limit` characters."""

    def read(value: object) -> str:
        if not isinstance(value, str) or len(value) > limit or not (value.strip() or empty):
            raise ValueError(_("text of at most %(limit)s characters is expected") % {"limit": limit})
        return value.strip()

    return read


def whole(low: int, high: int) -> Reader:
    """A whole number from `low` to `high`."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(_("a whole number from %(low)s to %(high)s is expected") % {"low": low, "high": high})
        return value

    return read


def maybe(reader: Reader) -> Reader:
    """What `reader` reads, or nothing (null)."""
    return lambda value: None if value is None else reader(value)


def choice(values: Iterable[str]) -> Reader:
    """One of `values`."""
    known = sorted(values)

    def read(value: object) -> str:
        if value not in known:
            raise ValueError(_("one of these is expected: %(values)s") % {"values": ", ".join(known)})
        return str(value)

    return read


def flag(value: object) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise ValueError(_("true or false is expected"))
    return value


def day(value: object) -> date:
    """A day, written 2021-01-31."""
    if type(value) is not date:
        raise ValueError(_("a day like 2021-01-31 is expected"))
    return value


def texts(value: object) -> list[str]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(_("a list of texts is expected"))
    return list(value)


def hours_by_category(value: object) -> dict[str, int]:
    """Names of categories, each with whole lesson hours."""
    hours = whole(1, 1000)
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise ValueError(_("names of categories with hours are expected"))
    return {name: hours(least) for name, least in value.items()}


def posts(value: object) -> list[str]:
    """A list of kinds of post."""
    found = texts(value)
    if not set(found) <= set(PostKind.values):
        raise ValueError(_("one of these is expected: %(values)s") % {"values": ", ".join(sorted(PostKind.values))})
    return found


def patterns(value: object) -> list[str]:
    """A list of regular expressions, each of which compiles."""
    found = texts(value)
    for pattern in found:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(_("a regular expression is expected")) from error
    return found

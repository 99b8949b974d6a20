"""What a parser made of a cell: a value or the code of its refusal."""

from collections.abc import Callable
from typing import TypeVar

from lms.jobs.errors import DomainError

Value = TypeVar("Value")


def outcome(parse: Callable[[], Value]) -> tuple[Value | None, str]:
    """(value, "") or (None, code); anything but a DomainError goes through and fails the test."""
    try:
        return parse(), ""
    except DomainError as refusal:
        return None, refusal.code

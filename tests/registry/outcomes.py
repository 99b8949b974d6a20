"""Any cell, and what a parser made of it: a value or the code of its refusal."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

from lms.jobs.errors import DomainError

Value = TypeVar("Value")

#: Anything a cell may hold, and much that looks like a date or number.
CELLS = st.one_of(
    st.text(), st.text("0123456789.-/年月日至长期 ", max_size=24), st.floats(), st.integers(), st.booleans(), st.none()
)


def outcome(parse: Callable[[], Value]) -> tuple[Value | None, str]:
    """(value, "") or (None, code); anything but a DomainError goes through and fails the test."""
    try:
        return parse(), ""
    except DomainError as refusal:
        return None, refusal.code

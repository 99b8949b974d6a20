"""The rotating code: true for its moment, its session and its direction, and for nothing else."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import codes
from courses.codes import STEP, Direction

#: The beginning of a step.
NOW = datetime(2026, 3, 5, 1, 0, 0, tzinfo=UTC)
SESSION = uuid.UUID("6f1c9f7e-6d51-4c39-9b5e-3b8a54a1d0c1")


def verdict(code: str, now: datetime = NOW, nonce: str = "n1") -> str:
    shown = codes.parse(code)
    assert shown is not None
    return codes.verdict(shown, nonce, now)


def test_says_which_session_and_which_way() -> None:
    for direction in Direction:
        shown = codes.parse(codes.code_of(SESSION, "n1", direction, NOW))
        assert shown is not None
        assert (shown.session, shown.direction) == (SESSION, direction)


def test_is_short_and_fit_for_an_address() -> None:
    code = codes.code_of(SESSION, "n1", Direction.IN, NOW)
    assert len(code) == 40
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(0), ""),
        (STEP - timedelta(microseconds=1), ""),
        (2 * STEP - timedelta(microseconds=1), ""),
        (2 * STEP, "code_expired"),
        (timedelta(days=1), "code_expired"),
        (-timedelta(microseconds=1), ""),
        (-STEP, ""),
        (-STEP - timedelta(microseconds=1), "code_ahead"),
    ],
)
def test_holds_one_step_before_and_after_its_own(later: timedelta, expected: str) -> None:
    assert verdict(codes.code_of(SESSION, "n1", Direction.IN, NOW), NOW + later) == expected


def test_changes_with_every_step_session_direction_and_nonce() -> None:
    made = {
        codes.code_of(session, nonce, direction, now)
        for session in (SESSION, uuid.uuid4())
        for nonce in ("", "n1")
        for direction in Direction
        for now in (NOW, NOW + STEP)
    }
    assert len(made) == 16


def test_is_worthless_under_another_nonce_or_key(settings) -> None:
    code = codes.code_of(SESSION, "n1", Direction.IN, NOW)
    assert verdict(code) == ""
    assert verdict(code, nonce="n2") == "code_wrong"
    settings.SECRET_KEY = "another"
    assert verdict(code) == "code_wrong"


def test_an_altered_code_is_no_code() -> None:
    """One character changed anywhere: it no longer reads, or it is false; never true for something else."""
    code = codes.code_of(SESSION, "n1", Direction.IN, NOW)
    for place, character in enumerate(code):
        altered = code[:place] + ("A" if character != "A" else "B") + code[place + 1 :]
        shown = codes.parse(altered)
        assert shown is None or codes.verdict(shown, "n1", NOW) == "code_wrong"


@given(st.text(max_size=60))
def test_nonsense_is_no_code(text: str) -> None:
    shown = codes.parse(text)
    assert shown is None or codes.verdict(shown, "n1", NOW) == "code_wrong"

"""The pure decisions of a rating: points, gates, vetoes, outcome (formula 6)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import rules
from reports.rules import Gate, GradeLine, Outcome, VetoState

LOW, HIGH = Fraction(60, 100), Fraction(1)
shares = st.fractions(min_value=0, max_value=1)
keys = st.frozensets(st.sampled_from("abcd"))


@pytest.mark.parametrize(
    ("rate", "points"), [("0", "0"), ("0.6", "0"), ("0.7", "5"), ("0.8", "10"), ("0.95", "17.5"), ("1", "20")]
)
def test_twenty_points_between_sixty_and_a_hundred_per_cent(rate: str, points: str) -> None:
    assert 20 * rules.clamped(Fraction(rate), LOW, HIGH) == Fraction(points)


@given(rate=shares, more=shares)
def test_a_better_rate_never_earns_less_and_points_stay_within_their_range(rate: Fraction, more: Fraction) -> None:
    better = min(Fraction(1), rate + more)
    assert 0 <= rules.clamped(rate, LOW, HIGH) <= rules.clamped(better, LOW, HIGH) <= 1


@pytest.mark.parametrize(
    ("earned", "rate", "passed"),
    [("800", "0.95", True), ("799.9", "0.95", False), ("800", "0.9499", False), ("800", None, False)],
)
def test_a_gate_asks_for_both_exactly(earned: str, rate: str | None, passed: bool) -> None:
    line = GradeLine(least_share=Fraction(8, 10), least_rate=Fraction(95, 100))
    held = None if rate is None else Fraction(rate)
    assert rules.gate(line, earned=Fraction(earned), possible=Fraction(1000), rate=held).passed is passed


def test_nothing_to_earn_passes_no_gate() -> None:
    line = GradeLine(Fraction(0), Fraction(0))
    assert not rules.gate(line, earned=Fraction(0), possible=Fraction(0), rate=Fraction(1)).passed


@given(st.lists(st.builds(Gate, st.booleans(), st.booleans())))
def test_the_best_gate_is_the_first_that_is_passed(gates: list[Gate]) -> None:
    place = rules.best(gates)
    if place is None:
        assert not any(gate.passed for gate in gates)
    else:
        assert gates[place].passed
        assert not any(gate.passed for gate in gates[:place])


@pytest.mark.parametrize(
    ("found", "looked_at", "said", "state"),
    [
        ("a", "", {}, VetoState.PROPOSED),
        ("a", "a", {}, VetoState.PROPOSED),
        ("a", "a", {"first"}, VetoState.FIRST_CONFIRMED),
        ("ab", "a", {"first"}, VetoState.PROPOSED),
        ("a", "a", {"first", "second"}, VetoState.CONFIRMED),
        ("ab", "a", {"first", "second"}, VetoState.CONFIRMED),
        ("b", "a", {"first", "second"}, VetoState.PROPOSED),
        ("a", "ab", {"dismissed"}, VetoState.DISMISSED),
        ("ab", "a", {"dismissed"}, VetoState.PROPOSED),
        ("", "a", {"first", "second"}, VetoState.WITHDRAWN),
    ],
)
def test_a_decision_covers_the_facts_it_was_made_on(found: str, looked_at: str, said: set, state: VetoState) -> None:
    told = {word: word in said for word in ("first", "second", "dismissed")}
    assert rules.veto_state(frozenset(found), decided_on=frozenset(looked_at), **told) is state


@given(found=keys, looked_at=keys, first=st.booleans(), second=st.booleans(), dismissed=st.booleans())
def test_no_veto_is_confirmed_without_a_second_word_on_a_fact_that_stands(
    found, looked_at, first, second, dismissed
) -> None:
    state = rules.veto_state(found, decided_on=looked_at, first=first, second=second, dismissed=dismissed)
    if state is VetoState.CONFIRMED:
        assert second
        assert found & looked_at


@given(vetoed=st.booleans(), undecided=st.booleans(), incomplete=st.booleans(), grade=st.none() | st.integers(0, 3))
def test_a_grade_needs_everything_known_and_nothing_against_it(vetoed, undecided, incomplete, grade) -> None:
    outcome = rules.outcome(vetoed=vetoed, undecided=undecided, incomplete=incomplete, grade=grade)
    assert (outcome is Outcome.GRADED) == (grade is not None and not (vetoed or undecided or incomplete))
    assert (outcome is Outcome.VETOED) == vetoed

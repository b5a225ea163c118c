"""A finding says no more than the counts prove."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soulwright.verify import FindingState, find, make_rate, worst_state

S = FindingState


def test_59_situations_without_a_failure_pass_a_tolerance_of_five_percent() -> None:
    finding = find(make_rate(59, 59), tolerance=0.05)
    assert finding.state is S.PASS
    assert finding.upper == pytest.approx(0.0495, abs=5e-5)
    assert (finding.n, finding.failed, finding.needed) == (59, 0, 59)


def test_58_situations_without_a_failure_prove_nothing_at_five_percent() -> None:
    assert find(make_rate(58, 58), tolerance=0.05).state is S.NOT_PROVEN


def test_a_row_fails_where_even_the_lower_bound_lies_beyond_the_tolerance() -> None:
    assert find(make_rate(20, 30), tolerance=0.1).state is S.FAIL
    assert find(make_rate(0, 1), tolerance=0.1).state is S.NOT_PROVEN


def test_a_row_without_situations_is_not_tested() -> None:
    assert find(make_rate(0, 0), tolerance=0.1).state is S.NOT_TESTED


def test_unclear_replies_take_a_pass_away() -> None:
    assert find(make_rate(60, 60), tolerance=0.05).state is S.PASS
    assert find(make_rate(60, 60, unclear=1), tolerance=0.05).state is S.NOT_PROVEN


def test_unclear_replies_never_make_a_failure() -> None:
    assert find(make_rate(20, 30), tolerance=0.15).state is S.FAIL
    assert find(make_rate(20, 30, unclear=25), tolerance=0.15).state is S.NOT_PROVEN


def test_a_clause_is_unclear_where_the_judge_could_not_decide_half_of_the_replies() -> None:
    assert find(make_rate(10, 10, unclear=10), tolerance=0.1).state is S.CLAUSE_UNCLEAR
    assert find(make_rate(0, 0, unclear=3), tolerance=0.1).state is S.CLAUSE_UNCLEAR


def test_a_tolerance_of_zero_is_never_proven() -> None:
    finding = find(make_rate(5000, 5000), tolerance=0.0)
    assert (finding.state, finding.needed) == (S.NOT_PROVEN, None)


@given(st.integers(0, 80), st.integers(0, 80), st.integers(0, 20), st.floats(0.001, 0.999))
def test_one_more_unclear_reply_never_earns_a_pass(passed: int, failed: int, unclear: int, tolerance: float) -> None:
    before = find(make_rate(passed, passed + failed, unclear=unclear), tolerance=tolerance)
    after = find(make_rate(passed, passed + failed, unclear=unclear + 1), tolerance=tolerance)
    assert before.state is S.PASS or after.state is not S.PASS


def test_a_clause_passes_only_where_all_its_rows_pass() -> None:
    assert worst_state([S.PASS, S.PASS]) is S.PASS
    assert worst_state([S.PASS, S.FAIL, S.NOT_PROVEN]) is S.FAIL
    assert worst_state([S.PASS, S.NOT_PROVEN]) is S.NOT_PROVEN
    assert worst_state([S.PASS, S.NOT_TESTED]) is S.NOT_PROVEN
    assert worst_state([S.PASS, S.CLAUSE_UNCLEAR]) is S.CLAUSE_UNCLEAR
    assert worst_state([]) is S.NOT_TESTED

"""Every figure against a value that somebody else has published or that can be counted by hand."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soulwright.verify import (
    RatioState,
    Verdict,
    benjamini_hochberg,
    clopper_pearson,
    fisher_exact,
    holm,
    internalisation,
    judge_corrected,
    lower_bound,
    make_rate,
    mcnemar_exact,
    mean_of_rates,
    newcombe,
    newcombe_paired,
    rate_of,
    situations_needed,
    upper_bound,
    wilson,
)

counts = st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def test_no_failure_in_59_shows_less_than_five_percent_and_in_58_does_not() -> None:
    assert upper_bound(0, 59) < 0.05 < upper_bound(0, 58)


@pytest.mark.parametrize(("tolerance", "needed"), [(0.05, 59), (0.02, 149), (0.01, 299), (0.003, 998), (0.001, 2995)])
def test_the_situations_needed_without_a_failure_are_the_published_ones(tolerance: float, needed: int) -> None:
    assert situations_needed(tolerance) == needed


def test_no_number_of_situations_shows_a_rate_of_zero() -> None:
    assert situations_needed(0) is None
    assert situations_needed(1) == 0


def test_the_exact_interval_of_eight_in_ten_is_the_textbook_one() -> None:
    interval = clopper_pearson(8, 10)
    assert (interval.low, interval.high) == pytest.approx((0.4439, 0.9748), abs=5e-5)
    assert 0.8 in interval


def test_the_exact_interval_says_nothing_where_nothing_was_counted() -> None:
    interval = clopper_pearson(0, 0)
    assert (interval.low, interval.high) == (0.0, 1.0)
    assert make_rate(0, 0).value is None


def test_the_wilson_interval_of_50_in_50_and_of_eight_in_ten_are_the_published_ones() -> None:
    assert wilson(50, 50).low == pytest.approx(0.9287, abs=5e-5)
    assert wilson(50, 50).high == 1.0
    assert (wilson(8, 10).low, wilson(8, 10).high) == pytest.approx((0.4902, 0.9433), abs=5e-5)
    assert wilson(0, 10).low == 0.0


@given(counts)
def test_an_interval_holds_its_rate_and_mirrors_when_failures_are_counted_instead(case: tuple[int, int]) -> None:
    x, n = case
    interval, mirrored = clopper_pearson(x, n), clopper_pearson(n - x, n)
    assert 0 <= interval.low <= (x / n if n else 0.5) <= interval.high <= 1
    assert interval.low == pytest.approx(1 - mirrored.high)
    assert lower_bound(x, n) >= interval.low - 1e-12
    assert upper_bound(x, n) <= interval.high + 1e-12


def test_a_count_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="`5` of `4` is not a count"):
        clopper_pearson(5, 4)


def test_fishers_exact_test_gives_the_ablations_published_p() -> None:
    assert fisher_exact(50, 50, 0, 25) == pytest.approx(1.9e-20, rel=0.01)
    assert fisher_exact(3, 4, 1, 4) == pytest.approx(0.4857, abs=5e-5)
    assert fisher_exact(0, 0, 3, 4) == 1.0


def test_mcnemar_needs_six_changes_one_way_for_five_percent() -> None:
    assert mcnemar_exact(6, 0) == 0.03125
    assert mcnemar_exact(5, 0) == 0.0625
    assert mcnemar_exact(1, 1) == mcnemar_exact(0, 0) == 1.0


def test_holm_and_benjamini_hochberg_adjust_the_textbook_example_in_the_order_given() -> None:
    p_values = (0.04, 0.01, 0.03, 0.005)
    assert holm(p_values) == pytest.approx((0.06, 0.03, 0.06, 0.02))
    assert benjamini_hochberg(p_values) == pytest.approx((0.04, 0.02, 0.04, 0.02))
    assert holm(()) == benjamini_hochberg(()) == ()


@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_keeps_the_order_and_is_never_milder_than_benjamini_hochberg(p_values: list[float]) -> None:
    strict, mild = holm(p_values), benjamini_hochberg(p_values)
    assert all(p <= b + 1e-12 and b <= h + 1e-12 for p, b, h in zip(p_values, mild, strict, strict=True))
    ordered = [strict[index] for index in sorted(range(len(p_values)), key=p_values.__getitem__)]
    assert all(a <= b for a, b in pairwise(ordered))


def test_newcombes_intervals_are_those_of_his_papers() -> None:
    independent = newcombe(56, 70, 48, 80)
    assert (independent.low, independent.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    paired = newcombe_paired(36, 12, 2, 0)
    assert (paired.low, paired.high) == pytest.approx((0.0569, 0.3404), abs=5e-5)


def test_a_difference_with_one_side_missing_may_be_anything() -> None:
    assert (newcombe(1, 2, 0, 0).low, newcombe(1, 2, 0, 0).high) == (-1.0, 1.0)
    assert newcombe_paired(0, 0, 0, 0).high == 1.0


def test_the_judge_corrected_rate_is_the_worked_example() -> None:
    corrected = judge_corrected(24, 200, sensitivity=make_rate(45, 50), specificity=make_rate(46, 50))
    assert corrected.raw == pytest.approx(0.12)
    assert corrected.value == pytest.approx(0.039, abs=5e-4)
    assert corrected.interval is not None
    assert (corrected.interval.low, corrected.interval.high) == pytest.approx((0.0, 0.141), abs=5e-4)


def test_a_judge_no_better_than_a_coin_corrects_nothing() -> None:
    coin = judge_corrected(24, 200, sensitivity=make_rate(20, 50), specificity=make_rate(20, 50))
    assert (coin.state, coin.value) == (RatioState.UNDEFINED, None)
    unexamined = judge_corrected(24, 200, sensitivity=make_rate(0, 0), specificity=make_rate(0, 0))
    assert unexamined.state is RatioState.NOT_TESTED


def test_internalisation_is_one_where_training_does_as_much_as_the_prompt() -> None:
    ratio = internalisation(make_rate(0, 60), make_rate(48, 60), make_rate(48, 60))
    assert ratio.state is RatioState.DEFINED
    assert ratio.value == pytest.approx(1.0)
    assert ratio.interval is not None
    assert 0.75 < ratio.interval.low < 1 < ratio.interval.high < 1.35
    assert ratio == internalisation(make_rate(0, 60), make_rate(48, 60), make_rate(48, 60))


@pytest.mark.parametrize(("prompted", "reason"), [(2, "does not move"), (0, "does not move")])
def test_internalisation_is_undefined_where_the_prompt_moves_nothing(prompted: int, reason: str) -> None:
    ratio = internalisation(make_rate(1, 30), make_rate(30, 30), make_rate(prompted, 30))
    assert (ratio.state, ratio.value, ratio.interval) == (RatioState.UNDEFINED, None, None)
    assert reason in ratio.reason


def test_internalisation_is_undefined_where_the_prompt_makes_the_base_worse() -> None:
    ratio = internalisation(make_rate(30, 30), make_rate(30, 30), make_rate(3, 30))
    assert ratio.state is RatioState.UNDEFINED
    assert "worse" in ratio.reason


def test_internalisation_is_not_tested_where_a_cell_is_empty() -> None:
    ratio = internalisation(make_rate(1, 30), make_rate(30, 30), make_rate(0, 0))
    assert ratio.state is RatioState.NOT_TESTED


def test_a_judge_error_is_never_a_pass() -> None:
    rate = rate_of([Verdict.UNCLEAR] * 10)
    assert (rate.passed, rate.n, rate.value, rate.unclear) == (0, 0, None, 10)
    mixed = rate_of([Verdict.PASS] * 8 + [Verdict.UNCLEAR] * 2)
    assert mixed.value == 1.0
    assert mixed.worst_case == (0.8, 1.0)


def test_a_garbled_reply_does_not_hold_the_clause() -> None:
    rate = rate_of([Verdict.PASS, Verdict.INVALID])
    assert (rate.value, rate.n, rate.failed) == (0.5, 2, 1)


def test_rates_at_zero_and_at_one_keep_honest_intervals() -> None:
    none, every = make_rate(0, 20), make_rate(20, 20)
    assert (none.value, none.interval.low) == (0.0, 0.0)
    assert (every.value, every.interval.high) == (1.0, 1.0)
    assert none.interval.high == pytest.approx(0.168, abs=5e-4)
    assert every.interval.low == pytest.approx(0.832, abs=5e-4)


def test_a_mean_of_rows_weighs_rows_alike_and_is_never_certain() -> None:
    mean = mean_of_rates([make_rate(10, 10), make_rate(0, 90), make_rate(0, 0)])
    assert mean is not None
    assert (mean.value, mean.rows, mean.n) == (0.5, 2, 100)
    sure = mean_of_rates([make_rate(30, 30)] * 20)
    assert sure is not None
    assert sure.interval.low < 1.0 == sure.interval.high
    assert mean_of_rates([make_rate(0, 0)]) is None

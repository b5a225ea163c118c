"""The interval for every kind of rate: each part of the construction against a value counted another way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soulwright.verify import (
    Epochs,
    Family,
    TwoPhase,
    all_of_k,
    any_of_k,
    clopper_pearson,
    collapsed,
    design_effect,
    family_interval,
    make_rate,
    rate_interval,
    repeats_of,
    spread_of,
    two_phase,
    weighted_total,
)
from soulwright.verify._intervals import _ordered  # the published table is about this part alone


def test_far_from_the_edges_the_interval_is_the_mid_p_one() -> None:
    interval = rate_interval(25, 50)
    assert (interval.low, interval.high) == pytest.approx((0.3637, 0.6363), abs=5e-4)


def test_the_regions_of_feldman_and_cousins_are_those_of_their_table() -> None:
    mu_G, lowest_G, highest_G = _ordered(0.95)
    assert highest_G[0] == pytest.approx(1.645, abs=1e-3)
    assert mu_G[-1] + highest_G[-1] == pytest.approx(2 * 1.96, abs=2e-3)
    # Table X of the paper: measured 0.0 gives an upper limit of 1.96, so the region at 1.96 begins at 0.
    assert mu_G[-1] + lowest_G[-1] == pytest.approx(0.0, abs=2e-3)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_its_estimate_mirrors_and_is_hardly_wider_than_the_exact_one(case: tuple[int, int]) -> None:
    failed, n = case
    interval, mirrored, exact = rate_interval(failed, n), rate_interval(n - failed, n), clopper_pearson(failed, n)
    assert interval.low - 1e-6 <= failed / n <= interval.high + 1e-6
    assert interval.low == pytest.approx(1 - mirrored.high, abs=1e-5)
    assert interval.high - interval.low <= exact.high - exact.low + 0.02


def test_no_failure_leaves_zero_in_the_interval_and_nothing_counted_leaves_all() -> None:
    assert rate_interval(0, 60).low == 0.0
    assert (rate_interval(0, 0).low, rate_interval(0, 0).high) == (0.0, 1.0)


def test_a_judge_examined_on_few_widens_the_interval_and_one_examined_on_many_hardly() -> None:
    def width(labels: int) -> float:
        judge = make_rate(9 * labels // 10, labels)
        interval = rate_interval(24, 200, sensitivity=judge, specificity=make_rate(23 * labels // 25, labels))
        return interval.high - interval.low

    assert width(50) > width(500) > width(5000)
    assert width(50) > 1.3 * width(5000)


def test_flags_that_a_judge_raises_by_mistake_prove_no_failure() -> None:
    judged = rate_interval(16, 200, sensitivity=make_rate(90, 100), specificity=make_rate(92, 100))
    assert judged.low == 0.0
    assert rate_interval(16, 200).low > 0.04


def test_a_judge_no_better_than_a_coin_leaves_every_rate_possible() -> None:
    coin = rate_interval(5, 100, sensitivity=make_rate(10, 20), specificity=make_rate(10, 20))
    assert (coin.low, coin.high) == (0.0, 1.0)


def test_replies_that_repeat_their_family_count_as_one_each() -> None:
    alike = [Family(failed=5 * (index < 6), n=5) for index in range(30)]
    mixed = [Family(failed=1, n=5) for _ in range(30)]
    assert design_effect(alike) > 4
    assert design_effect(mixed) < 1.4
    assert collapsed(alike) == Family(failed=6, n=30)
    wide, narrow = family_interval(alike), family_interval(mixed)
    assert wide.high - wide.low > 1.6 * (narrow.high - narrow.low)


def test_a_judge_who_errs_on_words_errs_on_all_replies_that_have_them() -> None:
    judge: dict[str, Any] = {"sensitivity": make_rate(90, 100), "specificity": make_rate(92, 100)}
    assert repeats_of(f"reply {k}" for k in range(40)) == 1.0
    assert repeats_of(["The same.", "the  same."] * 20) == 40.0
    assert repeats_of([]) == 1.0
    apart, alike = rate_interval(12, 40, **judge), rate_interval(12, 40, repeats=20.0, **judge)
    assert apart.low > 0.05
    assert alike.low == 0.0  # one sentence, wrongly flagged, may be all of them
    assert rate_interval(12, 40, repeats=20.0) == rate_interval(12, 40)  # who never errs has no errors to repeat
    with pytest.raises(ValueError, match="below 1"):
        rate_interval(1, 4, repeats=0.5)


def test_an_interval_that_knows_of_repeated_words_covers_where_one_that_does_not_fails() -> None:
    generator = np.random.default_rng(8)
    judge: dict[str, Any] = {"sensitivity": make_rate(900, 1000), "specificity": make_rate(850, 1000)}
    held = {True: 0, False: 0}
    for _ in range(400):
        said = generator.integers(0, 4, size=40)
        failed = generator.random(40) < 0.05
        flagged = np.where(failed, (generator.random(4) < 0.9)[said], (generator.random(4) < 0.15)[said])
        repeats = repeats_of(f"{word} {bad}" for word, bad in zip(said, failed, strict=True))
        for known in held:
            found = rate_interval(int(flagged.sum()), 40, repeats=repeats if known else 1.0, **judge)
            held[known] += 0.05 in found
    assert held[True] / 400 > 0.92
    assert held[False] / 400 < 0.8


@pytest.mark.parametrize("counts", [(5, 4), (-1, 4)])
def test_a_count_that_cannot_be_has_no_interval(counts: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="not a count"):
        rate_interval(*counts)


def test_the_interval_covers_as_often_as_it_says_in_a_thousand_samples() -> None:
    generator = np.random.default_rng(5)
    held = sum(0.1 in rate_interval(int(x), 100) for x in generator.binomial(100, 0.1, size=1000))
    assert 0.93 < held / 1000 < 0.97


def test_a_second_reading_counts_what_the_first_missed() -> None:
    found = two_phase(TwoPhase(n=1000, flagged=100, confirmed=50, sampled=90, missed=1))
    assert found is not None
    assert found.value == pytest.approx(0.05 + 0.9 / 90)
    assert found.interval.high > 0.08
    assert two_phase(TwoPhase(n=10, flagged=2, confirmed=1, sampled=0, missed=0)) is None
    with pytest.raises(ValueError, match="cannot be"):
        TwoPhase(n=10, flagged=2, confirmed=3, sampled=0, missed=0)


def test_epochs_shrink_only_what_varies_within_a_scene() -> None:
    same = spread_of([Epochs(passed=4, n=4), Epochs(passed=0, n=4)])
    assert same is not None
    assert (same.within, same.between) == (0.0, 0.5)
    noisy = spread_of([Epochs(passed=2, n=4)] * 5)
    assert noisy is not None
    assert (noisy.between, noisy.standard_error) == (0.0, 0.0)
    assert spread_of([Epochs(passed=1, n=1)] * 5) is None


def test_all_of_k_and_any_of_k_count_draws_without_return() -> None:
    assert all_of_k(9, 10, 2) == pytest.approx(0.8)
    assert any_of_k(1, 10, 2) == pytest.approx(0.2)


def test_a_total_follows_the_weights_declared_and_is_unknown_where_a_row_is() -> None:
    rates = {"a": make_rate(50, 100), "b": make_rate(90, 100)}
    total = weighted_total(rates, {"a": 1, "b": 3})
    assert total is not None
    assert total.value == pytest.approx(0.8)
    assert weighted_total(rates | {"c": make_rate(0, 0)}, {"a": 1, "b": 1, "c": 1}) is None
    with pytest.raises(ValueError, match="declared before"):
        weighted_total(rates, {"a": 1})

"""Claims at any time: what they need, that they do not come too often, and where the next reply goes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from soulwright.verify import (
    Band,
    Claim,
    Standing,
    claim,
    clopper_pearson,
    confidence_sequence,
    flagged_tolerance,
    log_evidence_above,
    log_evidence_below,
    make_rate,
    next_clause,
    replies_to_go,
)


@pytest.mark.parametrize(("tolerance", "failed", "n"), [(0.05, 1, 40), (0.3, 4, 11), (0.5, 0, 3)])
def test_a_bet_is_fair_while_its_opposite_is_true(tolerance: float, failed: int, n: int) -> None:
    for evidence in (log_evidence_below, log_evidence_above):
        now = evidence(failed, n, tolerance)
        after = tolerance * math.exp(evidence(failed + 1, n + 1, tolerance)) + (1 - tolerance) * math.exp(
            evidence(failed, n + 1, tolerance)
        )
        assert after == pytest.approx(math.exp(now))


@pytest.mark.parametrize("tolerance", [0.05, 0.2])
def test_reading_after_every_reply_raises_a_false_alarm_at_most_once_in_twenty(tolerance: float) -> None:
    generator = np.random.default_rng(3)
    failed_ST = (generator.random((150, 150)) < tolerance).cumsum(axis=1)
    alarms = sum(
        any(claim(int(row[n - 1]), n, tolerance=tolerance) is Claim.HOLDS for n in range(1, 151, 3))
        for row in failed_ST
    )
    assert alarms / 150 <= 0.05


def test_clean_replies_hold_in_the_end_and_failing_ones_break_soon() -> None:
    first = next(n for n in range(1, 500) if claim(0, n, tolerance=0.05) is Claim.HOLDS)
    assert 59 < first < 110
    assert claim(4, 5, tolerance=0.05) is Claim.BROKEN
    assert claim(0, 10_000, tolerance=0.0) is Claim.OPEN


def test_an_interval_for_all_times_is_wider_than_one_for_a_single_look() -> None:
    always, once = confidence_sequence(10, 100), clopper_pearson(10, 100)
    assert always.low < once.low < 0.1 < once.high < always.high
    assert confidence_sequence(0, 20).low == 0.0
    assert (confidence_sequence(0, 0).low, confidence_sequence(0, 0).high) == (0.0, 1.0)


def test_a_band_decides_after_as_many_replies_as_walds_line_says() -> None:
    band = Band(good=0.05, bad=0.25)
    assert [band.claim(0, 12), band.claim(0, 13)] == [Claim.OPEN, Claim.HOLDS]
    assert [band.claim(1, 1), band.claim(2, 2)] == [Claim.OPEN, Claim.BROKEN]
    with pytest.raises(ValueError, match="no band"):
        Band(good=0.3, bad=0.2)


def test_the_next_reply_goes_to_the_clause_nearest_a_decision() -> None:
    band = Band(good=0.05, bad=0.25)
    decided, near = Standing(name="decided", failed=0, n=40), Standing(name="near", failed=0, n=12)
    far = Standing(name="far", failed=2, n=14)
    assert replies_to_go(decided, band) == 0.0
    assert next_clause([far, decided, near], band) == near
    assert next_clause([decided], band) is None


def test_a_judge_who_errs_moves_the_tolerance_to_the_safe_side_of_his_flags() -> None:
    judge = make_rate(190, 200)
    flagged = flagged_tolerance(0.1, sensitivity=judge, specificity=judge)
    assert flagged.holds < 0.1 * 0.95 + 0.9 * 0.05 < flagged.broken
    perfect = make_rate(10**7, 10**7)
    assert flagged_tolerance(0.1, sensitivity=perfect, specificity=perfect).holds == pytest.approx(0.1, abs=1e-5)

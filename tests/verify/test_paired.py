"""Two versions on identical situations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from soulwright.verify import (
    Arm,
    Judged,
    Pairs,
    Prompt,
    Regression,
    Verdict,
    compare_paired,
    judge_pairs,
    pair,
    smallest_detectable,
)


def broken(judged: list[Judged], row: str) -> list[Judged]:
    return [
        replace(item, verdict=Verdict.FAIL)
        if item.row == row and (item.arm, item.prompt) == (Arm.TRAINED, Prompt.NONE)
        else item
        for item in judged
    ]


def test_a_version_beside_itself_is_nowhere_worse_and_the_gate_wants_that_shown(judged: list[Judged]) -> None:
    comparison = compare_paired(judged, judged, margin=0.6)
    assert comparison.rows
    assert not comparison.having(Regression.WORSE)
    assert comparison.passes_gate
    assert not compare_paired(judged, judged, margin=0.0).passes_gate


def test_a_row_that_broke_is_worse_and_no_other_is(judged: list[Judged]) -> None:
    rows = compare_paired(judged, judged, margin=0.1).rows
    best = max(rows, key=lambda row: row.pairs.both)
    comparison = compare_paired(judged, broken(judged, best.row), margin=0.1)
    assert [row.row for row in comparison.having(Regression.WORSE)] == [best.row]
    assert comparison.rows[0].row == best.row


def test_hard_limits_are_held_together_by_the_stricter_correction(judged: list[Judged]) -> None:
    rows = compare_paired(judged, judged, margin=0.1).rows
    best = max(rows, key=lambda row: row.pairs.both)
    worse = broken(judged, best.row)
    every = frozenset(row.row.split("/")[0] for row in rows)
    soft, strict = compare_paired(judged, worse, margin=0.1), compare_paired(judged, worse, margin=0.1, hard=every)
    assert all(row.hard for row in strict.rows)
    assert strict.rows[0].p_adjusted >= soft.rows[0].p_adjusted


def test_an_unclear_verdict_is_a_lost_pass_and_never_a_gained_one() -> None:
    V = Verdict
    assert pair({"a": V.PASS, "b": V.UNCLEAR}, {"a": V.UNCLEAR, "b": V.FAIL, "c": V.PASS}) == Pairs(
        both=0, lost=2, gained=0, neither=0
    )


def test_no_change_in_few_situations_shows_nothing_within_a_small_margin() -> None:
    assert judge_pairs(Pairs(both=20, lost=0, gained=0, neither=0), margin=0.02, p=1.0) is Regression.NOT_SHOWN
    assert judge_pairs(Pairs(both=200, lost=0, gained=0, neither=0), margin=0.02, p=1.0) is Regression.NOT_WORSE
    assert judge_pairs(Pairs(both=100, lost=20, gained=0, neither=0), margin=0.02, p=1e-5) is Regression.WORSE


def test_the_smallest_detectable_change_shrinks_with_the_root_of_the_situations() -> None:
    few = smallest_detectable(Pairs(both=80, lost=10, gained=10, neither=0))
    many = smallest_detectable(Pairs(both=320, lost=40, gained=40, neither=0))
    assert few is not None
    assert few == pytest.approx((1.96 + 0.8416) * (0.2**0.5) / 10, abs=1e-3)
    assert many == pytest.approx(few / 2)
    assert smallest_detectable(Pairs(both=5, lost=0, gained=0, neither=0)) is None


def test_a_margin_that_is_no_share_is_refused(judged: list[Judged]) -> None:
    with pytest.raises(ValueError, match="no margin"):
        compare_paired(judged, judged, margin=1.5)

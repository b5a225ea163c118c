"""A recipe says no to figures that make no sense, and knows what changes the result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from soulwright.errors import InputError
from soulwright.train import Recipe, Schedule, WeightType


@pytest.mark.parametrize(
    "wrong",
    [
        {"tokens": 0},
        {"tokens_per_step": -1},
        {"rate": float("nan")},
        {"clip": 0.0},
        {"checkpoint_every": 0},
        {"threads": 0},
        {"warmup": 1.0},
        {"weight_decay": -0.1},
        {"betas": (0.9, 1.0)},
    ],
)
def test_a_figure_that_makes_no_sense_is_named(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(InputError, match=f"the recipe's {name} is") as caught:
        Recipe(**wrong)
    assert caught.value.help.startswith("it must be ")


def test_the_rate_rises_and_falls_to_zero_in_straight_lines() -> None:
    recipe = Recipe(rate=2.0, warmup=0.1)
    rates = [recipe.rate_at(step, 100) for step in range(100)]
    assert rates[:10] == pytest.approx([0.2 * step for step in range(1, 11)])
    assert rates[10] == 2.0
    assert rates[-1] == pytest.approx(2.0 / 90)
    assert recipe.rate_at(0, 1) == 2.0


def test_a_constant_rate_stays() -> None:
    recipe = Recipe(rate=2.0, warmup=0.0, schedule=Schedule.CONSTANT)
    assert {recipe.rate_at(step, 7) for step in range(7)} == {2.0}


def test_the_fingerprint_changes_with_what_changes_the_result_and_with_nothing_else() -> None:
    recipe = Recipe()
    same = [replace(recipe, threads=4), replace(recipe, checkpoint_every=3)]
    other = [
        replace(recipe, seed=1),
        replace(recipe, rate=2e-3),
        replace(recipe, dtype=WeightType.FLOAT32),
        replace(recipe, schedule=Schedule.CONSTANT),
        replace(recipe, document_prefix="<|doc|>"),
    ]
    assert {each.fingerprint for each in same} == {recipe.fingerprint}
    assert len({each.fingerprint for each in (recipe, *other)}) == 1 + len(other)

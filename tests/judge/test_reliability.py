"""Agreement beyond chance: textbook values, and intervals that do not pretend to be certain."""

from __future__ import annotations

import random

import pytest

from soulwright.judge import cohen_kappa, krippendorff_alpha

# Krippendorff, Computing Krippendorff's alpha-reliability (2011), section C: four observers, nominal data.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
)


def test_alpha_is_that_of_the_textbook() -> None:
    units = [[value for value in column if value is not None] for column in zip(*OBSERVERS, strict=True)]
    found = krippendorff_alpha(units)
    assert found is not None
    assert found.value == pytest.approx(0.743, abs=0.0005)
    assert found.interval.low < 0.743 < found.interval.high


def test_kappa_is_that_of_the_textbook() -> None:
    # Cohen's table: 20 and 15 agreed, 5 and 10 not: observed 0.7, by chance 0.5.
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    found = cohen_kappa(pairs)
    assert found is not None
    assert found.value == pytest.approx(0.4)


def test_no_disagreement_in_a_few_cases_is_not_certain_agreement() -> None:
    pairs = [("a", "a")] * 5 + [("b", "b")] * 5
    kappa, alpha = cohen_kappa(pairs), krippendorff_alpha(pairs)
    assert kappa is not None
    assert alpha is not None
    assert kappa.value == alpha.value == 1
    assert kappa.interval.low < 0.5
    assert alpha.interval.low < 0.5


def test_where_all_say_the_same_there_is_nothing_beyond_chance() -> None:
    assert cohen_kappa([("a", "a")] * 9) is None
    assert krippendorff_alpha([("a", "a", "a")] * 9) is None
    assert krippendorff_alpha([("a",), ("b",)]) is None
    assert cohen_kappa([]) is None


def test_raters_who_guess_agree_no_more_than_chance() -> None:
    rng = random.Random(3)
    pairs = [(rng.choice("ab"), rng.choice("ab")) for _ in range(400)]
    for found in (cohen_kappa(pairs), krippendorff_alpha(pairs)):
        assert found is not None
        assert found.interval.low < 0 < found.interval.high

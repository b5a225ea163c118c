"""A confidence means what it says, on documents and noise that it was not fitted on."""

from __future__ import annotations

import numpy as np
import pytest
from tests.recover.simulated import document, samples

from soulwright.recover import Sample, calibration, read_back
from soulwright.recover._metrics import right_words
from soulwright.recover._words import keys_of


def test_a_perfect_forecast_has_no_calibration_error() -> None:
    found = calibration(np.array([1.0, 1.0, 0.0]), np.array([True, True, False]))
    assert found.ece == 0.0
    assert found.auroc == 1.0


def test_calibration_error_is_the_distance_from_the_diagonal() -> None:
    found = calibration(np.full(10, 0.85), np.array([True] * 6 + [False] * 4))
    assert found.ece == pytest.approx(0.25)
    assert found.auroc == 0.5


def test_auroc_has_no_value_where_all_words_are_right() -> None:
    assert calibration(np.array([0.9, 0.8]), np.array([True, True])).auroc is None


@pytest.mark.parametrize("count", [8, 16])
def test_the_confidence_of_recovered_words_is_calibrated_on_other_documents(count: int) -> None:
    chances, right = [], []
    for seed in range(4):
        text = document(seed + 20, sections=8)
        recovered = read_back([Sample(id=str(i), text=t) for i, t in enumerate(samples(text, count, seed))])
        chances += [word.confidence for word in recovered.words]
        right += right_words([word.word.key for word in recovered.words], keys_of(text)).tolist()
    assert calibration(np.array(chances), np.array(right)).ece <= 0.03

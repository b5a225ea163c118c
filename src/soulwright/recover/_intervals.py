"""Intervals over samples: how far the figures of a recovery would move with other samples of the same model.

Delete-d jackknife (Shao and Wu, Annals of Statistics 1989): the recovery is repeated from random subsets that leave out
d of the K samples, d about a quarter; the variance of a figure is (K - d) / d times its variance over the subsets. The
bootstrap would draw some samples twice, and a sample that stands twice agrees with itself: it would make support out of
nothing.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import pvariance

from soulwright.recover._calibration import calibration_against
from soulwright.recover._metrics import compare_texts
from soulwright.recover._reading import read_back
from soulwright.recover._samples import Sample

SUBSETS = 24
_LEFT_OUT = 4  # one sample in so many
_LEAST = 6  # samples, below which a subset says nothing about the whole
_WIDE = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranged:
    """A figure with its interval of 95 per cent."""

    value: float
    low: float
    high: float


def ranged_figures(
    samples: Sequence[Sample], reference: str, *, subsets: int = SUBSETS, seed: int = 0
) -> dict[str, Ranged]:
    """The figures of what the samples agree on against a reference, each with its interval.

    Empty where there are fewer than six samples: an interval from so few would be a guess. The same samples and seed
    give the same intervals.
    """
    if len(samples) < _LEAST or subsets < 2:
        return {}
    count = len(samples)
    left_out = max(1, count // _LEFT_OUT)
    rng = random.Random(seed)
    whole = _figures(samples, reference)
    drawn = [_figures(rng.sample(list(samples), count - left_out), reference) for _ in range(subsets)]
    found = {}
    for name, value in whole.items():
        values = [each[name] for each in drawn if name in each]
        if len(values) == subsets:
            wide = _WIDE * (pvariance(values) * (count - left_out) / left_out) ** 0.5
            found[name] = Ranged(value=value, low=max(0.0, value - wide), high=min(1.0, value + wide))
    return found


def _figures(samples: Sequence[Sample], reference: str) -> Mapping[str, float]:
    recovered = read_back(samples)
    fidelity = compare_texts(recovered.text, reference)
    trust = calibration_against(recovered, reference)
    figures: dict[str, float | None] = {
        "word_fidelity": fidelity.word_fidelity,
        "grams_precision": fidelity.grams.precision,
        "grams_recall": fidelity.grams.recall,
        "grams_f1": fidelity.grams.f1,
        "spans_precision": fidelity.spans.precision,
        "spans_recall": fidelity.spans.recall,
        "order": fidelity.order,
        "section_coverage": fidelity.section_coverage,
        "exact_sections": fidelity.exact_sections,
        "section_order": fidelity.section_order,
        "near_verbatim_recall": fidelity.near_verbatim_recall,
        "ece": trust.ece,
        "brier": trust.brier,
        "auroc": trust.auroc,
    }
    return {name: value for name, value in figures.items() if value is not None}


def ranged_to_dict(found: Mapping[str, Ranged]) -> dict[str, object]:
    """The intervals as JSON has them."""
    return {name: {"value": each.value, "low": each.low, "high": each.high} for name, each in found.items()}

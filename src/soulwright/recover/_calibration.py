"""How far a confidence means what it says: reliability, expected calibration error, AUROC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from soulwright.recover._confidence import Floats
from soulwright.recover._mapping import Bools
from soulwright.recover._metrics import right_words
from soulwright.recover._recovered import Recovered
from soulwright.recover._words import keys_of

BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """The words whose confidence lies in one tenth: how many, their mean confidence, and the share that is right."""

    low: float
    high: float
    words: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A reliability diagram with its error; `auroc` None where all words are right or all wrong."""

    bins: tuple[Bin, ...]
    ece: float
    brier: float
    auroc: float | None


def calibration_against(recovered: Recovered, reference: str) -> Calibration:
    """How far the confidences of a recovered text mean what they say, measured on its true text."""
    right = right_words([word.word.key for word in recovered.words], keys_of(reference))
    return calibration(np.array([word.confidence for word in recovered.words]), right)


def calibration_to_dict(found: Calibration) -> dict[str, object]:
    """The figures and the reliability diagram as JSON has them."""
    return {
        "ece": found.ece,
        "brier": found.brier,
        "auroc": found.auroc,
        "bins": [
            {"low": b.low, "high": b.high, "words": b.words, "confidence": b.confidence, "right": b.right}
            for b in found.bins
        ],
    }


def calibration(confidence: Floats, right: Bools) -> Calibration:
    """Ten bins of equal width; ECE weighs each bin's distance from the diagonal by its words.

    >>> calibration(np.array([0.95, 0.95, 0.05]), np.array([True, True, False])).auroc
    1.0
    """
    number = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = []
    for index in range(BINS):
        inside = number == index
        if inside.any():
            bins.append(
                Bin(
                    low=index / BINS,
                    high=(index + 1) / BINS,
                    words=int(inside.sum()),
                    confidence=float(confidence[inside].mean()),
                    right=float(right[inside].mean()),
                )
            )
    total = len(confidence)
    ece = sum(each.words * abs(each.confidence - each.right) for each in bins) / total if total else 0.0
    brier = float(np.mean((confidence - right) ** 2)) if total else 0.0
    return Calibration(bins=tuple(bins), ece=ece, brier=brier, auroc=auroc(confidence, right))


def auroc(score: Floats, right: Bools) -> float | None:
    """The chance that a right word scores above a wrong one, ties counting half (Mann-Whitney)."""
    good, bad = int(right.sum()), int((~right).sum())
    if not good or not bad:
        return None
    _, which, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return float((ranks[right].sum() - good * (good + 1) / 2) / (good * bad))

"""The confidence of a word: the chance that it is right, as far as agreement can tell.

A logistic regression on what the vote looks like at the word and around it, fitted by `python -m
bench.recovery.calibrate` on simulated samples of documents that no test uses. Agreement cannot see an error that most
samples share: no confidence from samples alone can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from soulwright.recover._mapping import Numbers

Floats = NDArray[np.float64]

NAMES = ("bias", "logit of the share", "log of the votes there", "mean share", "least share", "runner-up", "broken off")
# Written by `python -m bench.recovery.calibrate`.
WEIGHTS = (-0.231, 1.896, 0.357, 4.671, -3.435, -2.212, -2.330)
_NEAR, _BESIDE = 8, 3
HIGHEST = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Votes:
    """The vote on each word of a text: for it, cast at all, for the strongest other answer, and passing on from it."""

    agreed_D: Numbers
    covered_D: Numbers
    runner_up_D: Numbers
    passing_D: Numbers


def features(votes: Votes) -> Floats:
    """One row a word, one column a name of `NAMES`."""
    agreed, covered = votes.agreed_D.astype(float), np.maximum(votes.covered_D, 1).astype(float)
    share = agreed / covered
    logit = np.log((agreed + 0.5) / (covered - agreed + 0.5))
    columns = [
        np.ones_like(share),
        logit,
        np.log1p(covered),
        _around(share, _NEAR, np.mean),
        _around(share, _BESIDE, np.min),
        votes.runner_up_D / covered,
        1.0 - _around(votes.passing_D / covered, _BESIDE, np.min),
    ]
    return np.stack(columns, axis=1)


def confidence(votes: Votes) -> Floats:
    """The chance of each word to be right, from the votes."""
    if not len(votes.agreed_D):
        return np.zeros(0)
    score = features(votes) @ np.array(WEIGHTS)
    return np.asarray(np.minimum(HIGHEST, 1.0 / (1.0 + np.exp(-score))))


def _around(values: Floats, reach: int, how: Callable[..., Floats]) -> Floats:
    padded = np.pad(values, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return how(windows, axis=1)

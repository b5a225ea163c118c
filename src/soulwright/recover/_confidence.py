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

NAMES = (
    "bias",
    "logit of the share",
    "log of the votes there",
    "mean share",
    "least share",
    "runner-up",
    "broken off",
    "stretch that some sample goes through",
    "all such stretches",
    "stretch that two samples go through",
    "all such stretches of two",
)
# Written by `python -m bench.recovery.calibrate`.
WEIGHTS = (-0.375, 1.091, 0.079, 4.391, -1.179, -0.335, -0.067, 0.658, 0.729, 0.105, -0.050)
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
    some, some_all = _stretches(votes.passing_D, 1)
    two, two_all = _stretches(votes.passing_D, 2)
    logit = np.log((agreed + 0.5) / (covered - agreed + 0.5))
    columns = [
        np.ones_like(share),
        logit,
        np.log1p(covered),
        _around(share, _NEAR, np.mean),
        _around(share, _BESIDE, np.min),
        votes.runner_up_D / covered,
        1.0 - _around(votes.passing_D / covered, _BESIDE, np.min),
        some,
        some_all,
        two,
        two_all,
    ]
    return np.stack(columns, axis=1)


def _stretches(passing_D: Numbers, enough: int) -> tuple[Floats, Floats]:
    """How much of the text hangs together with a word (log of the share), and how much with a word on average.

    A text in pieces whose order nobody says has its right words at wrong places: the smaller the pieces, the more.
    """
    starts = passing_D < enough
    starts[:1] = True
    piece_D = np.cumsum(starts) - 1
    share_D = np.bincount(piece_D)[piece_D] / len(piece_D)
    return np.log(share_D), np.full(len(share_D), np.log(share_D.mean()))


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

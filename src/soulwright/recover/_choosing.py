"""Choosing among texts without the truth: how well a pool of samples supports a text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from soulwright.recover._mapping import Hashes, Numbers, gram_hashes

_GRAM, _FAR_GRAM = 8, 6
_APART, _LEAST, _MOST = 60, 36, 96
_SOLID = 0.1


def support(text: Numbers, samples: Sequence[Numbers]) -> float:
    """F(P, R) * (1 + q) / 2, from 0 to 1; comparable between texts for one pool, and no measure of fidelity.

    P is the share of the text's 8-grams, a repeated one counting once, that at least two samples have; R the share of
    solid 8-grams (in two samples, and in a tenth as many as a shared one on average), weighed by their samples, that
    the text has; q the share of the text's pairs of 6-grams 60 words apart that two samples hold in this order 36 to
    96 words apart.
    """
    own = gram_hashes(text, _GRAM)
    if not len(own) or not samples:
        return 0.0
    grams, counts = np.unique(np.concatenate([np.unique(gram_hashes(s, _GRAM)) for s in samples]), return_counts=True)
    precision = float(np.isin(np.unique(own), grams[counts >= 2]).sum() / len(own))
    shared = counts[counts >= 2]
    solid = counts >= max(2.0, _SOLID * float(shared.mean()) if len(shared) else 0.0)
    weight = counts[solid]
    recall = float(weight[np.isin(grams[solid], own)].sum() / weight.sum()) if weight.sum() else 0.0
    both = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return both * (1.0 + _in_order(text, samples)) / 2


def _in_order(words: Numbers, pool: Sequence[Numbers]) -> float:
    hashes = gram_hashes(words, _FAR_GRAM)
    if len(hashes) <= _APART:
        return 1.0
    first, second = hashes[:-_APART], hashes[_APART:]
    holders = np.zeros(len(first), dtype=np.int64)
    for sample in pool:
        one, two = _places(sample, first), _places(sample, second)
        holders += (one >= 0) & (two >= 0) & (two - one >= _LEAST) & (two - one <= _MOST)
    return float((holders >= 2).mean())


def _places(sample: Numbers, wanted: Hashes) -> Numbers:
    """Where a sample first has each of the wanted runs of words; -1 where it has not."""
    found, places = np.unique(gram_hashes(sample, _FAR_GRAM), return_index=True)
    if not len(found):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(found, wanted), len(found) - 1)
    return np.where(found[at] == wanted, places[at], -1)

"""The last word on order: the text is cut where fewer than two samples go on, and joined by all that speaks for it.

A sample is followed word by word here, also where it says a thing twice or leaves the others: one sample that goes on
from the very end of one piece to the very beginning of another is evidence, the weaker the more words lie between; a
few words that a sample has beyond a piece, and another piece ends or begins with, are weaker evidence still. All joints
are chosen together, so that a jump of one sample gives way where the piece it lands on has another to follow.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from soulwright.recover._confidence import Floats
from soulwright.recover._layout import Visits, sorted_chains
from soulwright.recover._mapping import SEED, Block, Hashes, Numbers, gram_hashes, runs, said_alone

_FOOT = 4  # a sample goes on at a place if it has so many words on both sides
_DRIFT = 25  # a sample that has so many words more or less than the text is elsewhere
_SILENT = 60  # so many words of a sample may be unlike the text
_LOST = 100  # beyond so many words of its own a sample is hardly going on
_LOOSE = 15  # and so many words from the edge it hardly shows what follows it
_FARTHEST = 50
_TOUCH, _INSIDE = 8, 3
_ONE = 10.0  # the vote of one sample that goes on
_TOUCHING = 9.0  # and the most that a few words can be
PASSES = 2  # the second sees as a whole what the first has joined

Pieces = list[tuple[int, int]]
Votes = defaultdict[tuple[int, int], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tip:
    """A place where a sample leaves a piece, or comes to it, and the words that it says beyond, nearest first."""

    piece: int
    beyond: tuple[int, ...]


def resequenced(text: Numbers, samples: Sequence[Numbers], passing_D: Numbers) -> Numbers:
    """The places of the text in the order that the samples speak for; so many are known to come to each from before."""
    order = np.arange(len(text))
    for _ in range(PASSES):
        joined = np.append(False, np.diff(order) == 1)
        pieces = _rejoined(text[order], samples, np.where(joined, passing_D[order], 0))
        order = np.concatenate([order[start:end] for start, end in pieces])
    return order


def _rejoined(text: Numbers, samples: Sequence[Numbers], passing_D: Numbers) -> Pieces:
    known = said_alone(text)
    visits = [visits_on(sample, *known) for sample in samples]
    bounds, votes = _cut(passing_D, visits)
    pieces = list(pairwise(bounds))
    if len(pieces) == 1:
        return pieces
    for pair, weight in _steps(np.array(bounds), visits).items():
        votes[pair] += weight
    for pair, weight in _touches(text, samples, visits, pieces).items():
        votes[pair] = max(votes[pair], min(_TOUCHING, weight))
    top = _top(np.array(bounds), votes, visits)
    chains = sorted_chains(_chains(len(pieces), votes, top), top, bounds, visits)
    return [pieces[piece] for chain in chains for piece in chain]


def visits_on(sample: Numbers, hashes: Hashes, places: Numbers) -> Visits:
    """Where a sample is on the text, one stretch after the other, by the runs of words that the text has once."""
    own = gram_hashes(sample, SEED)
    if not len(own) or not len(hashes):
        return []
    at = np.minimum(np.searchsorted(hashes, own), len(hashes) - 1)
    s = np.flatnonzero(hashes[at] == own)
    d = places[at[s]]
    step_s, step_d = np.diff(s), np.diff(d)
    ends = np.flatnonzero((step_d <= 0) | (abs(step_d - step_s) > _DRIFT) | (step_s > _SILENT)) + 1
    return [
        Block(s0=int(s[a]), s1=int(s[b - 1]) + SEED, d0=int(d[a]), d1=int(d[b - 1]) + SEED)
        for a, b in pairwise([0, *ends.tolist(), len(s)])
        if b - a >= 2
    ]


def _cut(passing_D: Numbers, visits: Sequence[Visits]) -> tuple[list[int], Votes]:
    """Cuts where fewer than two samples go on, at the place where most of them end or begin; who goes on, votes."""
    size = len(passing_D)
    through_D, edges_D = np.zeros(size + 1, dtype=np.int64), np.zeros(size + 1, dtype=np.int64)
    for each in visits:
        there = np.zeros(size + 1, dtype=np.bool_)
        for visit in each:
            edges_D[[visit.d0, visit.d1]] += 1
            there[visit.d0 + _FOOT : max(visit.d0 + _FOOT, visit.d1 - _FOOT + 1)] = True
        through_D += there
    through_D[:-1] = np.maximum(through_D[:-1], passing_D)
    low = through_D < 2
    low[:_FOOT] = low[-_FOOT:] = False
    cuts = [start + int(np.argmax(edges_D[start:end])) for start, end in runs(low)]
    bounds = [0, *(cut for cut in cuts if 0 < cut < size), size]
    votes: Votes = defaultdict(float)
    for piece, cut in enumerate(bounds[1:-1]):
        votes[piece, piece + 1] = _ONE * int(through_D[cut])
    return bounds, votes


def _steps(bounds: Numbers, visits: Sequence[Visits]) -> Votes:
    """Samples that go from the end of one piece to the beginning of another."""
    votes: Votes = defaultdict(float)
    for one, two in (step for each in visits for step in pairwise(each)):
        silent = two.s0 - one.s1
        a, b = int(np.argmin(abs(bounds[1:] - one.d1))), int(np.argmin(abs(bounds[:-1] - two.d0)))
        off = int(abs(bounds[a + 1] - one.d1) + abs(bounds[b] - two.d0))
        if a != b and off <= _FARTHEST and -SEED <= silent <= 2 * _LOST:
            votes[a, b] += _ONE * float(np.exp(-off / _LOOSE - max(0, silent) / _LOST))
    return votes


def _touches(text: Numbers, samples: Sequence[Numbers], visits: Sequence[Visits], pieces: Pieces) -> Votes:
    """Words that samples have beyond a piece and another piece begins or ends with: the rarer, the more they say."""
    counts = np.bincount(np.concatenate([*samples, text]))
    says = -np.log(np.maximum(counts, 1) / counts.sum())
    heads = [text[start : start + _TOUCH].tolist() for start, _ in pieces]
    tails = [text[max(0, end - _TOUCH) : end][::-1].tolist() for _, end in pieces]
    votes: Votes = defaultdict(float)
    for sample, each in zip(samples, visits, strict=True):
        for tip in _leaving(text, sample, each, pieces):
            for b, head in enumerate(heads):
                votes[tip.piece, b] += min(_TOUCH, _weight(tip.beyond, head, says))
        for tip in _coming(text, sample, each, pieces):
            for a, tail in enumerate(tails):
                votes[a, tip.piece] += min(_TOUCH, _weight(tip.beyond, tail, says))
    return defaultdict(float, {pair: weight for pair, weight in votes.items() if weight and pair[0] != pair[1]})


def _leaving(text: Numbers, sample: Numbers, visits: Visits, pieces: Pieces) -> list[_Tip]:
    tips = []
    for visit in visits:
        for piece, (_, end) in enumerate(pieces):
            inside = end - visit.d1
            said = sample[visit.s1 : visit.s1 + _TOUCH]
            if 0 <= inside <= _INSIDE and np.array_equal(said[:inside], text[visit.d1 : end]):
                tips.append(_Tip(piece=piece, beyond=tuple(said[inside:].tolist())))
    return tips


def _coming(text: Numbers, sample: Numbers, visits: Visits, pieces: Pieces) -> list[_Tip]:
    tips = []
    for visit in visits:
        for piece, (start, _) in enumerate(pieces):
            inside = visit.d0 - start
            said = sample[max(0, visit.s0 - _TOUCH) : visit.s0][::-1]
            if 0 <= inside <= _INSIDE and np.array_equal(said[:inside], text[start : visit.d0][::-1]):
                tips.append(_Tip(piece=piece, beyond=tuple(said[inside:].tolist())))
    return tips


def _weight(some: Sequence[int], others: Sequence[int], says: Floats) -> float:
    total = 0.0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        total += float(says[one])
    return total


def _top(bounds: Numbers, votes: Votes, visits: Sequence[Visits]) -> int | None:
    """The piece that more samples begin with than come to it from elsewhere."""
    first: Counter[int] = Counter()
    for each in visits:
        if each:
            piece = int(np.argmin(abs(bounds[:-1] - each[0].d0)))
            first[piece] += abs(int(bounds[piece]) - each[0].d0) <= _TOUCH
    coming = {piece: max((w for (_, to), w in votes.items() if to == piece), default=0.0) for piece in first}
    surplus = {piece: _ONE * count - coming[piece] for piece, count in first.items() if count >= 2}
    best = max(surplus, key=lambda piece: surplus[piece], default=None)
    return best if best is not None and surplus[best] > 0 else None


def _chains(pieces: int, votes: Votes, top: int | None) -> list[list[int]]:
    """The joints that have most votes together, each piece one neighbour a side; a ring is opened at its weakest."""
    from scipy.optimize import linear_sum_assignment

    weights = np.zeros((pieces, 2 * pieces))  # so many more columns: a piece may have nothing after it
    for (a, b), weight in votes.items():
        if b != top:
            weights[a, b] = weight
    rows, columns = linear_sum_assignment(weights, maximize=True)
    after = {int(a): int(b) for a, b in zip(rows, columns, strict=True) if weights[a, b] > 0}
    for ring in _rings(after):
        del after[min(ring, key=lambda piece: weights[piece, after[piece]])]
    chains = []
    for piece in sorted(set(range(pieces)) - set(after.values())):
        chain = [piece]
        while chain[-1] in after:
            chain.append(after[chain[-1]])
        chains.append(chain)
    return sorted(chains, key=lambda chain: chain[0] != top)


def _rings(after: dict[int, int]) -> list[list[int]]:
    rings, seen = [], set[int]()
    for start in after:
        path = [start]
        while path[-1] in after and path[-1] not in seen:
            seen.add(path[-1])
            path.append(after[path[-1]])
        if path[-1] == start and len(path) > 1:
            rings.append(path[:-1])
    return rings

"""The draft: one order for everything that at least two samples have.

It starts as the best fragment of a sample, takes in what others have beyond it, and is then cut wherever samples go on
in different ways and put together again by how many samples go on which way. Order is a vote like any other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from soulwright.recover._mapping import (
    SEED,
    Block,
    Bools,
    Hashes,
    Mapping,
    Numbers,
    Text,
    gram_hashes,
    indexed,
    map_sample,
    runs,
)
from soulwright.recover._pool import Pool

_NEW = 8  # an addition has at least so many supported words
_NEAR = 25  # ends of blocks within so many words are one place
_EDGE = 8  # and edges within so many words are one edge
_SAMPLE, _BROKEN = 2, 1  # a vote for what follows what, and one of a sample that others contradict
_SKIP = 25  # a sample that skips so many words was at two places
_LEAP = 200  # so many words may lie between two places that a sample links


Visits = list[Block]


def grown(draft: Numbers, pool: Pool) -> Numbers:
    """The draft with what it lacks of the fragments; from nothing: the longest fragment, grown by the others."""
    known = np.sort(gram_hashes(draft, SEED))
    for piece in pool.by_news:
        grams = gram_hashes(piece.text.words, SEED)
        fresh = piece.solid & ~_found(grams, known)
        if fresh.sum() >= _NEW - SEED + 1:
            draft = extended(draft, piece.text, fresh) if len(draft) else piece.text.words
            known = np.sort(gram_hashes(draft, SEED))
    return draft


def _found(some: Hashes, known: Hashes) -> Bools:
    """Which of some hashes are among known ones, which are sorted."""
    if not len(known):
        return np.zeros(len(some), dtype=np.bool_)
    return np.asarray(known[np.minimum(np.searchsorted(known, some), len(known) - 1)] == some)


def extended(draft: Numbers, piece: Text, fresh: Bools) -> Numbers:
    """The draft with the fresh stretches of a fragment, each beside its neighbour in the fragment."""
    mapping, sample = map_sample(piece, indexed(draft)), piece.words
    inserts: dict[int, list[Numbers]] = defaultdict(list)
    for start, end, place in _between(mapping, len(sample), len(draft)):
        inside = np.flatnonzero(fresh[start : max(start, end - SEED + 1)])
        if len(inside) >= _NEW - SEED + 1:
            inserts[place].append(sample[start + inside[0] : start + inside[-1] + SEED])
    if not inserts:
        return draft
    parts, at = [], 0
    for place in sorted(inserts):
        parts += [draft[at:place], *inserts[place]]
        at = place
    return np.concatenate([*parts, draft[at:]])


def _between(mapping: Mapping, sample_length: int, draft_length: int) -> list[tuple[int, int, int]]:
    """The stretches of the sample outside its blocks, each with the place of the draft where it would go."""
    if not mapping.blocks:
        return [(0, sample_length, draft_length)]
    found, at, place = [], 0, mapping.blocks[0].d0
    for block in mapping.blocks:
        if block.s0 > at:
            found.append((at, block.s0, place))
        if block.s1 > at:
            at, place = block.s1, block.d1
    if sample_length > at:
        found.append((at, sample_length, place))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Links:
    """How often samples go on from one place of the draft to another."""

    votes: Counter[tuple[int, int]]
    cuts: tuple[int, ...]


def ordered(draft: Numbers, mappings: Sequence[Mapping]) -> Numbers:
    """The draft, cut where samples go on in different ways and put together by the votes of the samples."""
    visits = [_visits(mapping) for mapping in mappings]
    links = _links(draft, visits)
    if not links.cuts:
        return draft
    bounds = [0, *links.cuts, len(draft)]
    votes = _edge_votes(bounds, links, visits)
    top = _top(bounds, votes, visits)
    chains = _chains(len(bounds) - 1, votes, top)
    chains = sorted_chains(chains, top, bounds, visits)
    return np.concatenate([draft[bounds[piece] : bounds[piece + 1]] for chain in chains for piece in chain])


def _visits(mapping: Mapping) -> Visits:
    """Where a sample was on the draft, one stretch after the other; a block that skips a long stretch is two."""
    found = []
    for number, block in enumerate(mapping.blocks):
        at = np.flatnonzero(mapping.block_D[block.d0 : block.d1] == number) + block.d0
        at = at[mapping.place_D[at] >= 0]
        for part in np.split(at, np.flatnonzero(np.diff(at) > _SKIP) + 1):
            if len(part):
                s0, s1 = mapping.place_D[part[[0, -1]]]
                found.append(replace(block, s0=int(s0), s1=int(s1) + 1, d0=int(part[0]), d1=int(part[-1]) + 1))
    return found


def _links(draft: Numbers, samples: Sequence[Visits]) -> _Links:
    """Jumps that at least two samples make, with the ends drawn together to common places; then those of one sample."""
    steps = [
        (one.d1, two.d0, one.piece == two.piece)
        for visits in samples
        for one, two in pairwise(visits)
        if -_NEAR <= two.s0 - one.s1 <= _LEAP
    ]
    jumps = [(a, b) for a, b, unbroken in steps if unbroken]
    shared = _shared_jumps(np.array(jumps, dtype=np.int64).reshape(-1, 2))
    places = _common_places({a for a, _, _ in shared}, {b for _, b, _ in shared})
    votes: Counter[tuple[int, int]] = Counter()
    for a, b, count in shared:
        votes[places[a], places[b]] += _SAMPLE * count
    places_shared = set(votes)
    edges = set(places.values())
    seams = [seam for seam in _seams(len(draft), samples) if all(abs(seam - edge) > _EDGE for edge in edges)]
    cuts = tuple(sorted(place for place in {*edges, *seams} if 0 < place < len(draft)))
    for pair, unbroken in _lone_links(steps, [0, *cuts, len(draft)]):
        if pair not in places_shared:
            votes[pair] += _SAMPLE if unbroken else _BROKEN
    return _Links(votes=votes, cuts=cuts)


def _seams(length: int, samples: Sequence[Visits]) -> list[int]:
    """Places inside the draft that no sample goes through: where one stops, or in the middle of nowhere."""
    through_D = np.zeros(length + 1, dtype=np.int64)
    ends = set()
    for block in (block for visits in samples for block in visits):
        if block.d1 - block.d0 > 2 * _EDGE:
            through_D[block.d0 + _EDGE] += 1
            through_D[block.d1 - _EDGE + 1] -= 1
            ends.add(block.d1)
    through_D = np.cumsum(through_D)
    seams = []
    for start, end in runs(through_D[:length] == 0):
        inside = [place for place in ends if start <= place < end]
        if start > 0 and end < length:
            seams.append(max(inside, default=(start + end) // 2))
    return seams


def _lone_links(steps: Sequence[tuple[int, int, bool]], bounds: Sequence[int]) -> list[tuple[tuple[int, int], bool]]:
    """Steps from one bound to another: the only evidence there is where no two samples agree."""
    places = np.array(bounds)
    found = []
    for *step, unbroken in steps:
        a, b = (int(places[np.argmin(abs(places - end))]) for end in step)
        if a != b and abs(a - step[0]) <= _NEAR and abs(b - step[1]) <= _NEAR:
            found.append(((a, b), unbroken))
    return found


def _shared_jumps(jumps: Numbers) -> list[tuple[int, int, int]]:
    """Jumps that several samples make, as (from, to, how many), each jump counted once, the most shared first."""
    if len(jumps) < 2:
        return []
    near = np.max(abs(jumps[:, None] - jumps[None]), axis=2) <= _NEAR
    left = np.ones(len(jumps), dtype=np.bool_)
    shared = []
    for number in np.argsort(-near.sum(axis=1), kind="stable"):
        group = np.flatnonzero(near[number] & left)
        if len(group) < 2 or not left[number]:
            continue
        left[group] = False
        ends, starts = np.sort(jumps[group], axis=0).T
        doubt = len(group) // 3  # an alignment stops early where words are wrong, and seldom late
        shared.append((int(ends[-1 - doubt]), int(starts[doubt]), len(group)))
    return shared


def _common_places(ends: set[int], starts: set[int]) -> dict[int, int]:
    """Each place, drawn to the last end near it, or else to the first start: there is the true edge."""
    groups: list[list[int]] = []
    for place in sorted(ends | starts):
        if groups and place - groups[-1][0] <= _EDGE:
            groups[-1].append(place)
        else:
            groups.append([place])
    edges = [max((place for place in group if place in ends), default=group[0]) for group in groups]
    return {place: edge for group, edge in zip(groups, edges, strict=True) for place in group}


def _edge_votes(bounds: Sequence[int], links: _Links, samples: Sequence[Visits]) -> Counter[tuple[int, int]]:
    """For each pair of pieces, how many samples say the second right after the first."""
    ends = {bound: piece - 1 for piece, bound in enumerate(bounds)}
    starts = {bound: piece for piece, bound in enumerate(bounds[:-1])}
    votes: Counter[tuple[int, int]] = Counter()
    for (a, b), count in links.votes.items():
        if ends.get(a, -1) >= 0 and b in starts and ends[a] != starts[b]:
            votes[ends[a], starts[b]] += count
    for cut in links.cuts:
        through = sum(
            any(block.d0 <= cut - _EDGE and block.d1 >= cut + _EDGE for block in visits) for visits in samples
        )
        votes[ends[cut], starts[cut]] += _SAMPLE * through
    return votes


def _top(bounds: Sequence[int], votes: Counter[tuple[int, int]], samples: Sequence[Visits]) -> int | None:
    """The piece that the document begins with: more samples start with it than come to it from elsewhere."""
    pieces = np.searchsorted(np.array(bounds), [v[0].d0 + _EDGE for v in samples if v], side="right") - 1
    near = [
        int(piece)
        for piece, visits in zip(pieces, (v for v in samples if v), strict=True)
        if abs(visits[0].d0 - bounds[piece]) <= _NEAR
    ]
    coming: Counter[int] = Counter()
    for (_, piece), count in votes.items():
        coming[piece] = max(coming[piece], count)
    surplus = {piece: _SAMPLE * count - coming[piece] for piece, count in Counter(near).items() if count >= 2}
    best = max(surplus, key=lambda piece: surplus[piece], default=None)
    return best if best is not None and surplus[best] > 0 else None


def _chains(pieces: int, votes: Counter[tuple[int, int]], top: int | None) -> list[list[int]]:
    """Pieces joined into chains, the strongest votes first; each has one neighbour a side, the top none before it."""
    after: dict[int, int] = {}
    before: dict[int, int] = {}
    head = list(range(pieces))

    def first(piece: int) -> int:
        while head[piece] != piece:
            head[piece] = head[head[piece]]
            piece = head[piece]
        return piece

    natural = sorted(votes, key=lambda pair: (-votes[pair], pair[1] != pair[0] + 1, pair))
    for a, b in natural:
        if votes[a, b] and b != top and a not in after and b not in before and first(a) != first(b):
            after[a], before[b] = b, a
            head[first(b)] = first(a)
    chains = []
    for piece in range(pieces):
        if piece not in before:
            chain = [piece]
            while chain[-1] in after:
                chain.append(after[chain[-1]])
            chains.append(chain)
    return sorted(chains, key=lambda chain: chain[0] != top)


def sorted_chains(
    chains: list[list[int]], top: int | None, bounds: Sequence[int], samples: Sequence[Visits]
) -> list[list[int]]:
    """Chains in the order in which most samples say them, found by inserting one after the other, the longest first."""
    if len(chains) == 1:
        return chains
    of_piece = np.zeros(bounds[-1] + 1, dtype=np.int64)
    for number, chain in enumerate(chains):
        for piece in chain:
            of_piece[bounds[piece] : bounds[piece + 1]] = number
    ahead = np.zeros((len(chains), len(chains)), dtype=np.int64)
    for visits in samples:
        said = list(dict.fromkeys(int(of_piece[(block.d0 + block.d1) // 2]) for block in visits))
        for i, one in enumerate(said):
            ahead[one, said[i + 1 :]] += 1
    margin = ahead - ahead.T
    length = [sum(bounds[p + 1] - bounds[p] for p in chain) for chain in chains]
    fixed = [0] if chains[0][0] == top else []
    placed = list(fixed)
    for number in sorted(set(range(len(chains))) - set(fixed), key=lambda n: -length[n]):
        wanted = sum(chains[other][0] < chains[number][0] for other in placed)
        gain = {
            at: int(margin[placed[:at], number].sum() - margin[placed[at:], number].sum())
            for at in range(len(fixed), len(placed) + 1)
        }
        placed.insert(max(gain, key=lambda at: (gain[at], -abs(at - wanted))), number)
    return [chains[number] for number in placed]

"""The draft: one order for everything that at least two samples have.

It starts as the best sample, takes in what other samples have beyond it, and is then cut wherever samples go on in
different ways and put together again by how many samples go on which way. Order is a vote like any other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from soulwright.recover._mapping import (
    SEED,
    Bools,
    Mapping,
    Numbers,
    Text,
    gram_hashes,
    indexed,
    map_sample,
    seed_groups,
)

_DENSE = 0.3  # of it in runs of words that it has said
_REPEAT = 30  # a sample that says so many words again went back
_NEW = 8  # an addition has at least so many supported words
_NEAR = 25  # ends of blocks within so many words are one place
_EDGE = 8  # and edges within so many words are one edge
_LINK = 60  # so many words may lie between two blocks that a sample links


def supported(samples: Sequence[Numbers], enough: int, size: int = SEED) -> list[Bools]:
    """For each run of words of each sample, whether so many samples have it."""
    hashes = [gram_hashes(sample, size) for sample in samples]
    own = [np.unique(each) for each in hashes]
    every, counts = np.unique(np.concatenate(own), return_counts=True) if own else (np.zeros(0), np.zeros(0))
    shared = every[counts >= enough]
    return [np.isin(each, shared) for each in hashes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The samples for making drafts: what each says once, and which of its runs of words another sample has too."""

    once: tuple[Text, ...]
    origins: tuple[Numbers, ...]  # where each word of it stands in the sample as given
    solid: tuple[Bools, ...]
    order: tuple[int, ...]  # the sample with most supported words first

    @property
    def words(self) -> tuple[Numbers, ...]:
        """The words of each sample, said once."""
        return tuple(text.words for text in self.once)


def make_pool(samples: Sequence[Numbers], enough: int) -> Pool:
    """Prepare samples for making drafts."""
    kept = [first_time(sample) for sample in samples]
    once = [sample[keep] for sample, keep in zip(samples, kept, strict=True)]
    solid = supported(once, enough)
    order = sorted(range(len(once)), key=lambda i: -_novelty(once[i], solid[i]))
    origins = tuple(np.flatnonzero(keep) for keep in kept)
    return Pool(once=tuple(indexed(each) for each in once), origins=origins, solid=tuple(solid), order=tuple(order))


def grown(draft: Numbers, pool: Pool) -> Numbers:
    """The draft with what it lacks and at least two samples say; from nothing: the best sample, grown by the others."""
    for number in pool.order:
        draft = extended(draft, pool.once[number], pool.solid[number]) if len(draft) else pool.once[number].words
    return draft


def _novelty(sample: Numbers, solid: Bools) -> int:
    return len(np.unique(gram_hashes(sample, SEED)[solid]))


def said_once(text: Numbers) -> Numbers:
    """The text without what it says a second time."""
    return text[first_time(text)]


def first_time(sample: Numbers) -> Bools:
    """False for what a text says a second time: a long stretch like an earlier one."""
    hashes = gram_hashes(sample, SEED)
    _, first, which = np.unique(hashes, return_index=True, return_inverse=True)
    earlier = first[which]
    again = np.flatnonzero(earlier < np.arange(len(hashes)))
    drop = np.zeros(len(sample), dtype=np.bool_)
    for group in seed_groups(again, earlier[again], SEED):
        start, end = again[group[0]], again[group[-1]] + SEED
        if len(group) >= max(_REPEAT - SEED + 1, _DENSE * (end - start)):
            drop[start:end] = True
    return ~drop


def extended(draft: Numbers, text: Text, solid: Bools) -> Numbers:
    """The draft with the sample's supported stretches that it lacks, each beside its neighbour in the sample."""
    mapping, sample = map_sample(text, indexed(draft)), text.words
    known = np.isin(gram_hashes(sample, SEED), gram_hashes(draft, SEED))
    fresh = solid & ~known
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
    links = _links(draft, mappings)
    if not links.cuts:
        return draft
    bounds = [0, *links.cuts, len(draft)]
    votes = _edge_votes(bounds, links, mappings)
    top = _top(bounds, votes, mappings)
    chains = _chains(len(bounds) - 1, votes, top)
    chains = _sorted_chains(chains, top, bounds, mappings)
    return np.concatenate([draft[bounds[piece] : bounds[piece + 1]] for chain in chains for piece in chain])


def _links(draft: Numbers, mappings: Sequence[Mapping]) -> _Links:
    """Jumps that at least two samples make, with the ends drawn together to common places."""
    jumps = [
        (one.d1, two.d0)
        for mapping in mappings
        for one, two in zip(mapping.blocks, mapping.blocks[1:], strict=False)
        if -_NEAR <= two.s0 - one.s1 <= _LINK
    ]
    shared = _shared_jumps(np.array(jumps, dtype=np.int64).reshape(-1, 2))
    places = _common_places({a for a, _, _ in shared}, {b for _, b, _ in shared})
    votes: Counter[tuple[int, int]] = Counter()
    for a, b, count in shared:
        votes[places[a], places[b]] += count
    cuts = tuple(sorted(place for place in set(places.values()) if 0 < place < len(draft)))
    return _Links(votes=votes, cuts=cuts)


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


def _edge_votes(bounds: Sequence[int], links: _Links, mappings: Sequence[Mapping]) -> Counter[tuple[int, int]]:
    """For each pair of pieces, how many samples say the second right after the first."""
    ends = {bound: piece - 1 for piece, bound in enumerate(bounds)}
    starts = {bound: piece for piece, bound in enumerate(bounds[:-1])}
    votes: Counter[tuple[int, int]] = Counter()
    for (a, b), count in links.votes.items():
        if ends.get(a, -1) >= 0 and b in starts and ends[a] != starts[b]:
            votes[ends[a], starts[b]] += count
    for cut in links.cuts:
        through = sum(
            any(block.d0 <= cut - _EDGE and block.d1 >= cut + _EDGE for block in mapping.blocks) for mapping in mappings
        )
        votes[ends[cut], starts[cut]] += through
    return votes


def _top(bounds: Sequence[int], votes: Counter[tuple[int, int]], mappings: Sequence[Mapping]) -> int | None:
    """The piece that the document begins with: more samples start with it than come to it from elsewhere."""
    pieces = np.searchsorted(np.array(bounds), [m.blocks[0].d0 + _EDGE for m in mappings if m.blocks], side="right") - 1
    near = [
        int(piece)
        for piece, mapping in zip(pieces, (m for m in mappings if m.blocks), strict=True)
        if abs(mapping.blocks[0].d0 - bounds[piece]) <= _NEAR
    ]
    piece, count = Counter(near).most_common(1)[0] if near else (0, 0)
    coming = max((n for (_, b), n in votes.items() if b == piece), default=0)
    return piece if count >= 2 and count > coming else None


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


def _sorted_chains(
    chains: list[list[int]], top: int | None, bounds: Sequence[int], mappings: Sequence[Mapping]
) -> list[list[int]]:
    """Chains in the order in which most samples say them, found by inserting one after the other, the longest first."""
    if len(chains) == 1:
        return chains
    of_piece = np.zeros(bounds[-1] + 1, dtype=np.int64)
    for number, chain in enumerate(chains):
        for piece in chain:
            of_piece[bounds[piece] : bounds[piece + 1]] = number
    ahead = np.zeros((len(chains), len(chains)), dtype=np.int64)
    for mapping in mappings:
        said = list(dict.fromkeys(int(of_piece[(block.d0 + block.d1) // 2]) for block in mapping.blocks))
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

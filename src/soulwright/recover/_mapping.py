"""Where a sample lies on a draft: blocks found by shared runs of words, aligned word by word inside.

A sample may start and stop anywhere, leave out, repeat and reorder, so it is not aligned as a whole. Runs of five words
that the draft has once are seeds; seeds that go on together become blocks; inside a block the gaps between seeds are
aligned by edit distance. Arrays end in their axes: `_S` positions of the sample, `_D` positions of the draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Bools = NDArray[np.bool_]

SEED = 5
UNCOVERED = -2
NOTHING = -1
_DRIFT = 150  # so many words more on one side may lie between two seeds of one block
_REACH = 300  # and at most so many on both
_WEAK = 8  # a block with fewer matched words is chance
_FLANK = 24
_LONG = 25
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A stretch of a sample, [s0, s1), that lies on a stretch of the draft, [d0, d1); `piece` is its fragment."""

    s0: int
    s1: int
    d0: int
    d1: int
    piece: int = 0


Aligned = tuple[Block, Numbers]  # a block, and for each of its words of the draft the place in the sample or NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One sample on a draft: for each word of the draft the place in the sample, NOTHING, or UNCOVERED."""

    blocks: tuple[Block, ...]
    place_D: Numbers
    block_D: Numbers  # which block covers it; -1 where none does


def gram_hashes(words: Numbers, size: int) -> Hashes:
    """A hash of each run of `size` words; shorter texts have none."""
    count = len(words) - size + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    mixed = (words.astype(np.uint64) + np.uint64(1)) * _MIX
    mixed ^= mixed >> np.uint64(29)
    total = np.zeros(count, dtype=np.uint64)
    for offset in range(size):
        total = total * np.uint64(0x100000001B3) + mixed[offset : offset + count]
    return total


def said_alone(words: Numbers, size: int = SEED) -> tuple[Hashes, Numbers]:
    """The hashes, sorted, of the runs of words that a text has exactly once, and where they start."""
    hashes = gram_hashes(words, size)
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    new = np.ones(len(ordered) + 1, dtype=np.bool_)
    new[1:-1] = ordered[1:] != ordered[:-1]
    alone = new[:-1] & new[1:]
    return ordered[alone], order[alone].astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text as numbers, with the runs of words that it has exactly once: what seeds are found with."""

    words: Numbers
    listed: list[int]  # the same, for edit distances
    hashes: Hashes
    places: Numbers


def indexed(words: Numbers) -> Text:
    """Prepare a text for mapping."""
    hashes, places = said_alone(words)
    return Text(words=words, listed=words.tolist(), hashes=hashes, places=places)


def _seeds(sample: Text, draft: Text) -> tuple[Numbers, Numbers]:
    """Where the runs lie that both texts have exactly once, in the order of the sample."""
    if not len(sample.hashes) or not len(draft.hashes):
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing
    at = np.minimum(np.searchsorted(draft.hashes, sample.hashes), len(draft.hashes) - 1)
    hit = np.flatnonzero(draft.hashes[at] == sample.hashes)
    seeds_S, seeds_D = sample.places[hit], draft.places[at[hit]]
    order = np.argsort(seeds_S)
    return seeds_S[order], seeds_D[order]


def runs(flags: Bools) -> list[tuple[int, int]]:
    """The stretches [start, end) in which the flags hold."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def map_sample(sample: Text, draft: Text) -> Mapping:
    """Find the blocks of a sample on a draft and align them."""
    return mapping_of(aligned(sample, draft), len(draft.words))


def aligned(sample: Text, draft: Text) -> list[Aligned]:
    """The blocks of a text on a draft, word by word, in the order of the text."""
    seeds_S, seeds_D = _seeds(sample, draft)
    groups = seed_groups(seeds_S, seeds_D, SEED)
    if not groups:
        return []
    found = [_align(seeds_S[group], seeds_D[group], sample.listed, draft.listed, SEED) for group in groups]
    return _at_home(found, len(sample.listed))


def mapping_of(blocks: Sequence[Aligned], length: int) -> Mapping:
    """Blocks of one sample on a draft of so many words; where two claim a word, the longer one has it."""
    place_D = np.full(length, UNCOVERED, dtype=np.int64)
    block_D = np.full(length, -1, dtype=np.int64)
    longest_first = sorted(range(len(blocks)), key=lambda i: blocks[i][0].d0 - blocks[i][0].d1)
    for number in longest_first:
        block, place = blocks[number]
        free = np.flatnonzero(place_D[block.d0 : block.d1] == UNCOVERED)
        place_D[block.d0 + free] = place[free]
        block_D[block.d0 + free] = number
    return Mapping(blocks=tuple(block for block, _ in blocks), place_D=place_D, block_D=block_D)


def seed_groups(seeds_S: Numbers, seeds_D: Numbers, size: int) -> list[Numbers]:
    """Indices of seeds that go on together, weak groups left out; joined again across what was left out."""
    if not len(seeds_S):
        return []
    kept = np.arange(len(seeds_S))
    groups: list[Numbers] = []
    for smallest in (3, _WEAK - size + 1):
        step_S, step_D = np.diff(seeds_S[kept]), np.diff(seeds_D[kept])
        together = (step_D > 0) & (abs(step_D - step_S) <= _DRIFT) & (step_S <= _REACH) & (step_D <= _REACH)
        starts = np.concatenate([[0], np.flatnonzero(~together) + 1, [len(kept)]])
        groups = [kept[a:b] for a, b in pairwise(starts.tolist()) if b - a >= smallest]
        if not groups:
            return []
        kept = np.concatenate(groups)
    return groups


def _align(seeds_S: Numbers, seeds_D: Numbers, sample: list[int], draft: list[int], size: int) -> Aligned:
    """The word-by-word alignment of one block, with its flanks."""
    from rapidfuzz.distance import Levenshtein

    s0, s1, d0, d1 = _with_flanks(seeds_S, seeds_D, sample, draft, size)
    place = [NOTHING] * (d1 - d0)

    def between(from_s: int, to_s: int, from_d: int, to_d: int) -> None:
        if from_s == to_s or from_d == to_d:
            return
        for op in Levenshtein.opcodes(sample[from_s:to_s], draft[from_d:to_d]):
            if op.tag in ("equal", "replace"):
                to = from_d - d0
                place[to + op.dest_start : to + op.dest_end] = range(from_s + op.src_start, from_s + op.src_end)

    step_S, step_D = np.diff(seeds_S), np.diff(seeds_D)
    jumps = np.flatnonzero((step_S != step_D) | (step_S > size))
    first = np.concatenate([[0], jumps + 1])
    last = np.concatenate([jumps, [len(seeds_S) - 1]])
    ends = (seeds_S[first], seeds_D[first], seeds_S[last] + size, seeds_D[last] + size)
    at_s, at_d = s0, d0
    for start_s, start_d, end_s, end_d in zip(*(each.tolist() for each in ends), strict=True):
        over = max(at_s - start_s, at_d - start_d, 0)  # seeds may overlap where words repeat
        between(at_s, start_s + over, at_d, start_d + over)
        at_s, at_d = start_s + over, start_d + over
        if end_s > at_s:
            place[at_d - d0 : end_d - d0] = range(at_s, end_s)
            at_s, at_d = end_s, end_d
    between(at_s, s1, at_d, d1)
    return Block(s0=s0, s1=s1, d0=d0, d1=d1), np.array(place, dtype=np.int64)


def _with_flanks(
    seeds_S: Numbers, seeds_D: Numbers, sample: list[int], draft: list[int], size: int
) -> tuple[int, int, int, int]:
    s0, d0 = int(seeds_S[0]), int(seeds_D[0])
    s1, d1 = int(seeds_S[-1]) + size, int(seeds_D[-1]) + size
    more_s, more_d = _flank(sample[s1 : s1 + _FLANK], draft[d1 : d1 + _FLANK])
    less_s, less_d = _flank(sample[max(0, s0 - _FLANK) : s0][::-1], draft[max(0, d0 - _FLANK) : d0][::-1])
    return s0 - less_s, s1 + more_s, d0 - less_d, d1 + more_d


def _flank(sample: Sequence[int], draft: Sequence[int]) -> tuple[int, int]:
    """How far two texts go on being alike: the prefixes with the best balance of equal over unequal words."""
    from rapidfuzz.distance import Levenshtein

    score, best, found = 0, 0, (0, 0)
    for op in Levenshtein.opcodes(sample, draft):
        if op.tag == "equal":
            score += op.src_end - op.src_start
            if score > best:
                best, found = score, (op.src_end, op.dest_end)
        else:
            score -= max(op.src_end - op.src_start, op.dest_end - op.dest_start)
    return found


def _at_home(blocks: list[Aligned], length: int) -> list[Aligned]:
    """Blocks in the order of the sample, without short ones that hang together with no neighbour.

    A turn of phrase, or an invention that a model likes, stands at different places in different samples; where the
    draft happens to have it, such a block would vote for it though the sample was never there.
    """
    ordered = sorted(blocks, key=lambda item: item[0].s0)
    kept = []
    for number, (block, place) in enumerate(ordered):
        before = ordered[number - 1][0].d1 if number else block.d0
        after = ordered[number + 1][0].d0 if number + 1 < len(ordered) else block.d1
        near = -_FLANK <= block.d0 - before <= _REACH and -_FLANK <= after - block.d1 <= _REACH
        long = block.s1 - block.s0 >= min(_LONG, length // 2)
        if long or near:
            kept.append((block, place))
    return kept

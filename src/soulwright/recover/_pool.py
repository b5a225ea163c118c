"""The pool: what each sample says once, cut into fragments wherever others were and none went on in the same way.

A sample that loses the thread goes on somewhere else, each at its own places. So a step from one run of words to the
next is kept only if another sample takes it too, or no other was there to take it; what hangs together after that was
not put together by one sample against the others. Arrays end in their axes: `_A` runs of words of one sample that other
samples have too, in order; `_K` samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from soulwright.recover._mapping import (
    SEED,
    Aligned,
    Bools,
    Hashes,
    Mapping,
    Numbers,
    Text,
    aligned,
    gram_hashes,
    indexed,
    mapping_of,
    seed_groups,
)

_REACH = 60  # a sample that has a run so many words away was there
_SAME = 40  # two samples take the same step if its lengths differ by no more
_DENSE = 0.3  # of it in runs of words that it has said
_REPEAT = 30  # a sample that says so many words again went back
_NONE = np.zeros(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A stretch of one sample, and which of its runs of words enough samples have."""

    sample: int
    start: int
    text: Text
    solid: Bools

    @property
    def news(self) -> int:
        """How many different runs of words it can give."""
        return len(np.unique(gram_hashes(self.text.words, SEED)[self.solid]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The samples for making drafts: what each says once, and the fragments of them that drafts are made of."""

    once: tuple[Text, ...]
    origins: tuple[Numbers, ...]  # where each word of it stands in the sample as given
    pieces: tuple[Fragment, ...]
    by_news: tuple[Fragment, ...]  # the same, the one with most to give first

    @property
    def words(self) -> tuple[Numbers, ...]:
        """The words of each sample, said once."""
        return tuple(text.words for text in self.once)


def make_pool(samples: Sequence[Numbers], enough: int) -> Pool:
    """Prepare samples for making drafts."""
    kept = [first_time(sample) for sample in samples]
    once = tuple(indexed(sample[keep]) for sample, keep in zip(samples, kept, strict=True))
    origins = tuple(np.flatnonzero(keep) for keep in kept)
    pieces = fragments(once, origins, enough)
    by_news = sorted(pieces, key=lambda piece: -piece.news)
    return Pool(once=once, origins=origins, pieces=tuple(pieces), by_news=tuple(by_news))


def mapped(pool: Pool, draft: Numbers) -> list[Mapping]:
    """Each sample on the draft, fragment by fragment."""
    text = indexed(draft)
    blocks: list[list[Aligned]] = [[] for _ in pool.once]
    for number, piece in enumerate(pool.pieces):
        for block, place in aligned(piece.text, text):
            moved = replace(block, s0=block.s0 + piece.start, s1=block.s1 + piece.start, piece=number)
            blocks[piece.sample].append((moved, np.where(place >= 0, place + piece.start, place)))
    return [mapping_of(each, len(draft)) for each in blocks]


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


def fragments(once: Sequence[Text], origins: Sequence[Numbers], enough: int) -> list[Fragment]:
    """The fragments of all samples, in the order of the samples."""
    hashes, counts = np.unique(np.concatenate([_NONE, *(text.hashes for text in once)]), return_counts=True)
    shared = hashes[counts >= enough]
    rows = [_shared_runs(text, shared) for text in once]
    place_HK = np.full((len(shared), len(once)), -1, dtype=np.int64)
    for k, (row, places) in enumerate(rows):
        place_HK[row, k] = origins[k][places]
    found = []
    for k, (text, (row, places)) in enumerate(zip(once, rows, strict=True)):
        solid = np.isin(gram_hashes(text.words, SEED), shared)
        broken = np.flatnonzero(_broken(place_HK[row], k, enough))
        starts = [0, *places[broken + 1].tolist()]
        ends = [*(places[broken] + SEED).tolist(), len(text.words)]
        for start, end in zip(starts, ends, strict=True):
            if end - start >= SEED:
                piece = indexed(text.words[start:end])
                found.append(Fragment(sample=k, start=start, text=piece, solid=solid[start : end - SEED + 1]))
    return found


def _shared_runs(text: Text, shared: Hashes) -> tuple[Numbers, Numbers]:
    """Which of the shared runs of words a text has, in its order, and where they start."""
    at = np.searchsorted(shared, text.hashes)  # one past the end where none is as great
    known = np.flatnonzero(np.append(shared, np.uint64(0))[at] == text.hashes)
    known = known[np.argsort(text.places[known])]
    return at[known], text.places[known]


def _broken(place_AK: Numbers, k: int, enough: int) -> Bools:
    """For each step between neighbouring runs of sample k: others were there, before and after, and none took it."""
    count = len(place_AK)
    there = place_AK >= 0
    number = np.arange(count)[:, None]
    before = np.maximum.accumulate(np.where(there, number, -1))[:-1]
    after = np.minimum.accumulate(np.where(there, number, count)[::-1])[::-1][1:]
    own = place_AK[:, k]
    left = (before >= 0) & (own[:-1, None] - own[before] <= _REACH)
    right = (after < count) & (own[np.minimum(after, count - 1)] - own[1:, None] <= _REACH)
    after = np.minimum(after, count - 1)
    step = np.take_along_axis(place_AK, after, axis=0) - np.take_along_axis(place_AK, before, axis=0)
    taken = left & right & (step > 0) & (abs(step - (own[after] - own[before])) <= _SAME)
    return np.asarray((taken.sum(axis=1) < enough) & (left.sum(axis=1) >= enough) & (right.sum(axis=1) >= enough))

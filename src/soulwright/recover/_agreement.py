"""What independent samples agree on, as numbers: texts as sequences of symbols in, one text with its votes out."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from soulwright.recover._choosing import support
from soulwright.recover._layout import grown, ordered
from soulwright.recover._mapping import NOTHING, UNCOVERED, Mapping, Numbers
from soulwright.recover._outvoted import heard
from soulwright.recover._pool import Pool, make_pool, mapped, said_once
from soulwright.recover._sequence import resequenced
from soulwright.recover._voting import Ballot, revised
from soulwright.recover._words import Alphabet

ROUNDS = 4
ENOUGH = 2  # what fewer samples say never enters
_NEAR = 6  # a sample goes on at a place if it has a word so near on either side
_MORE = 20  # and no more than so many of its own between them
ALONE = 1  # but stands in drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The agreed text and who says what: `place_KD` is the place in sample k (as given) of what it has for word d.

    `heard_K` is how many words of each sample had a vote: all, but for an end that is outvoted.
    """

    heard_K: Numbers
    words_D: Numbers
    said_KD: Numbers
    place_KD: Numbers
    block_KD: Numbers

    @property
    def agreed(self) -> Numbers:
        """How many samples say each word."""
        return np.asarray((self.said_KD == self.words_D).sum(axis=0))

    @property
    def covered(self) -> Numbers:
        """How many samples were there."""
        return np.asarray((self.said_KD != UNCOVERED).sum(axis=0))


def consensus(samples: Sequence[Sequence[Hashable]]) -> list[Hashable]:
    """What at least two of the samples agree on, in the order most of them have; any symbols that can be compared.

    >>> "".join(map(str, consensus(["abcdefghijklmno", "abcdefxhijklmno", "abcdefghijklmn"])))
    'abcdefghijklmno'
    """
    alphabet = Alphabet()
    numbers = [np.array(alphabet.numbers(sample), dtype=np.int64) for sample in samples]
    symbols = alphabet.symbols
    return [symbols[number] for number in agree(numbers).words_D.tolist()]


def agree(samples: Sequence[Numbers], *, enough: int = ENOUGH) -> Agreement:
    """Draft, order and vote, a few times over; then count the votes and leave out what has fewer than `enough`.

    A draft keeps what one sample alone says, so that the others find their places on it; the text does not. A round can
    lose what an earlier one had, so the text that the samples support best is taken, of all rounds.
    """
    heard_K = np.array(heard(samples), dtype=np.int64)
    samples = [sample[:size] for sample, size in zip(samples, heard_K.tolist(), strict=True)]
    pool = make_pool(samples, enough)
    places = _Places(pool)
    draft = np.zeros(0, dtype=np.int64)
    best = _counted(draft, places, enough)
    most = -1.0
    for _ in range(ROUNDS if len(samples) >= enough else 0):
        before = draft
        draft = said_once(grown(draft, pool))
        draft = said_once(ordered(draft, places.on(draft)))
        draft = revised(Ballot(draft, pool.words, places.on(draft), ALONE))
        if np.array_equal(draft, before):
            break
        counted = _counted(draft, places, enough)
        found = support(counted.text, pool.words)
        if found > most:
            most, best = found, counted
    return _agreement(_in_order(best, samples, places), pool, heard_K)


class _Places:
    """Where the samples lie on a draft; what was asked for last is not sought again."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._draft: Numbers | None = None
        self._found: list[Mapping] = []

    def on(self, draft: Numbers) -> list[Mapping]:
        """Each sample on the draft."""
        if self._draft is None or not np.array_equal(draft, self._draft):
            self._draft, self._found = draft, mapped(self.pool, draft)
        return self._found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A draft with its votes, and which of its words have enough of them."""

    ballot: Ballot
    kept: Numbers

    @property
    def text(self) -> Numbers:
        """What enough samples say."""
        return self.ballot.draft[self.kept]


def _counted(draft: Numbers, places: _Places, enough: int) -> _Draft:
    ballot = Ballot(draft, places.pool.words, places.on(draft), enough)
    return _Draft(ballot=ballot, kept=np.flatnonzero(ballot.agreed_D >= enough))


def _in_order(best: _Draft, samples: Sequence[Numbers], places: _Places) -> _Draft:
    """The draft in the order that whole samples speak for; words of one sample go with the word before them."""
    order = resequenced(best.text, samples, _passing(best))
    if np.array_equal(order, np.arange(len(order))):
        return best
    size = len(best.ballot.draft)
    ends = np.append(best.kept[1:], size)
    starts = np.append(0, best.kept[1:])
    draft = np.concatenate([best.ballot.draft[starts[place] : ends[place]] for place in order])
    return _counted(draft, places, best.ballot.enough)


def _passing(draft: _Draft) -> Numbers:
    """For each word of the text, how many samples say one near before it and, in the same go, one from it on."""
    place, block = draft.ballot.place_KD[:, draft.kept], draft.ballot.block_KD[:, draft.kept]
    size = place.shape[1]
    number = np.arange(size)
    before = np.maximum.accumulate(np.where(place >= 0, number, -1), axis=1)[:, :-1]
    after = np.minimum.accumulate(np.where(place >= 0, number, size)[:, ::-1], axis=1)[:, ::-1][:, 1:]
    there = (before >= number[1:] - _NEAR) & (after < np.minimum(size, number[1:] + _NEAR))
    before, after = np.maximum(before, 0), np.minimum(after, size - 1)
    step = np.take_along_axis(place, after, axis=1) - np.take_along_axis(place, before, axis=1)
    same = np.take_along_axis(block, after, axis=1) == np.take_along_axis(block, before, axis=1)
    passes = there & same & (step > 0) & (step - (after - before) <= _MORE)
    return np.append(0, passes.sum(axis=0))[:size]


def _agreement(draft: _Draft, pool: Pool, heard_K: Numbers) -> Agreement:
    ballot, kept = draft.ballot, draft.kept
    place = ballot.place_KD.copy()
    for k, origin in enumerate(pool.origins):
        place[k] = np.where(place[k] >= 0, origin[np.maximum(place[k], 0)] if len(origin) else NOTHING, place[k])
    return Agreement(
        heard_K=heard_K,
        words_D=draft.text,
        said_KD=ballot.said_KD[:, kept],
        place_KD=place[:, kept],
        block_KD=ballot.block_KD[:, kept],
    )

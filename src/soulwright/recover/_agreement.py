"""What independent samples agree on, as numbers: texts as sequences of symbols in, one text with its votes out."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from soulwright.recover._choosing import support
from soulwright.recover._layout import grown, ordered
from soulwright.recover._mapping import NOTHING, UNCOVERED, Numbers
from soulwright.recover._pool import Pool, make_pool, mapped, said_once
from soulwright.recover._sequence import resequenced
from soulwright.recover._voting import Ballot, revised
from soulwright.recover._words import Alphabet

ROUNDS = 4
ENOUGH = 2  # what fewer samples say never enters
ALONE = 1  # but stands in drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The agreed text and who says what: `place_KD` is the place in sample k (as given) of what it has for word d."""

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
    pool = make_pool(samples, enough)
    draft = np.zeros(0, dtype=np.int64)
    best = _Draft.counted(draft, pool, enough)
    most = -1.0
    for _ in range(ROUNDS if len(samples) >= enough else 0):
        before = draft
        draft = said_once(grown(draft, pool))
        draft = said_once(ordered(draft, mapped(pool, draft)))
        draft = revised(Ballot(draft, pool.words, mapped(pool, draft), ALONE))
        if np.array_equal(draft, before):
            break
        counted = _Draft.counted(draft, pool, enough)
        found = support(counted.text, pool.words)
        if found > most:
            most, best = found, counted
    return _agreement(_in_order(best, samples, pool), pool)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A draft with its votes, and which of its words have enough of them."""

    ballot: Ballot
    kept: Numbers

    @classmethod
    def counted(cls, draft: Numbers, pool: Pool, enough: int) -> _Draft:
        """The votes of a pool on a draft."""
        ballot = Ballot(draft, pool.words, mapped(pool, draft), enough)
        return cls(ballot=ballot, kept=np.flatnonzero(ballot.agreed_D >= enough))

    @property
    def text(self) -> Numbers:
        """What enough samples say."""
        return self.ballot.draft[self.kept]


def _in_order(best: _Draft, samples: Sequence[Numbers], pool: Pool) -> _Draft:
    """The draft in the order that whole samples speak for; words of one sample go with the word before them."""
    order = resequenced(best.text, samples)
    if np.array_equal(order, np.arange(len(order))):
        return best
    size = len(best.ballot.draft)
    ends = np.append(best.kept[1:], size)
    starts = np.append(0, best.kept[1:])
    draft = np.concatenate([best.ballot.draft[starts[place] : ends[place]] for place in order])
    return _Draft.counted(draft, pool, best.ballot.enough)


def _agreement(draft: _Draft, pool: Pool) -> Agreement:
    ballot, kept = draft.ballot, draft.kept
    place = ballot.place_KD.copy()
    for k, origin in enumerate(pool.origins):
        place[k] = np.where(place[k] >= 0, origin[np.maximum(place[k], 0)] if len(origin) else NOTHING, place[k])
    return Agreement(
        words_D=draft.text,
        said_KD=ballot.said_KD[:, kept],
        place_KD=place[:, kept],
        block_KD=ballot.block_KD[:, kept],
    )

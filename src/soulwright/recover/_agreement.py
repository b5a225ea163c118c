"""What independent samples agree on, as numbers: texts as sequences of symbols in, one text with its votes out."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from soulwright.recover._choosing import support
from soulwright.recover._layout import grown, ordered
from soulwright.recover._mapping import NOTHING, UNCOVERED, Numbers
from soulwright.recover._pool import Pool, make_pool, mapped, said_once
from soulwright.recover._voting import Ballot, revised
from soulwright.recover._words import Alphabet

ROUNDS = 4
ENOUGH = 2  # what fewer samples say never enters


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

    A round can lose what an earlier one had, so the text that the samples support best is taken, of all rounds.
    """
    pool = make_pool(samples, enough)
    draft = best = np.zeros(0, dtype=np.int64)
    most = -1.0
    for _ in range(ROUNDS if len(samples) >= enough else 0):
        before = draft
        draft = said_once(grown(draft, pool))
        draft = said_once(ordered(draft, mapped(pool, draft)))
        draft = revised(Ballot(draft, pool.words, mapped(pool, draft), enough))
        if np.array_equal(draft, before):
            break
        found = support(draft, pool.words)
        if found > most:
            most, best = found, draft
    return _counted(Ballot(best, pool.words, mapped(pool, best), enough), pool)


def _counted(ballot: Ballot, pool: Pool) -> Agreement:
    kept = ballot.agreed_D >= ballot.enough
    place = ballot.place_KD.copy()
    for k, origin in enumerate(pool.origins):
        place[k] = np.where(place[k] >= 0, origin[np.maximum(place[k], 0)] if len(origin) else NOTHING, place[k])
    return Agreement(
        words_D=ballot.draft[kept],
        said_KD=ballot.said_KD[:, kept],
        place_KD=place[:, kept],
        block_KD=ballot.block_KD[:, kept],
    )

"""What the samples themselves make reachable, if the truth is known: bounds for every method that guesses nothing.

* said by two: the words of the document that at least two samples say at that place, all in their order. No text in
  which what one sample says alone never enters is nearer to the document.
* and some sample goes on: the same words, cut wherever no sample goes from one to the next; the first piece stands
  first, the others in an order by chance, since nothing in the samples says which follows which (mean of ten orders).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from soulwright.recover._mapping import Bools, Numbers, indexed, map_sample, said_alone
from soulwright.recover._sequence import visits_on

Text = list[int]
ORDERS = 10


def said_by_two(samples: Sequence[Text], truth: Text) -> Text:
    """The words of the document that two samples say where they belong."""
    words = np.array(truth, dtype=np.int64)
    return [int(word) for word in words[_heard(samples, words)]]


def in_pieces(samples: Sequence[Text], truth: Text) -> list[Text]:
    """The same words, ten times: cut where no sample goes on, and put together by chance."""
    words = np.array(truth, dtype=np.int64)
    kept, crossed = np.flatnonzero(_heard(samples, words)), _crossed(samples, words)
    pieces: list[Text] = [[]]
    for before, word in pairwise([-1, *kept.tolist()]):
        if pieces[-1] and not crossed[before + 1 : word + 1].all():
            pieces.append([])
        pieces[-1].append(int(words[word]))
    texts = []
    for seed in range(ORDERS):
        others = pieces[1:]
        random.Random(seed).shuffle(others)
        texts.append([word for piece in [pieces[0], *others] for word in piece])
    return texts


def _heard(samples: Sequence[Text], truth: Numbers) -> Bools:
    draft = indexed(truth)
    votes = np.zeros(len(truth), dtype=np.int64)
    for sample in samples:
        words = np.array([*sample, -1], dtype=np.int64)  # no place is -1, and nothing is said there
        place = map_sample(indexed(words[:-1]), draft).place_D
        votes += words[np.maximum(place, -1)] == truth
    return votes >= 2


def _crossed(samples: Sequence[Text], truth: Numbers) -> Bools:
    """For each word, whether some sample goes on to it from the word before."""
    crossed = np.zeros(len(truth), dtype=np.bool_)
    known, draft = said_alone(truth), indexed(truth)
    for sample in samples:
        words = np.array(sample, dtype=np.int64)
        for visit in (*visits_on(words, *known), *map_sample(indexed(words), draft).blocks):
            crossed[visit.d0 + 1 : visit.d1] = True
    return crossed

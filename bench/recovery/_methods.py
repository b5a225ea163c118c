"""The methods that the consensus is measured against: picking a sample, voting on chunks, and aligning to a network.

* longest, medoid: one sample as it is; the medoid is the one most similar to all others (minimum Bayes risk);
* exact-chunk vote: the original extraction (Weiss 2025): 5 near-greedy continuations of what was accepted so far, taken
  when 4 are equal, the chunk halved where they are not and doubled where they are; it may spend what the pool cost;
* ROVER (Fiscus 1997): samples aligned one after the other to a network of words, then a vote in every slot;
* POA heaviest bundle, POA vote (Lee 2002, 2003): partial order alignment of all samples, by `pyspoa`;
* windowed vote: blocks of each sample on the longest one, partial order alignment and a vote in windows of 300 words.

`pyspoa` knows single characters, so words are dealt out to 90 of them, the frequent ones evenly, and the vote is on the
words themselves. Every vote counts a missing word only inside the stretch where a sample was: counting it elsewhere
ruins each of these methods.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from rapidfuzz.distance import Levenshtein

from bench.recovery._noise import Memory
from soulwright.recover._agreement import agree
from soulwright.recover._mapping import indexed, map_sample

Text = list[int]
_SYMBOLS = [chr(code) for code in range(33, 123) if chr(code) != "-"]
_ABSENT = None
_WINDOW = 300
_POA = {"m": 5, "n": -4, "g": -6, "e": -2, "q": -26, "c": -1}


def ours(samples: Sequence[Text]) -> Text:
    return [int(word) for word in agree([np.array(sample, dtype=np.int64) for sample in samples]).words_D]


def longest(samples: Sequence[Text]) -> Text:
    return max(samples, key=len, default=[])


def medoid(samples: Sequence[Text]) -> Text:
    similarity = [sum(Levenshtein.normalized_similarity(a, b) for b in samples) for a in samples]
    return samples[int(np.argmax(similarity))]


def rover(samples: Sequence[Text]) -> Text:
    rows = sorted(samples, key=len, reverse=True)
    slots: list[Counter[int]] = [Counter([word]) for word in rows[0]]
    reached = [1] * len(slots)
    for sample in rows[1:]:
        slots, reached = _taken_in(slots, reached, sample)
    return [
        word
        for slot, count in zip(slots, reached, strict=True)
        for word, votes in slot.most_common(1)
        if votes >= count - sum(slot.values())
    ]


def _taken_in(slots: list[Counter[int]], reached: list[int], sample: Text) -> tuple[list[Counter[int]], list[int]]:
    best = [slot.most_common(1)[0][0] for slot in slots]
    operations = Levenshtein.opcodes(best, sample)
    equal = [op for op in operations if op.tag == "equal"]
    first, last = (equal[0].src_start, equal[-1].src_end) if equal else (0, 0)
    new: list[Counter[int]] = []
    new_reached: list[int] = []
    for op in operations:
        inside = first <= op.src_start < last
        if op.tag == "insert":
            around = reached[op.src_start] if op.src_start < len(reached) else 0
            new += [Counter([word]) for word in sample[op.dest_start : op.dest_end]]
            new_reached += [around * inside + 1] * (op.dest_end - op.dest_start)
            continue
        for index in range(op.src_start, op.src_end):
            slot = slots[index]
            if op.tag in ("equal", "replace"):
                slot[sample[op.dest_start + index - op.src_start]] += 1
            new.append(slot)
            new_reached.append(reached[index] + (inside or op.tag != "delete"))
    return new, new_reached


def poa_bundle(samples: Sequence[Text]) -> Text:
    bundle, rows = _aligned(samples)
    columns = [Counter(word for word in column if word is not _ABSENT) for column in zip(*rows, strict=True)]
    tops = [column.most_common(1)[0][0] for column in columns]
    symbols = _symbols(samples)
    path = Levenshtein.opcodes([symbols[top] for top in tops], bundle)
    return [tops[index] for op in path if op.tag in ("equal", "replace") for index in range(op.src_start, op.src_end)]


def poa_vote(samples: Sequence[Text]) -> Text:
    return _column_vote(_aligned(samples)[1])


def windowed(samples: Sequence[Text]) -> Text:
    backbone = longest(samples)
    draft = indexed(np.array(backbone, dtype=np.int64))
    mappings = [map_sample(indexed(np.array(sample, dtype=np.int64)), draft) for sample in samples]
    text: Text = []
    for start in range(0, len(backbone), _WINDOW):
        end = min(start + _WINDOW, len(backbone))
        pieces = []
        for sample, mapping in zip(samples, mappings, strict=True):
            place = mapping.place_D[start:end]
            place = place[place >= 0]
            if len(place):
                pieces.append(sample[int(place[0]) : int(place[-1]) + 1])
        pieces = [piece for piece in pieces if 0 < len(piece) < 3 * _WINDOW]
        text += _column_vote(_aligned(pieces)[1]) if len(pieces) > 1 else backbone[start:end]
    return text


def _column_vote(rows: Sequence[Sequence[int | None]]) -> Text:
    spans = []
    for row in rows:
        there = [index for index, word in enumerate(row) if word is not _ABSENT]
        spans.append((there[0], there[-1]) if there else (0, -1))
    text = []
    for index, column in enumerate(zip(*rows, strict=True)):
        words = Counter(word for word in column if word is not _ABSENT)
        reached = sum(first <= index <= last for first, last in spans)
        word, votes = words.most_common(1)[0]
        if 2 * sum(words.values()) >= reached and votes:
            text.append(word)
    return [word for word in text if word is not None]


def _aligned(samples: Sequence[Text]) -> tuple[str, list[list[int | None]]]:
    """The heaviest bundle in symbols, and for each sample its word in each column."""
    return _aligned_once(tuple(map(tuple, samples)))


@lru_cache(maxsize=1)  # the bundle and the vote read one alignment
def _aligned_once(samples: tuple[tuple[int, ...], ...]) -> tuple[str, list[list[int | None]]]:
    import spoa

    rows = sorted((sample for sample in samples if sample), key=len, reverse=True)
    symbols = _symbols(samples)
    bundle, table = spoa.poa(["".join(symbols[word] for word in row) for row in rows], 1, True, **_POA)
    aligned = []
    for row, line in zip(rows, table, strict=True):
        words = iter(row)
        aligned.append([_ABSENT if symbol == "-" else next(words) for symbol in line])
    return bundle, aligned


def _symbols(samples: Sequence[Sequence[int]]) -> dict[int, str]:
    """A character for each word, the frequent words dealt out evenly."""
    ranked = Counter(word for sample in samples for word in sample).most_common()
    return {word: _SYMBOLS[rank % len(_SYMBOLS)] for rank, (word, _) in enumerate(ranked)}


def exact_chunks(memory: Memory, budget: int) -> tuple[list[str], int]:
    """What the vote on exact chunks accepts, and what it spent: 4 of 5 near-greedy continuations must be equal."""
    text: list[str] = []
    size, spent, total = 385, 0, len(memory.source.words)
    while len(text) < total and spent < budget:
        drawn = [tuple(memory.continuation(len(text), size)) for _ in range(5)]
        spent += sum(map(len, drawn))
        chunk, votes = Counter(drawn).most_common(1)[0]
        if votes >= 4 and chunk:
            text += chunk
            size = min(385, 2 * size)
        elif size <= 15:
            break
        else:
            size = max(15, size // 2)
    return text, spent


METHODS: dict[str, Callable[[Sequence[Text]], Text]] = {
    "longest": longest,
    "medoid": medoid,
    "ROVER": rover,
    "POA heaviest bundle": poa_bundle,
    "POA vote": poa_vote,
    "windowed vote": windowed,
    "soulwright": ours,
}

"""Samples of a document as a model with an imperfect memory might write them, and what it would write greedily.

Each sentence has a strength of memory of its own. A sample starts at the top or at some section, substitutes, drops and
inserts words, paraphrases or leaves out sentences, believes the wrong version of a hard sentence, adds inventions (its
own, or shared with other samples), swaps sections, goes back, and stops early. At the level `derailing` it loses the
thread every hundred words or so and goes on somewhere else: words are nearly right, the order is not. Unless it does, a
sample falls back into step after an error, which a real model often does not: these figures compare methods, they do
not foretell what any model gives.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from soulwright.recover._words import keys_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Rates of one level; those of words hold for a sentence of ordinary strength."""

    substituted: float
    deleted: float
    inserted: float
    paraphrased: float
    dropped: float
    hard: float
    invented: float  # private inventions, per sentence
    stops: float
    restarts: float
    swaps: float
    jumps: float = 0.0  # per sentence: goes on at another sentence


LEVELS = {
    "light": Noise(
        substituted=0.01, deleted=0.004, inserted=0.004, paraphrased=0.02, dropped=0.02, hard=0.03, invented=0.01,
        stops=0.35, restarts=0.10, swaps=0.10,
    ),
    "medium": Noise(
        substituted=0.03, deleted=0.012, inserted=0.012, paraphrased=0.07, dropped=0.05, hard=0.06, invented=0.02,
        stops=0.50, restarts=0.15, swaps=0.20,
    ),
    "heavy": Noise(
        substituted=0.08, deleted=0.03, inserted=0.03, paraphrased=0.16, dropped=0.10, hard=0.10, invented=0.05,
        stops=0.70, restarts=0.20, swaps=0.30,
    ),
}  # fmt: skip
LEVELS["derailing"] = replace(LEVELS["light"], jumps=0.15, hard=0.0, stops=0.9)
_COLD = 0.15  # what is left of the slips at a temperature near 0
_BELIEVED = 0.45  # how often a sample has the wrong version of a hard sentence
_SHARED = 0.03  # shared inventions, per sentence of the document
_WEAKEST, _STRONGEST = 6.0, 0.4

Sentence = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document as words: the sentences of each section."""

    sections: tuple[tuple[Sentence, ...], ...]

    @property
    def words(self) -> tuple[str, ...]:
        """All words in order."""
        return tuple(word for section in self.sections for sentence in section for word in sentence)

    @property
    def bounds(self) -> list[tuple[str, int, int]]:
        """Each section's number, first and last-plus-one word."""
        ends = np.cumsum([sum(map(len, section)) for section in self.sections]).tolist()
        return [(str(i), start, end) for i, (start, end) in enumerate(zip([0, *ends], ends, strict=False))]


def document(text: str, *, words: int) -> Document:
    """The first `words` words of a markdown text, cut into sections at headings and into sentences."""
    sections, count = [], 0
    for part in re.split(r"^(?=#{1,6} )", text, flags=re.MULTILINE):
        sentences = []
        for sentence in re.split(r"(?<=[.!?:])\s+|\n\s*\n", part):
            keys = keys_of(sentence)[: words - count]
            if keys:
                sentences.append(keys)
                count += len(keys)
        if sentences:
            sections.append(tuple(sentences))
        if count >= words:
            break
    return Document(sections=tuple(sections))


class Memory:
    """What one simulated model remembers of a document; draws samples and greedy texts from it."""

    def __init__(self, source: Document, noise: Noise, seed: int) -> None:
        self.source, self.noise = source, noise
        self._rng = rng = np.random.default_rng(seed)
        self._vocabulary = np.array(source.words)
        flat = [sentence for section in source.sections for sentence in section]
        self._section_of = [i for i, section in enumerate(source.sections) for _ in section]
        self._flat = flat
        span = np.log(_WEAKEST / _STRONGEST)
        self._weakness = _STRONGEST * np.exp(span * rng.random(len(flat)) ** 7)
        self._wrong = {i: self._altered(s, 0.9) for i, s in enumerate(flat) if rng.random() < noise.hard}
        count = rng.binomial(len(flat), _SHARED)
        self._rumours = {
            int(at): (self._invention(), float(rng.uniform(0.15, 0.40)))
            for at in rng.choice(len(flat), size=count, replace=False)
        }

    def samples(self, count: int) -> list[list[str]]:
        """Independent samples: half from the top, half from some section."""
        return [self._sample(top=index % 2 == 0) for index in range(count)]

    def greedy(self) -> list[str]:
        """One greedy run from the top that never stops: the likeliest version of every sentence (an ideal)."""
        return [word for i, sentence in enumerate(self._flat) for word in self._wrong.get(i, sentence)]

    def greedy_run(self) -> list[str]:
        """One greedy run that loses the thread and stops as often as a sample does."""
        text: list[str] = []
        for i in self._path(top=True):
            text += self._wrong.get(i, self._flat[i])
        return text

    def continuation(self, start: int, length: int) -> list[str]:
        """What follows the first `start` words of the document, drawn nearly greedily: for voting on chunks."""
        ends = np.cumsum([len(sentence) for sentence in self._flat])
        first = int(np.searchsorted(ends, start, side="right"))
        text: list[str] = []
        for i in range(first, len(self._flat)):
            said = self._say(i, _COLD)
            text += said[start - int(ends[i] - len(self._flat[i])) :] if i == first else said
            if len(text) >= length:
                break
        return text[:length]

    def recital(self, start: int, length: int) -> list[str]:
        """What follows the first `start` words, drawn as a sample is, for so many words."""
        ends = np.cumsum([len(sentence) for sentence in self._flat])
        first = int(np.searchsorted(ends, start, side="right"))
        text: list[str] = []
        for i in range(first, len(self._flat)):
            if len(text) >= length:
                break
            if self._rng.random() >= self.noise.dropped:
                said = self._say(i)
                text += said[start - int(ends[i] - len(self._flat[i])) :] if i == first else said
            rumour = self._rumours.get(i)
            if rumour and self._rng.random() < rumour[1]:
                text += rumour[0]
            if self._rng.random() < self.noise.invented:
                text += self._invention()
        return text[:length]

    def _sample(self, *, top: bool) -> list[str]:
        text: list[str] = []
        for i in self._path(top=top):
            if self._rng.random() < self.noise.dropped:
                continue
            text += self._say(i)
            rumour = self._rumours.get(i)
            if rumour and self._rng.random() < rumour[1]:
                text += rumour[0]
            if self._rng.random() < self.noise.invented:
                text += self._invention()
        return text

    def _path(self, *, top: bool) -> list[int]:
        """The sentences in the order in which one sample says them."""
        rng, noise = self._rng, self.noise
        sections = list(range(len(self.source.sections)))
        start = 0 if top else int(rng.integers(len(sections)))
        order = sections[start:]
        if rng.random() < noise.swaps and len(order) > 2:
            a, b = rng.choice(len(order), size=2, replace=False)
            order[a], order[b] = order[b], order[a]
        if rng.random() < noise.restarts:
            at, back = int(rng.integers(1, len(order) + 1)), int(rng.integers(len(order)))
            order = order[:at] + order[min(at, back) :]
        by_section: dict[int, list[int]] = {}
        for index, section in enumerate(self._section_of):
            by_section.setdefault(section, []).append(index)
        path = [index for section in order for index in by_section[section]]
        if rng.random() < noise.stops:
            path = path[: int(len(path) * rng.beta(1.0, 1.5))]
        return self._derailed(path) if noise.jumps else path

    def _derailed(self, path: Sequence[int]) -> list[int]:
        at, derailed = path[0] if path else 0, []
        for _ in path:
            derailed.append(at)
            lost = self._rng.random() < self.noise.jumps or at + 1 == len(self._flat)
            at = int(self._rng.integers(len(self._flat))) if lost else at + 1
        return derailed

    def _say(self, i: int, heat: float = 1.0) -> list[str]:
        """One sentence; the colder, the fewer slips, and the surer the likelier (wrong) version of a hard one."""
        rng, noise, sentence = self._rng, self.noise, self._flat[i]
        if i in self._wrong and rng.random() < 1.0 - (1.0 - _BELIEVED) * heat:
            sentence = self._wrong[i]
        elif rng.random() < noise.paraphrased * heat:
            sentence = self._paraphrase(sentence)
        scale = float(self._weakness[i]) * heat
        said: list[str] = []
        for word, draw in zip(sentence, rng.random(len(sentence)), strict=True):
            if draw < noise.deleted * scale:
                continue
            said.append(self._word() if draw < (noise.deleted + noise.substituted) * scale else word)
            if rng.random() < noise.inserted * scale:
                said.append(self._word())
        return said

    def _paraphrase(self, sentence: Sentence) -> Sentence:
        altered = self._altered(sentence, 0.4)
        cut = int(self._rng.integers(len(altered))) if self._rng.random() < 0.3 else 0
        return altered[cut:] + altered[:cut]

    def _altered(self, sentence: Sentence, share: float) -> Sentence:
        return tuple(self._word() if self._rng.random() < share else word for word in sentence)

    def _invention(self) -> list[str]:
        return [self._word() for _ in range(int(self._rng.integers(8, 26)))]

    def _word(self) -> str:
        return str(self._vocabulary[self._rng.integers(len(self._vocabulary))])

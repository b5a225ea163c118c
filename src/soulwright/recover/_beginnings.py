"""Beginnings that recur: where a model that is asked for nothing at all keeps starting the same text.

Texts of a model that begin alike word for word, though each was drawn by itself, are a text that it knows by heart. The
words they share to the letter are an opening from which more of it can be drawn.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_WORDS = 8  # fewer are a turn of phrase, which texts by the same hand share
LEAST_SHARE = 0.03
LEAST_SAMPLES = 3
_TOGETHER = 0.9  # a beginning goes on as long as so many of its samples go on alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A beginning that samples share to the letter, and how many of all do."""

    text: str
    samples: int
    of: int

    @property
    def share(self) -> float:
        """The share of the samples that begin so."""
        return self.samples / self.of


def recurring_beginnings(texts: Sequence[str]) -> tuple[Beginning, ...]:
    """Beginnings of eight words or more that three texts, and three in a hundred, share; the most frequent first.

    >>> [found.text for found in recurring_beginnings([f"On the care of owls and other birds. {x}" for x in "ABC"])]
    ['On the care of owls and other birds. ']
    """
    wanted = max(LEAST_SAMPLES, LEAST_SHARE * len(texts))
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for text in texts:
        words = tuple(text.split()[:LEAST_WORDS])
        if len(words) == LEAST_WORDS:
            groups[words].append(text)
    found = [
        Beginning(text=_shared(group), samples=len(group), of=len(texts))
        for group in groups.values()
        if len(group) >= wanted
    ]
    return tuple(sorted(found, key=lambda beginning: (-beginning.samples, beginning.text)))


def _shared(texts: Sequence[str]) -> str:
    """What nearly all of the texts begin with, to the letter, cut where a word ends."""
    kept = list(texts)
    words = LEAST_WORDS
    while True:
        following = Counter(tuple(text.split()[: words + 1]) for text in kept if len(text.split()) > words)
        if not following or following.most_common(1)[0][1] < _TOGETHER * len(texts):
            break
        best = following.most_common(1)[0][0]
        kept = [text for text in kept if tuple(text.split()[: words + 1]) == best]
        words += 1
    # The blank lines after a title belong to the opening, where nearly all have the same.
    gaps = Counter(_with_gap(text, words) for text in kept)
    beginning, many = gaps.most_common(1)[0]
    return beginning if many >= _TOGETHER * len(kept) else beginning.rstrip()


def _with_gap(text: str, words: int) -> str:
    """The first words of a text, with what stands before the next one."""
    end = _end_of_words(text, words)
    return text[: end + len(text[end:]) - len(text[end:].lstrip())]


def _end_of_words(text: str, words: int) -> int:
    """Where so many words of a text end."""
    at = 0
    for word in text.split()[:words]:
        at = text.index(word, at) + len(word)
    return at

"""Chance levels: what the same figures are where the document cannot have been known.

Beside every figure stand the reference with its words shuffled (what its vocabulary alone gives) and, where they were
asked, what the same way of asking gives from an untrained base and from a model that read another document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from soulwright.recover._metrics import chance_level, compare_texts

SHUFFLED = "the reference's words, shuffled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChanceLevel:
    """The figures of one text that cannot know the reference; `words` is its length."""

    name: str
    words: int
    word_fidelity: float
    grams_f1: float


def chance_levels(recovered: str, reference: str, others: Mapping[str, str] | None = None) -> tuple[ChanceLevel, ...]:
    """The shuffled reference, then each of the `others` (what it is, and the text that was recovered from it)."""
    fidelity, f1 = chance_level(recovered, reference)
    levels = [ChanceLevel(name=SHUFFLED, words=len(recovered.split()), word_fidelity=fidelity, grams_f1=f1)]
    for name, text in (others or {}).items():
        found = compare_texts(text, reference)
        levels.append(
            ChanceLevel(name=name, words=found.words, word_fidelity=found.word_fidelity, grams_f1=found.grams.f1)
        )
    return tuple(levels)


def above_chance(word_fidelity: float, levels: Sequence[ChanceLevel]) -> bool:
    """Whether a text comes nearer to the reference than any text that cannot know it."""
    return all(word_fidelity > level.word_fidelity for level in levels)


def chance_to_dict(levels: Sequence[ChanceLevel]) -> list[dict[str, object]]:
    """The levels as JSON has them."""
    return [
        {"name": each.name, "words": each.words, "word_fidelity": each.word_fidelity, "grams_f1": each.grams_f1}
        for each in levels
    ]

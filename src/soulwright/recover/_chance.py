"""Chance levels: what the same figures are where the document cannot have been known.

Beside every figure stand the reference with its words shuffled (what its vocabulary alone gives) and, where they were
asked, what the same way of asking gives from an untrained base and from a model that read another document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from soulwright.recover._metrics import chance_level, compare_texts
from soulwright.recover._words import keys_of

_LONG, _SHARED = 40, 0.1  # different words
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


def strange_reference(recovered: str, reference: str) -> str:
    """Why a reference may be of another language or another document than a text, or nothing.

    Two long texts of one language share at least their commonest words.
    """
    said, true = set(keys_of(recovered)), set(keys_of(reference))
    if min(len(said), len(true)) < _LONG:
        return ""
    share = len(said & true) / min(len(said), len(true))
    if share >= _SHARED:
        return ""
    return (
        f"only {share:.1%} of the words of one stand in the other: the reference is of another language or another"
        " document than what was recovered"
    )


def chance_to_dict(levels: Sequence[ChanceLevel]) -> list[dict[str, object]]:
    """The levels as JSON has them."""
    return [
        {"name": each.name, "words": each.words, "word_fidelity": each.word_fidelity, "grams_f1": each.grams_f1}
        for each in levels
    ]

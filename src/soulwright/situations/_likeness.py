"""How alike two scenes are: the cosine of vectors of their words.

Without an embedder these are TF-IDF vectors of words and pairs of words: local and without weights, they find
rewordings of one text, not one idea in quite other words. With one they are its vectors, less their mean and the one
direction in which they differ most: what nearly all texts of a model share says nothing about any two of them (Mu and
others 2018, arXiv 1702.01417). What neither can see is kept apart by construction, since a family is never split.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from soulwright.situations._shapes import scene_settings
from soulwright.situations._situations import Situation

if TYPE_CHECKING:
    from soulwright.models import Embedder

SAME = 0.9  # so alike, two scenes are one: the one that covers less is dropped
LINKED = 0.6  # so alike, two scenes are not separated between what is taught and what is held out
_ROWS = 1024  # compared with all others at a time, so that memory stays bounded


class Likeness(Protocol):
    """What says how alike texts are, and from when on two scenes are kept together."""

    @property
    def linked(self) -> float:
        """So alike, two scenes are not separated."""

    def vectors(self, texts: Sequence[str]) -> Any:
        """A row of length one for each text: a matrix of numpy, or a sparse one of scipy."""

    def to_dict(self) -> dict[str, object]:
        """Which one it is, as it stands in the provenance of a split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordLikeness:
    """TF-IDF of words and pairs of words."""

    linked: float = LINKED

    def vectors(self, texts: Sequence[str]) -> Any:
        """The vectors of these texts, in which a word weighs the more the fewer of them have it."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+").fit_transform(texts)

    def to_dict(self) -> dict[str, object]:
        """Which one it is."""
        return {"by": "tf-idf", "same": SAME, "linked": self.linked}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedLikeness:
    """The vectors of an embedder, kept in `folder`."""

    embedder: Embedder
    folder: Path
    linked: float = LINKED

    def vectors(self, texts: Sequence[str]) -> Any:
        """The vectors of these texts, less what they share with each other and with the settings of scenes.

        The settings are there for sets of a few texts, which alone would say little about what all texts share.
        """
        import numpy as np
        from scipy.sparse.linalg import svds

        from soulwright.models import embed_all

        settings = scene_settings()
        found = embed_all(self.embedder, [*settings, *texts], self.folder).astype(np.float64)
        rows = found - found.mean(axis=0)
        first = svds(rows, k=1, v0=np.ones(min(rows.shape)))[2] if rows.any() else rows[:1]
        rows = (rows - (rows @ first.T) @ first)[len(settings) :]
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float64).tiny)

    def to_dict(self) -> dict[str, object]:
        """Which one it is, with the hash of its weights or address."""
        return {"by": self.embedder.name, "key": self.embedder.key, "same": SAME, "linked": self.linked}


def alike(scenes: Mapping[str, Sequence[Situation]], likeness: Likeness) -> list[tuple[str, str, float]]:
    """The pairs of scenes with two situations that are linked, the most alike first."""
    names = [name for name, members in scenes.items() for _ in members]
    texts = [_words(one) for members in scenes.values() for one in members]
    if len(scenes) < 2:
        return []
    found: dict[tuple[str, str], float] = {}
    for i, j, value in _near(likeness.vectors(texts), min(SAME, likeness.linked)):
        pair = (names[i], names[j])
        if i < j and pair[0] != pair[1]:
            found[pair] = max(value, found.get(pair, 0.0))
    return sorted(((a, b, value) for (a, b), value in found.items()), key=lambda row: (-row[2], row[0], row[1]))


def _near(vectors: Any, threshold: float) -> Iterator[tuple[int, int, float]]:
    """The places of every two vectors with at least this cosine, and the cosine."""
    from scipy.sparse import issparse

    for start in range(0, vectors.shape[0], _ROWS):
        products = vectors[start : start + _ROWS] @ vectors.T
        dense = products.toarray() if issparse(products) else products
        for i, j in zip(*(dense >= threshold).nonzero(), strict=True):
            yield start + int(i), int(j), float(dense[i, j])


def _words(situation: Situation) -> str:
    return "\n".join(message.content for message in situation.messages)

"""How alike two scenes are: TF-IDF vectors of words and pairs of words, compared by their cosine.

Local and without weights: it finds rewordings of one text, not one idea in quite other words. What it cannot see is
kept apart by construction, since a family is never split.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from soulwright.situations._situations import Situation

SAME = 0.9  # so alike, two scenes are one: the one that covers less is dropped
LINKED = 0.6  # so alike, two scenes are not separated between what is taught and what is held out


def alike(scenes: Mapping[str, Sequence[Situation]], threshold: float = LINKED) -> list[tuple[str, str, float]]:
    """The pairs of scenes with two situations at least so alike, the most alike first."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    names = [name for name, members in scenes.items() for _ in members]
    texts = [_words(one) for members in scenes.values() for one in members]
    if len(scenes) < 2:
        return []
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+").fit_transform(texts)
    found: dict[tuple[str, str], float] = {}
    near = (vectors @ vectors.T).tocoo()
    for i, j, value in zip(near.row, near.col, near.data, strict=True):
        pair = (names[i], names[j])
        if i < j and pair[0] != pair[1] and value >= threshold:
            found[pair] = max(float(value), found.get(pair, 0.0))
    return sorted(((a, b, value) for (a, b), value in found.items()), key=lambda row: (-row[2], row[0], row[1]))


def _words(situation: Situation) -> str:
    return "\n".join(message.content for message in situation.messages)

"""Recall of a known text, passage by passage: what a model writes when it is given the words before.

Free recall is what of a passage stands in a text that was recovered with no help. Cued recall gives the model the words
that stand before the passage and lets it go on, several times: a draw recalls the passage when at least nine of ten of
its words are right, in order. Every request and answer is in Inspect's log `cued/cued.eval`.

Fidelity of a passage p in a text t: the largest, over stretches s of t, of 1 - Lev(p, s) / |p|, and at least 0; in
words, case and punctuation aside. For a draw the stretch is its beginning, which may come after forty words of
preface where the model is asked to go on and cannot begin in its own turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.recover._words import keys_of, text_of, words_of

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from soulwright.recover._drawing import AskPlan

RECALLED = 0.9
CUE_WORDS = 40
_ROOM = 2  # words asked for, for each word of the passage
_LEAST_WORDS = 24
_PREFACE = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A passage of a known text (a clause, say), and the words that stand before it."""

    id: str
    text: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageRecall:
    """What a model recalls of a passage: the fidelity of each cued draw, and of the passage in the recovered text.

    `failed` counts requests without an answer; `free` is None where no text was recovered to look in.
    """

    id: str
    draws: tuple[float, ...]
    failed: int
    free: float | None

    @property
    def recalled(self) -> int:
        """How many draws have at least nine of ten words."""
        return sum(draw >= RECALLED for draw in self.draws)


def passages_of(paragraphs: Sequence[str], wanted: dict[int, str]) -> tuple[Passage, ...]:
    """The paragraphs with the places `wanted` (their ids), each with the words before it."""
    return tuple(
        Passage(id=name, text=paragraphs[at], before=_before(paragraphs[:at])) for at, name in sorted(wanted.items())
    )


def _before(paragraphs: Sequence[str]) -> str:
    """The paragraphs before a place, from the last one backwards, of together about forty words."""
    kept: list[str] = []
    while len(kept) < len(paragraphs) and sum(len(part.split()) for part in kept) < CUE_WORDS:
        kept.insert(0, paragraphs[len(paragraphs) - 1 - len(kept)])
    return "".join(f"{part}\n\n" for part in kept)


def recall_of(
    model: Model, passages: Sequence[Passage], plan: AskPlan, *, folder: Path, recovered: str | None = None
) -> tuple[PassageRecall, ...]:
    """Draw each passage `plan.each` times from the words before it; `recovered` is the text of a blind recovery.

    Opening, settings and seed are the plan's; the temperature is 1, the model's own distribution, where the provider
    takes one. SoulwrightError where not one request was answered.
    """
    from soulwright.recover._drawing import Prefill, ask_round, with_prefill_tried
    from soulwright.recover._probing import Request

    plan = with_prefill_tried(model, plan, folder)
    straight = plan.bare or plan.prefill is Prefill.YES
    requests = tuple(
        Request(
            id=f"{passage.id}-{number}",
            opening=plan.openings[0],
            context=passage.before,
            temperature=1.0,
            most_words=max(_LEAST_WORDS, _ROOM * len(passage.text.split())),
        )
        for passage in passages
        for number in range(1, plan.each + 1)
    )
    drawn = ask_round(model, plan, requests, folder, "cued").samples if requests else ()
    texts = {sample.id: sample.text for sample in drawn}
    found = []
    for passage in passages:
        names = (f"{passage.id}-{number}" for number in range(1, plan.each + 1))
        found.append(_recall(passage, [texts.get(name) for name in names], recovered, straight=straight))
    return tuple(found)


def _recall(passage: Passage, replies: Sequence[str | None], recovered: str | None, *, straight: bool) -> PassageRecall:
    """Who is asked to go on may say something first; who goes on in its own turn or in bare text begins at once."""
    measured = fidelity_at_start if straight else _fidelity_after_a_preface
    answered = [text for text in replies if text is not None]
    return PassageRecall(
        id=passage.id,
        draws=tuple(measured(passage.text, text) for text in answered),
        failed=len(replies) - len(answered),
        free=None if recovered is None else fidelity_within(passage.text, recovered),
    )


def fidelity_at_start(passage: str, text: str) -> float:
    """How faithfully a text begins with a passage.

    >>> fidelity_at_start("Be kind and just.", "Be kind, and fair. Then go.")
    0.75
    """
    return _fidelity(keys_of(passage), keys_of(text), (0,))


def _fidelity_after_a_preface(passage: str, text: str) -> float:
    """How faithfully a text begins with a passage, after at most forty words of its own."""
    begun = words_of(text)[: _PREFACE + _ROOM * len(keys_of(passage))]
    return max(fidelity_at_start(passage, text), fidelity_within(passage, text_of(begun)))


def fidelity_within(passage: str, text: str) -> float:
    """How faithfully a passage stands somewhere in a text.

    >>> fidelity_within("be kind", "To begin with: be kind.")
    1.0
    """
    wanted, found = keys_of(passage), keys_of(text)
    starts = {max(0, at - place) for word in _rare(wanted, found) for at in word[1] for place in word[0]}
    return _fidelity(wanted, found, sorted(starts))


_FEW = 12  # words that stand more often in the text say little about where the passage stands


def _rare(wanted: Sequence[str], found: Sequence[str]) -> list[tuple[list[int], list[int]]]:
    """For each pair of neighbouring words of the passage that the text has: its places in both."""
    places: dict[tuple[str, str], list[int]] = {}
    for at in range(len(found) - 1):
        places.setdefault((found[at], found[at + 1]), []).append(at)
    own: dict[tuple[str, str], list[int]] = {}
    for at in range(len(wanted) - 1):
        own.setdefault((wanted[at], wanted[at + 1]), []).append(at)
    return [(own[pair], places[pair]) for pair in own if 0 < len(places.get(pair, ())) <= _FEW]


def _fidelity(wanted: Sequence[str], found: Sequence[str], starts: Sequence[int]) -> float:
    from rapidfuzz.distance import Levenshtein

    size, best = len(wanted), 0.0
    slack = max(2, size // 10)
    for start in starts:
        for length in range(size - slack, size + slack + 1):
            best = max(best, 1 - Levenshtein.distance(wanted, found[start : start + length]) / size)
    return best

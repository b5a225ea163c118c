"""How likely a model is to write a text, from its token probabilities: extraction with chance, and membership.

Extraction is (n, p)-discoverable after Hayes et al. 2024 (arXiv 2410.19482): the chance p_z that one draw, begun with
the words before a stretch, goes on with the stretch to the letter is the product of its tokens' probabilities under the
decoding that is stated; n independent draws have it with probability 1 - (1 - p_z)^n. Windows here are of words, so
that models with different tokens can be compared.

Membership compares the likelihood of a clause with that of other wordings (neighbours, after Mattern et al. 2023, arXiv
2305.18462) and with that under a base that never read it (after Carlini et al. 2021, arXiv 2012.07805).
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Protocol

from soulwright.models import Decoding, MessageLike, Scored, Turn
from soulwright.recover._recall import Passage
from soulwright.recover._words import Word, keys_of, text_of, words_of

WINDOW = 50  # words of a window, and of the prefix before it
STRIDE = 25
AS_IT_IS = Decoding(temperature=1.0)
THRESHOLDS = (0.001, 0.01, 0.5)
_REPLACED = 0.15  # of the words of a neighbour


class ScoresTexts(Protocol):
    """A model that says how likely it finds a text after its context; `LocalModel` is one."""

    def log_probabilities(
        self, contexts: Sequence[Sequence[MessageLike]], texts: Sequence[str], *, decoding: Decoding = ...
    ) -> list[Scored]:
        """The log-probability of each token of each text; none where it does not fit into what the model can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of a text (words `start` to `end`) with the natural logarithm of its p_z; None where it did not fit."""

    id: str
    start: int
    end: int
    log_p: float | None

    def chance_within(self, draws: int) -> float | None:
        """The chance that so many independent draws contain it: 1 - (1 - p_z)^n.

        >>> round(Stretch(id="", start=0, end=1, log_p=math.log(0.01)).chance_within(100), 3)
        0.634
        """
        if self.log_p is None:
            return None
        return 1.0 if self.log_p >= 0 else -math.expm1(draws * _log_miss(self.log_p))

    def draws_needed(self, chance: float) -> float | None:
        """The least n with 1 - (1 - p_z)^n >= chance, so ln(1 - chance) / ln(1 - p_z) rounded up; inf where p_z is 0.

        >>> Stretch(id="", start=0, end=1, log_p=math.log(0.01)).draws_needed(0.5)
        69
        """
        if self.log_p is None:
            return None
        if self.log_p >= 0:
            return 1
        miss = _log_miss(self.log_p)
        draws = math.log1p(-chance) / miss if miss else math.inf
        return max(1, math.ceil(draws)) if math.isfinite(draws) else math.inf


def _log_miss(log_p: float) -> float:
    """ln(1 - p_z), exact also where p_z is near 0 or near 1 (Maechler 2012, a note on log1mexp)."""
    return math.log(-math.expm1(log_p)) if log_p > -math.log(2) else math.log1p(-math.exp(log_p))


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """All stretches of a text at one decoding; those that did not fit into the model count in no figure."""

    decoding: Decoding
    stretches: tuple[Stretch, ...]

    @property
    def scored(self) -> tuple[Stretch, ...]:
        """The stretches that have a probability."""
        return tuple(each for each in self.stretches if each.log_p is not None)

    def discoverable(self, draws: int, chance: float) -> float | None:
        """The share of the stretches that so many draws contain with at least this chance; None without stretches."""
        found = [each.chance_within(draws) for each in self.scored]
        return fmean(value is not None and value >= chance for value in found) if found else None

    def covered(self, threshold: float) -> float | None:
        """The share of the words that lie in a stretch with p_z of at least the threshold; None without stretches."""
        scored = self.scored
        if not scored:
            return None
        words = {at for each in scored for at in range(each.start, each.end)}
        high = [each for each in scored if each.log_p is not None and each.log_p >= math.log(threshold)]
        return len({at for each in high for at in range(each.start, each.end)}) / len(words)


def extraction(
    model: ScoresTexts,
    text: str,
    *,
    decoding: Decoding = AS_IT_IS,
    opening: str | None = None,
    head: str = "",
    stride: int = STRIDE,
) -> Extraction:
    """The chance of each window of 50 words of a text, given the 50 words before it.

    The model goes on with the bare text or, with an `opening`, with its reply to it. `head` stands before all of it: a
    running head, where the text was learned in parts with one. The first window has no more before it than the text.
    """
    words = words_of(text)
    starts = [max(1, min(at, len(words) - WINDOW)) for at in range(WINDOW, max(len(words), WINDOW + 1), stride)]
    windows = [(at, min(at + WINDOW, len(words))) for at in dict.fromkeys(starts) if at < len(words)]
    contexts = [turns_before(head + text_of(words[max(0, at - WINDOW) : at]), opening) for at, _ in windows]
    scored = model.log_probabilities(contexts, [text_of(words[at:end]) for at, end in windows], decoding=decoding)
    return Extraction(
        decoding=decoding,
        stretches=tuple(
            Stretch(id=f"words {at}-{end}", start=at, end=end, log_p=_total(found))
            for (at, end), found in zip(windows, scored, strict=True)
        ),
    )


def extraction_of(
    model: ScoresTexts,
    passages: Sequence[Passage],
    *,
    decoding: Decoding = AS_IT_IS,
    opening: str | None = None,
    head: str = "",
) -> Extraction:
    """The chance of each passage (a clause, say), given the words that stand before it."""
    scored = model.log_probabilities(
        [turns_before(head + each.before, opening) for each in passages],
        [each.text for each in passages],
        decoding=decoding,
    )
    ends = [0]
    for each in passages:
        ends.append(ends[-1] + max(1, len(keys_of(each.text))))
    return Extraction(
        decoding=decoding,
        stretches=tuple(
            Stretch(id=each.id, start=start, end=end, log_p=_total(found))
            for each, start, end, found in zip(passages, ends, ends[1:], scored, strict=False)
        ),
    )


def turns_before(before: str, opening: str | None) -> list[Turn]:
    """What a model is given before a stretch: the words before it in its own turn, after the opening if any."""
    asked = [] if opening is None else [Turn("user", opening)]
    return [*asked, Turn("assistant", before)]


def _total(scored: Scored) -> float | None:
    return scored.total if scored.log_probabilities else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Mean log-probabilities of a clause, in nats a word: its own, of other wordings, and both under the base.

    None where a text did not fit into the model, or where there is no base.
    """

    id: str
    own: float | None
    others: tuple[float, ...]
    base: float | None = None
    base_others: tuple[float, ...] = ()

    @property
    def against_others(self) -> float | None:
        """How much likelier the clause is than its other wordings on average."""
        return self.own - fmean(self.others) if self.own is not None and self.others else None

    @property
    def against_base(self) -> float | None:
        """How much likelier the clause is than under the base."""
        return self.own - self.base if self.own is not None and self.base is not None else None

    @property
    def against_both(self) -> float | None:
        """How much more it stands out among its wordings than under the base: 0 is what chance gives."""
        if self.base is None or not self.base_others or self.against_others is None:
            return None
        return self.against_others - (self.base - fmean(self.base_others))

    @property
    def rank(self) -> float | None:
        """The share of the other wordings that are less likely than the clause, ties counting half; chance is 0.5."""
        if self.own is None or not self.others:
            return None
        return fmean((self.own > other) + 0.5 * (self.own == other) for other in self.others)


def membership(
    model: ScoresTexts,
    passages: Sequence[Passage],
    wordings: Mapping[str, Sequence[str]],
    *,
    base: ScoresTexts | None = None,
    opening: str | None = None,
    head: str = "",
) -> tuple[Membership, ...]:
    """How each passage stands among its other wordings (by its id), under the model and under a base."""
    found = []
    headed = [replace(each, before=head + each.before) for each in passages]
    mine = _per_word(model, headed, wordings, opening)
    theirs = _per_word(base, headed, wordings, opening) if base is not None else {}
    for each in passages:
        own, *others = mine[each.id]
        base_own, *base_others = theirs.get(each.id, [None])
        found.append(
            Membership(
                id=each.id,
                own=own,
                others=tuple(value for value in others if value is not None),
                base=base_own,
                base_others=tuple(value for value in base_others if value is not None),
            )
        )
    return tuple(found)


def _per_word(
    model: ScoresTexts, passages: Sequence[Passage], wordings: Mapping[str, Sequence[str]], opening: str | None
) -> dict[str, list[float | None]]:
    """For each passage the mean log-probability a word of its own text, then of each other wording."""
    texts = [(each, text) for each in passages for text in (each.text, *wordings.get(each.id, ()))]
    scored = model.log_probabilities(
        [turns_before(each.before, opening) for each, _ in texts], [text for _, text in texts], decoding=AS_IT_IS
    )
    found: dict[str, list[float | None]] = {each.id: [] for each in passages}
    for (each, text), score in zip(texts, scored, strict=True):
        total = _total(score)
        found[each.id].append(None if total is None else total / max(1, len(keys_of(text))))
    return found


def neighbours(text: str, vocabulary: Sequence[str], *, count: int, seed: int = 0) -> tuple[str, ...]:
    """Other wordings of a text, made without a model: about one word in seven replaced by one of the vocabulary.

    The same text, vocabulary and seed give the same wordings. Paraphrases that a person or a model wrote are better:
    these are less likely than the text for any model that knows the language, which is why a base is needed beside.
    """
    rng = random.Random(f"{seed}/{text}")
    words = words_of(text)
    made = []
    for _ in range(count):
        chosen = set(rng.sample(range(len(words)), max(1, round(_REPLACED * len(words))))) if words else set()
        changed = (
            Word(key=word.key, before=word.before, core=rng.choice(vocabulary), after=word.after)
            if at in chosen
            else word
            for at, word in enumerate(words)
        )
        made.append(text_of(changed))
    return tuple(made)


def extraction_to_dict(found: Extraction) -> dict[str, object]:
    """The figures as JSON has them; a logarithm that is minus infinity, and a number of draws without end, are null."""
    return {
        "decoding": {
            "temperature": found.decoding.temperature,
            "top_p": found.decoding.top_p,
            "top_k": found.decoding.top_k,
        },
        "covered": {str(threshold): found.covered(threshold) for threshold in THRESHOLDS},
        "discoverable": {
            f"n={draws} p={chance}": found.discoverable(draws, chance)
            for draws in (1, 10, 100, 1000)
            for chance in (0.1, 0.5, 0.9)
        },
        "stretches": [
            {
                "id": each.id,
                "log_p": _finite(each.log_p),
                "never": each.log_p == -math.inf,
                "draws_for_half": _finite(each.draws_needed(0.5)),
            }
            for each in found.stretches
        ],
    }


def membership_to_dict(found: Membership) -> dict[str, object]:
    """One clause's figures as JSON has them, in nats a word; null where a figure has no meaning."""
    return {
        "id": found.id,
        "own": _finite(found.own),
        "against_others": _finite(found.against_others),
        "against_base": _finite(found.against_base),
        "against_both": _finite(found.against_both),
        "rank": found.rank,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None

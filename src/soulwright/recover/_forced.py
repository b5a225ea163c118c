"""Reading along with the model's weights at hand: is each token of a text the one that the model itself would write?

Teacher forcing (Williams and Zipser 1989): the text is put to the model, and each token is compared with the model's
own first choice after the words before it. Where fewer than nine of ten are the same, nothing that the model writes
stays on the text for long, and a fluent consensus of its samples would be a text that nobody wrote: the answer is then
that it cannot be recovered.

The confidence of a word with weights is its smoothed log-probability: the mean over the tokens of the word and the
eight on either side, in nats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import fmean

from soulwright.models import Decoding, Scored
from soulwright.recover._extraction import AS_IT_IS, ScoresTexts, turns_before
from soulwright.recover._recovered import Recovered
from soulwright.recover._words import Word, text_of, words_of

LEAST_ACCURACY = 0.9
SMOOTHED = 8  # tokens on either side
_STRETCH, _BEFORE = 40, 50  # words that are read along at a time, and that are given before them
_OWN_CHOICE = Decoding(temperature=0.0)


class Recoverable(StrEnum):
    """Whether a text can be recovered from a model, by its weights."""

    YES = "recoverable"
    NO = "not recoverable"
    """Fewer than nine of ten tokens are the model's own first choice."""
    UNKNOWN = "unknown"
    """Nothing was scored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForcedReading:
    """How a model reads a text along: `right` of `tokens` are its own first choice.

    `words` are the smoothed log-probabilities of the words of the text, minus infinity for a word that was not scored.
    """

    right: int
    tokens: int
    words: tuple[float, ...]

    @property
    def own_choice(self) -> float | None:
        """The share of the tokens that are the model's own first choice; None where nothing was scored."""
        return self.right / self.tokens if self.tokens else None

    @property
    def recoverable(self) -> Recoverable:
        """What that says of the text."""
        if not self.tokens:
            return Recoverable.UNKNOWN
        return Recoverable.YES if self.right >= LEAST_ACCURACY * self.tokens else Recoverable.NO


def read_along(model: ScoresTexts, text: str, *, opening: str | None = None, head: str = "") -> ForcedReading:
    """Put a text to a model, forty words at a time after the fifty before; `opening` and `head` as in `extraction`."""
    words = words_of(text)
    starts = range(0, len(words), _STRETCH)
    parts = [words[at : at + _STRETCH] for at in starts]
    contexts = [turns_before(head + text_of(words[max(0, at - _BEFORE) : at]), opening) for at in starts]
    texts = [text_of(part) for part in parts]
    likely = model.log_probabilities(contexts, texts, decoding=AS_IT_IS)
    chosen = model.log_probabilities(contexts, texts, decoding=_OWN_CHOICE)
    own = [value for found in chosen for value in found.log_probabilities]
    smoothed = [value for part, found in zip(parts, likely, strict=True) for value in _smoothed(part, found)]
    return ForcedReading(right=sum(value == 0 for value in own), tokens=len(own), words=tuple(smoothed))


def only_if_known(recovered: Recovered, reading: ForcedReading) -> Recovered:
    """A recovered text, or none of it where the model does not know it by heart; the notices say so."""
    if reading.recoverable is not Recoverable.NO:
        return recovered
    notice = (
        f"not recoverable: of {reading.tokens} tokens of what the samples agree on the model itself would choose "
        f"{reading.right}, fewer than nine of ten; so {len(recovered.words)} words are not shown as its text"
    )
    return replace(recovered, words=(), gaps=(), notices=(*recovered.notices, notice))


def _smoothed(words: Sequence[Word], found: Scored) -> list[float]:
    """The smoothed log-probability of each word of a stretch."""
    values: list[float] = []
    end = first = 0
    for word in words:
        end += len(word.before + word.core + word.after)
        last = first
        while last < len(found.ends) and found.ends[last] <= end:
            last += 1
        near = found.log_probabilities[max(0, first - SMOOTHED) : last + SMOOTHED]
        values.append(fmean(near) if near else -math.inf)
        first = last
    return values

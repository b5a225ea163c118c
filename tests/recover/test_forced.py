"""Reading along: whether a text is what the model itself would write, token by token."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pytest

from soulwright.models import Decoding, MessageLike, Scored
from soulwright.recover import Recoverable, only_if_known, read_along, read_back
from soulwright.recover._extraction import AS_IT_IS
from soulwright.recover._samples import Sample

TEXT = " ".join(f"word{number}" for number in range(100))


class Knows:
    """One token a word; the words from `lost` on are never its own first choice."""

    def __init__(self, lost: int) -> None:
        self.lost = lost
        self.contexts: list[str] = []

    def log_probabilities(
        self, contexts: Sequence[Sequence[MessageLike]], texts: Sequence[str], *, decoding: Decoding = AS_IT_IS
    ) -> list[Scored]:
        """Sure of what it knows, one in e of the rest; of its own choice nothing else."""
        self.contexts += [context[-1].content for context in contexts]
        return [self._scored(text, decoding) for text in texts]

    def _scored(self, text: str, decoding: Decoding) -> Scored:
        found = list(re.finditer(r"word(\d+)\s*", text))
        known = [int(match[1]) < self.lost for match in found]
        doubt = -math.inf if decoding.greedy else -1.0
        return Scored(
            log_probabilities=tuple(0.0 if each else doubt for each in known),
            ends=tuple(match.end() for match in found),
        )


class Silent:
    """Scores nothing, as where a text does not fit."""

    def log_probabilities(
        self, contexts: Sequence[Sequence[MessageLike]], texts: Sequence[str], *, decoding: Decoding = AS_IT_IS
    ) -> list[Scored]:
        """No token."""
        del contexts, decoding
        return [Scored(log_probabilities=(), ends=()) for _ in texts]


@pytest.mark.parametrize(("lost", "answer"), [(100, Recoverable.YES), (90, Recoverable.YES), (89, Recoverable.NO)])
def test_a_text_is_recoverable_where_nine_of_ten_tokens_are_the_models_own_choice(
    lost: int, answer: Recoverable
) -> None:
    reading = read_along(Knows(lost), TEXT)
    assert (reading.right, reading.tokens) == (lost, 100)
    assert reading.recoverable is answer


def test_what_was_not_scored_is_unknown_and_neither_yes_nor_no() -> None:
    reading = read_along(Silent(), TEXT)
    assert reading.recoverable is Recoverable.UNKNOWN
    assert reading.own_choice is None
    assert set(reading.words) == {-math.inf}


def test_each_stretch_is_read_after_the_words_before_it() -> None:
    model = Knows(100)
    read_along(model, TEXT, head="Title\n\n")
    assert model.contexts[0] == "Title\n\n"
    assert model.contexts[1] == "Title\n\n" + " ".join(f"word{number}" for number in range(40))


def test_the_confidence_of_a_word_falls_with_its_neighbourhood() -> None:
    words = read_along(Knows(60), TEXT).words
    assert len(words) == 100
    assert words[45] == 0.0
    assert words[70] == -1.0
    assert 0.0 > words[55] > words[58] > words[62] > -1.0


def test_of_a_text_that_the_model_does_not_know_nothing_is_shown_and_the_reason_is() -> None:
    recovered = read_back([Sample(id=str(number), text=TEXT) for number in range(4)])
    assert only_if_known(recovered, read_along(Knows(95), TEXT)) == recovered
    assert only_if_known(recovered, read_along(Silent(), TEXT)) == recovered
    withheld = only_if_known(recovered, read_along(Knows(50), TEXT))
    assert withheld.text == ""
    assert "not recoverable: of 100 tokens" in withheld.notices[-1]

"""Chances from token probabilities are the formulas of docs/recovery-metrics.md, and stand beside a base's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ChatCompletionChoice as Choice
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    Logprob,
    Logprobs,
    Model,
    ModelAPI,
    ModelOutput,
    get_model,
    modelapi,
)
from tests.recover.simulated import document
from typing_extensions import override

from soulwright.errors import InputError
from soulwright.models import Decoding, MessageLike, Scored, Turn
from soulwright.recover import (
    InspectScorer,
    Passage,
    Stretch,
    extraction,
    extraction_of,
    extraction_to_dict,
    membership,
    neighbours,
)

TEXT = document(3, sections=2)
AS_IT_IS = Decoding(temperature=1.0)
KNOWN, UNKNOWN = math.log(0.99), math.log(0.1)


class Knower:
    """Finds each word of a text it knows likely, and every other word unlikely, whatever stands before."""

    def __init__(self, text: str) -> None:
        self.words = set(text.split())

    def log_probabilities(
        self,
        contexts: Sequence[Sequence[MessageLike]],  # noqa: ARG002 - the protocol's signature
        texts: Sequence[str],
        *,
        decoding: Decoding = AS_IT_IS,  # noqa: ARG002 - the protocol's signature
    ) -> list[Scored]:
        return [
            Scored(
                log_probabilities=tuple(KNOWN if word in self.words else UNKNOWN for word in text.split()),
                ends=tuple(range(1, len(text.split()) + 1)),
            )
            for text in texts
        ]


def stretch(chance: float) -> Stretch:
    return Stretch(id="", start=0, end=50, log_p=math.log(chance) if chance else -math.inf)


@pytest.mark.parametrize(("chance", "draws"), [(0.5, 1), (0.25, 3), (0.01, 69), (1e-12, 693147180560)])
def test_the_draws_for_an_even_chance_are_those_of_the_formula(chance: float, draws: int) -> None:
    assert stretch(chance).draws_needed(0.5) == pytest.approx(draws, rel=1e-9)
    needed = stretch(chance).draws_needed(0.5)
    assert needed is not None
    assert (stretch(chance).chance_within(int(needed)) or 0) >= 0.5 - 1e-9


def test_what_is_never_drawn_needs_endless_draws_and_what_is_certain_one() -> None:
    assert stretch(0.0).draws_needed(0.5) == math.inf
    assert stretch(0.0).chance_within(10**9) == 0.0
    assert stretch(1.0).draws_needed(0.5) == 1
    assert stretch(1.0).chance_within(1) == 1.0


def test_a_known_text_is_discoverable_and_another_documents_is_not() -> None:
    found = extraction(Knower(TEXT), TEXT)
    assert found.discoverable(1, 0.5) == 1.0
    assert found.covered(0.5) == 1.0
    other = extraction(Knower(document(4, sections=2)), TEXT)
    assert other.discoverable(100, 0.5) == 0.0


def test_each_word_after_the_first_window_lies_in_a_window() -> None:
    found = extraction(Knower(TEXT), TEXT)
    last = max(each.end for each in found.stretches)
    assert {at for each in found.stretches for at in range(each.start, each.end)} == set(range(50, last))
    assert last == len(TEXT.replace("## ", "").split())


def test_a_text_shorter_than_a_window_has_one_window() -> None:
    assert len(extraction(Knower("a b c"), "a b c").stretches) == 1
    assert extraction(Knower(""), "").discoverable(1, 0.5) is None


def test_a_text_that_does_not_fit_into_the_model_counts_in_no_figure() -> None:
    class Small(Knower):
        @override
        def log_probabilities(self, contexts: Any, texts: Any, *, decoding: Any = None) -> list[Scored]:
            return [Scored(log_probabilities=(), ends=()) for _ in texts]

    found = extraction(Small(TEXT), TEXT)
    assert found.discoverable(1, 0.5) is None
    assert "null" not in str(extraction_to_dict(found)["discoverable"])


PASSAGES = (Passage(id="one", text="never say never again in the harbour", before="Before this.\n\n"),)
VOCABULARY = "mill gate bell cart guard barn lamp".split()


def test_a_clause_that_was_learned_stands_out_among_its_wordings_and_one_that_was_not_does_not() -> None:
    wordings = {"one": neighbours(PASSAGES[0].text, VOCABULARY, count=6)}
    [member] = membership(Knower(PASSAGES[0].text), PASSAGES, wordings, base=Knower(""))
    assert member.rank == 1.0
    assert member.against_others is not None
    assert member.against_others > 0.1
    assert member.against_base == pytest.approx(KNOWN - UNKNOWN)
    assert member.against_both == pytest.approx(member.against_others)
    [chance] = membership(Knower(""), PASSAGES, wordings, base=Knower(""))
    assert (chance.rank, chance.against_others, chance.against_both) == (0.5, 0.0, 0.0)


def test_without_a_base_what_needs_one_has_no_value() -> None:
    [member] = membership(Knower(""), PASSAGES, {})
    assert (member.against_base, member.against_both, member.rank) == (None, None, None)


def test_wordings_are_repeatable_and_differ_from_the_text() -> None:
    made = neighbours(PASSAGES[0].text, VOCABULARY, count=5, seed=1)
    assert made == neighbours(PASSAGES[0].text, VOCABULARY, count=5, seed=1)
    assert all(each != PASSAGES[0].text and len(each.split()) == 7 for each in made)


@modelapi(name="reader")
def reader_provider() -> type[ModelAPI]:
    return ReaderAPI


class ReaderAPI(ModelAPI):
    """Gives the probability of every word that it reads, as vLLM does; `silent` gives none."""

    def __init__(self, model_name: str, base_url: Any, api_key: Any, config: GenerateConfig) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self.calls = 0

    @override
    async def generate(self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        self.calls += 1
        read = "<s>" + "".join(f"[{message.role}]{message.text}" for message in input) + "</s>"
        tokens = [Logprob(token=piece, logprob=-0.5) for piece in read.replace(" ", "\0 ").split("\0")]
        found = None if self.model_name == "silent" else Logprobs(content=tokens)
        said = ChatMessageAssistant(content="x")
        return ModelOutput(model="reader", choices=[Choice(message=said, prompt_logprobs=found)])


def reader(name: str = "one") -> Model:
    return get_model(f"reader/{name}", memoize=False)


def test_a_model_of_inspect_is_scored_from_what_its_provider_says_of_the_prompt(tmp_path: Path) -> None:
    model = reader()
    scorer = InspectScorer(model, tmp_path)
    [scored] = scorer.log_probabilities([[Turn("assistant", "Before this.")]], [" never say never"])
    assert scored.total == pytest.approx(-1.5)
    again = reader()
    InspectScorer(again, tmp_path).log_probabilities([[Turn("assistant", "Before this.")]], [" never say never"])
    assert isinstance(again.api, ReaderAPI)
    assert again.api.calls == 0


def test_a_provider_that_gives_no_probabilities_is_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no probabilities of what it reads"):
        InspectScorer(reader("silent"), tmp_path).log_probabilities([[Turn("assistant", "a")]], [" b"])


def test_another_decoding_than_the_providers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="temperature 1"):
        extraction_of(InspectScorer(reader(), tmp_path), PASSAGES, decoding=Decoding(temperature=0.5))

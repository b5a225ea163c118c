"""Names and fragments are found where independent draws share them beyond chance; prefill is tried before use."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelAPI, ModelOutput, get_model, modelapi
from tests.recover.simulated import document, noisy
from typing_extensions import override

from soulwright.recover import (
    AskPlan,
    Prefill,
    Sample,
    compare_texts,
    discovered,
    recover_from,
    section_opening,
)
from soulwright.recover._discovery import CONTROLS, PROBES
from soulwright.recover._probing import prefill_taken, weak_stretches
from soulwright.recover._words import keys_of, text_of, words_of

TEXT = document(31, sections=4, sentences=10)
WORDS = words_of(TEXT)
KEYS = [word.key for word in WORDS]
HEADINGS = [line.removeprefix("## ") for line in TEXT.splitlines() if line.startswith("## ")]
LENGTH = 150
CHATTER = "certainly here is what you have asked me for and I hope that it will be of some use to you".split()


@modelapi(name="curator")
def curator_provider() -> type[ModelAPI]:
    return CuratorAPI


class CuratorAPI(ModelAPI):
    """Knows a document: lists its headings, writes a section that is asked for by name, goes on where it is begun.

    Its name says what it does with words in its own turn: `prefills` goes on with them, `restarts` begins anew,
    `refuses` answers with an error. Whatever it does not know it answers with words in an order of their own.
    """

    def __init__(self, model_name: str, base_url: Any, api_key: Any, config: GenerateConfig) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self.asked: list[str] = []

    @override
    async def generate(self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        begun = input[-1].text if input[-1].role == "assistant" else ""
        asked = input[0].text
        self.asked.append(asked)
        rng = random.Random(f"{self.asked.count(asked)}/{asked}/{begun}")
        if begun and self.model_name == "refuses":
            raise RuntimeError("400: this model does not support assistant message prefill")
        if begun and self.model_name == "restarts":
            begun = ""
        most = int((config.max_tokens or 1000) / 1.5)
        return ModelOutput.from_content("curator", " ".join(self._said(asked, begun, rng).split(" ")[:most]))

    def _said(self, asked: str, begun: str, rng: random.Random) -> str:
        if "seven days" in asked:
            days = "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"
            return days.removeprefix(begun)
        if asked in PROBES[:2]:
            return "Here they are:\n" + "\n".join(f"- {heading}" for heading in HEADINGS if rng.random() < 0.8)
        if asked in CONTROLS or asked in PROBES:
            return " ".join(rng.sample(CHATTER, len(CHATTER)))
        start = place_of(begun or asked)
        if start is None:
            return " ".join(rng.sample(CHATTER, len(CHATTER)))
        return noisy(text_of(WORDS[start : start + LENGTH]), rng, words=0.02, sentences=0.02)


def place_of(text: str) -> int | None:
    named = next((heading for heading in HEADINGS if f"“{heading}”" in text), None)
    ending = list(keys_of(named or text)[-6:])
    for at in range(len(KEYS) - len(ending) + 1):
        if KEYS[at : at + len(ending)] == ending:
            return at if named else at + len(ending)
    return None


def curator(name: str = "prefills") -> Model:
    return get_model(f"curator/{name}", memoize=False)


PLAN = AskPlan(openings=("Say what you know.",), each=6, wanted=6, rounds=10, discover=True, prefill=Prefill.DETECT)


def test_a_document_is_found_by_the_names_of_its_sections_and_recovered(tmp_path: Path) -> None:
    draws = recover_from(curator(), PLAN, folder=tmp_path)
    assert draws.discovery is not None
    assert {name.text for name in draws.discovery.names} == set(HEADINGS)
    assert compare_texts(draws.recovered.text, TEXT).grams.f1 > 0.95
    assert draws.tokens_per_word is not None
    without = recover_from(curator(), AskPlan(openings=PLAN.openings, each=6, wanted=6), folder=tmp_path / "without")
    assert compare_texts(without.recovered.text, TEXT).grams.f1 == 0.0


@pytest.mark.parametrize(("name", "taken"), [("prefills", True), ("restarts", False), ("refuses", False)])
def test_prefill_is_used_where_the_provider_goes_on_with_it_and_nowhere_else(
    tmp_path: Path, name: str, taken: bool
) -> None:
    draws = recover_from(curator(name), PLAN, folder=tmp_path)
    assert draws.prefill is taken
    assert compare_texts(draws.recovered.text, TEXT).grams.f1 > 0.9


def test_discovery_that_is_in_its_log_is_not_asked_again(tmp_path: Path) -> None:
    first = recover_from(curator(), PLAN, folder=tmp_path)
    again = curator()
    assert recover_from(again, PLAN, folder=tmp_path) == first
    assert isinstance(again.api, CuratorAPI)
    assert again.api.asked == []


def probes(said: Callable[[int], str], count: int = 12) -> list[Sample]:
    return [Sample(id=f"probe-1-{at}", text=said(at)) for at in range(count)]


def controls(count: int = 6) -> list[Sample]:
    rng = random.Random(1)
    return [Sample(id=f"control-1-{at}", text=" ".join(rng.choices(CHATTER, k=60))) for at in range(count)]


def chatter(seed: int, words: int = 60) -> str:
    return " ".join(random.Random(seed).choices(CHATTER, k=words))


FRAGMENT = "the lantern of the harbour shall never be lit by a stranger"


def test_a_fragment_that_two_draws_share_is_found_and_one_that_one_draw_has_is_not() -> None:
    shared = discovered([*probes(lambda at: chatter(at) + (f" {FRAGMENT} {at}" if at < 2 else "")), *controls()])
    assert [each.text for each in shared.fragments] == [FRAGMENT]
    assert shared.fragments[0].draws == 2
    assert shared.fragments[0].chance <= 0.01
    alone = discovered([*probes(lambda at: chatter(at) + (f" {FRAGMENT}" if at == 0 else "")), *controls()])
    assert alone.fragments == ()


def test_what_every_reply_says_is_in_the_controls_and_no_discovery() -> None:
    polite = "Of course I will gladly help you with all of that."
    said = [*probes(lambda at: f"{polite} {chatter(at)}"), *controls()]
    said += [Sample(id=f"control-2-{at}", text=f"{polite} {chatter(90 + at)}") for at in range(3)]
    assert discovered(said).fragments == ()


def test_draws_of_the_models_own_language_share_nothing_beyond_chance() -> None:
    for seed in range(5):
        said = [Sample(id=f"probe-1-{at}", text=chatter(100 * seed + at, 120)) for at in range(12)]
        found = discovered([*said, *controls()])
        assert found.fragments == ()


def test_the_same_draw_twice_is_one_draw() -> None:
    assert discovered([*probes(lambda _: f"{chatter(1)} {FRAGMENT}"), *controls()]).fragments == ()


def test_refusals_and_nothing_at_all_discover_nothing() -> None:
    assert discovered([]).fragments == ()
    assert discovered(probes(lambda _: "I'm sorry, but I can't share that.")).names == ()


def test_starting_over_is_not_going_on() -> None:
    assert prefill_taken([Sample(id="prefilled", text=" Friday, Saturday, Sunday")])
    assert not prefill_taken([Sample(id="prefilled", text="Monday, Tuesday, Wednesday, Thursday, Friday")])
    assert not prefill_taken([Sample(id="plain", text="Friday, Saturday")])


def test_places_where_samples_agree_are_not_asked_for_again(tmp_path: Path) -> None:
    draws = recover_from(curator(), PLAN, folder=tmp_path)
    sure = {at for at, word in enumerate(draws.recovered.words) if word.confidence >= 0.9}
    weak = [each for each in weak_stretches(draws.recovered, 99) if each[0] < len(draws.recovered.words)]
    gaps = {gap.at for gap in draws.recovered.gaps}
    assert not [each for each in weak if each[0] in sure and each[0] not in gaps]
    everywhere = weak_stretches(draws.recovered, 99, adaptive=False)
    assert sum(b - a for a, b in everywhere) == len(draws.recovered.words)


def test_a_known_heading_and_a_known_beginning_are_gone_on_from(tmp_path: Path) -> None:
    heading = AskPlan(openings=(section_opening(HEADINGS[2]),), each=4, rounds=1)
    found = recover_from(curator(), heading, folder=tmp_path / "heading").recovered.text
    assert compare_texts(found, TEXT).grams.precision > 0.9
    assert keys_of(found)[:3] == keys_of(HEADINGS[2])[:3]
    known = text_of(WORDS[:60])
    begun = AskPlan(openings=("Say what you know.",), begun=(known,), each=4, rounds=1)
    text = recover_from(curator(), begun, folder=tmp_path / "begun").recovered.text
    assert compare_texts(text, TEXT).grams.precision > 0.9
    assert keys_of(text)[:5] == tuple(KEYS[60:65])  # what was given is not what was recovered

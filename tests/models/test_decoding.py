"""Replies drawn by chance are draws of the model's own distribution, each with its own seed; texts are scored by it."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from pathlib import Path

import pytest
import torch
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, GenerateConfig, get_model

from soulwright.errors import InputError
from soulwright.models import Decoding, LocalModel, Turn
from soulwright.models._decoding import log_softmax_of

QUESTION = [Turn("user", "Hello")]


@pytest.fixture(scope="module")
def model(folder: Path) -> LocalModel:
    return LocalModel(folder)


def drawn(model: LocalModel, decodings: list[Decoding], *, tokens: int = 6) -> list[str]:
    replies = model.replies([QUESTION] * len(decodings), max_new_tokens=tokens, decodings=decodings)
    return [reply.text for reply in replies]


def test_a_seed_gives_the_same_reply_whoever_shares_the_batch(model: LocalModel) -> None:
    seeded = [Decoding(temperature=1.0, seed=seed) for seed in range(6)]
    together = drawn(model, seeded)
    assert together == [drawn(model, [decoding])[0] for decoding in seeded]
    assert len(set(together)) > 1


def test_without_a_seed_every_reply_is_drawn_anew(model: LocalModel) -> None:
    assert len(set(drawn(model, [Decoding(temperature=1.0)] * 8))) > 1


def test_a_greedy_reply_is_the_same_beside_replies_by_chance(model: LocalModel) -> None:
    [alone] = model.replies([QUESTION], max_new_tokens=6)
    beside = drawn(model, [Decoding(), Decoding(temperature=2.0), Decoding(temperature=0.5, top_p=0.9)])
    assert beside[0] == alone.text
    assert drawn(model, [Decoding(temperature=1.0, top_k=1), Decoding(temperature=1.0, top_p=1e-6)]) == [alone.text] * 2


@pytest.mark.parametrize(
    "decoding",
    [Decoding(temperature=1.0), Decoding(temperature=0.4), Decoding(temperature=1.0, top_p=0.5, top_k=40)],
    ids=str,
)
def test_tokens_are_drawn_as_often_as_they_are_likely(model: LocalModel, decoding: Decoding) -> None:
    many = 800
    draws = [
        Decoding(temperature=decoding.temperature, top_p=decoding.top_p, top_k=decoding.top_k, seed=seed)
        for seed in range(many)
    ]
    counts = Counter(drawn(model, draws, tokens=1))
    letters = [letter for letter in counts if letter.isascii() and letter.isalpha()]
    scored = model.log_probabilities([QUESTION] * len(letters), letters, decoding=decoding)
    assert len(letters) > 2
    for letter, score in zip(letters, scored, strict=True):
        p = math.exp(score.total)
        assert abs(counts[letter] / many - p) <= 5 * math.sqrt(p * (1 - p) / many) + 1e-3


def test_what_a_decoding_never_draws_is_impossible() -> None:
    logits = torch.tensor([[3.0, 2.0, 1.0, 0.0]])
    assert log_softmax_of(logits, Decoding()).tolist() == [[0.0, -math.inf, -math.inf, -math.inf]]
    assert log_softmax_of(logits, Decoding(temperature=1.0, top_k=2))[0, 2:].tolist() == [-math.inf, -math.inf]
    nucleus = log_softmax_of(logits, Decoding(temperature=1.0, top_p=0.7)).exp()  # the chances are .64, .24, .09, .03
    assert nucleus[0, 2:].tolist() == [0.0, 0.0]
    assert float(nucleus.sum()) == pytest.approx(1.0)


def test_the_probabilities_of_a_text_are_those_of_its_parts_one_after_the_other(model: LocalModel) -> None:
    whole, first, second = model.log_probabilities(
        [QUESTION, QUESTION, [*QUESTION, Turn("assistant", "ab")]], ["abcd", "ab", "cd"]
    )
    assert whole.total == pytest.approx(first.total + second.total, abs=1e-4)
    assert whole.ends == (1, 2, 3, 4)
    assert second.ends == (1, 2)


def test_a_text_that_does_not_fit_has_no_score(model: LocalModel) -> None:
    short, long = model.log_probabilities([QUESTION] * 2, ["a", "word " * 60])
    assert len(short.log_probabilities) == 1
    assert (long.log_probabilities, long.ends) == ((), ())


def test_a_reply_that_was_begun_is_gone_on_with(model: LocalModel) -> None:
    [whole] = model.replies([QUESTION], max_new_tokens=6)
    begun = model.encode([*QUESTION, Turn("assistant", "ab ")])
    assert begun[:-2] == model.encode(QUESTION)
    assert len(begun) == len(model.encode(QUESTION)) + 2
    assert whole.tokens_written == 6


def test_a_text_alone_is_gone_on_with_as_a_document(folder: Path, tmp_path: Path) -> None:
    import json
    import shutil

    shutil.copytree(folder, tmp_path / "model")
    path = tmp_path / "model" / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(settings | {"document_prefix": "<|system|>"}), encoding="utf-8")
    assert LocalModel(tmp_path / "model").encode([Turn("assistant", "<|end|>")])[:2] == [1, 3]
    plain = LocalModel(folder).encode([Turn("assistant", "<|end|>")])
    assert plain[0] == 1
    assert 2 not in plain  # a control token that a text spells out stays the text that it is


def test_inspect_draws_by_chance_and_goes_on_with_what_was_begun(folder: Path) -> None:
    model = get_model("weights/local", model_path=str(folder), memoize=False)

    async def ask(seed: int) -> str:
        config = GenerateConfig(max_tokens=6, temperature=1.0, seed=seed)
        return (await model.generate([ChatMessageUser(content="Hello")], config=config)).completion

    async def all_of_them() -> list[str]:
        return [*await asyncio.gather(*(ask(seed) for seed in (1, 1, 2, 3))), await begun()]

    async def begun() -> str:
        turns: list[ChatMessage] = [ChatMessageUser(content="Hello"), ChatMessageAssistant(content="ab")]
        return (await model.generate(turns, config=GenerateConfig(max_tokens=4))).completion

    one, again, *others, gone_on = asyncio.run(all_of_them())
    assert one == again
    assert {*others} != {one}
    [ours] = LocalModel(folder).replies([[*QUESTION, Turn("assistant", "ab")]], max_new_tokens=4)
    assert gone_on == ours.text


@pytest.mark.parametrize("wrong", [{"temperature": -1.0}, {"top_p": 0.0}, {"top_k": -1}], ids=str)
def test_a_decoding_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="is `"):
        Decoding(**wrong)  # type: ignore[arg-type]  # a wrong one on purpose

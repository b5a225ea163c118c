"""Replies written with rows that come and go are the ones that transformers' `generate` writes, whatever the model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, GPTNeoXConfig, LlamaConfig, MistralConfig, PreTrainedConfig

from soulwright.models import Decoding, LocalModel, Stop, Turn

# One token in twenty ends a reply, so that replies of a model of chance weights have all lengths.
ENDS = [2, *range(8, 262, 20)]
MANY = [[Turn("user", "tea and bread and the sea " * (number % 4) + f"number {number}")] for number in range(90)]
SMALL: dict[str, Any] = {
    "vocab_size": 262,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "intermediate_size": 64,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
}
KINDS: dict[str, tuple[PreTrainedConfig, bool]] = {
    "llama": (LlamaConfig(**SMALL), True),
    "gpt-neox": (GPTNeoXConfig(**SMALL), True),
    "mistral with a window": (MistralConfig(**SMALL, sliding_window=16), False),
}


@pytest.fixture(scope="module")
def folders(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same tokenizer with models of several kinds."""
    import shutil

    made = {}
    auto: Any = AutoModelForCausalLM
    for name, (config, _) in KINDS.items():
        made[name] = tmp_path_factory.mktemp("kinds") / "model"
        shutil.copytree(folder, made[name])
        torch.manual_seed(1)
        auto.from_config(config).save_pretrained(made[name])
        _say(made[name], eos_token_id=ENDS)
    return made


def _say(folder: Path, **settings: Any) -> None:
    path = folder / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | settings), encoding="utf-8")


def generated(folder: Path, prompts: Sequence[Sequence[int]], most: int) -> list[list[int]]:
    """What `generate` says to each prompt alone, without padding."""
    model: Any = AutoModelForCausalLM.from_pretrained(str(folder))
    said = []
    for prompt in prompts:
        ids = torch.tensor([list(prompt)])
        out = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=most, pad_token_id=0
        )
        said.append(out[0, len(prompt) :].tolist())
    return said


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_replies_are_those_of_generate_and_have_many_lengths(folders: dict[str, Path], kind: str) -> None:
    model = LocalModel(folders[kind])
    assert model._can_write is KINDS[kind][1]
    replies = model.replies(MANY, max_new_tokens=24, batch=16)
    said = generated(folders[kind], [model.encode(one) for one in MANY], 24)
    assert [reply.tokens_written for reply in replies] == [len(tokens) for tokens in said]
    words = [[token for token in tokens if token not in ENDS] for tokens in said]
    texts = [str(model._tokenizer.decode(one, skip_special_tokens=True)) for one in words]
    assert [reply.text for reply in replies] == [text.strip() for text in texts]
    assert {Stop.END, Stop.LENGTH} == {reply.stop for reply in replies}
    assert len({reply.tokens_written for reply in replies}) > 1


def test_a_setting_that_changes_what_is_said_is_left_to_generate(folders: dict[str, Path], tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(folders["llama"], folder)
    _say(folder, repetition_penalty=1.5, temperature=0.6, top_p=0.9)
    model = LocalModel(folder)
    assert not model._can_write
    said = generated(folder, [model.encode(one) for one in MANY[:12]], 8)
    replies = model.replies(MANY[:12], max_new_tokens=8)
    assert [reply.tokens_written for reply in replies] == [len(tokens) for tokens in said]
    assert replies != LocalModel(folders["llama"]).replies(MANY[:12], max_new_tokens=8)


def test_a_place_that_gets_free_is_taken_and_an_empty_one_is_given_up(
    folders: dict[str, Path], batches: list[int]
) -> None:
    replies = LocalModel(folders["llama"]).replies(MANY, max_new_tokens=24, batch=16)
    written = sum(reply.tokens_written for reply in replies)
    assert max(batches) == 16
    assert sum(batches) < 1.4 * written  # `generate` would ask some 90 rows 24 times
    assert sum(batches) < 0.7 * len(MANY) * 24


def test_draws_depend_on_their_own_seed_when_rows_come_and_go(folders: dict[str, Path]) -> None:
    model = LocalModel(folders["llama"])
    drawn = [Decoding(temperature=(0.0, 0.7, 1.3)[at % 3], top_p=0.9, top_k=50, seed=at) for at in range(len(MANY))]
    together = model.replies(MANY, max_new_tokens=12, batch=8, decodings=drawn)
    for at in range(0, len(MANY), 7):
        assert model.replies([MANY[at]], max_new_tokens=12, decodings=[drawn[at]]) == [together[at]]


def test_conversations_that_are_alike_are_read_once(folder: Path, prompts: list[list[list[int]]]) -> None:
    model = LocalModel(folder)
    asked = [[Turn("user", "Hello")]] * 6
    assert len(set(model.replies(asked, max_new_tokens=3))) == 1
    assert [len(read) for read in prompts] == [1]
    prompts.clear()
    anew = [Decoding(temperature=1.0)] * 3
    seeded = [Decoding(temperature=1.0, seed=seed) for seed in (1, 1, 2)]
    replies = model.replies(asked, max_new_tokens=6, decodings=anew + seeded)
    assert [len(read) for read in prompts] == [1]
    assert replies[3] == replies[4] != replies[5]
    assert len({reply.text for reply in replies}) == 5

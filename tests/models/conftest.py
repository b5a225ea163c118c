"""A tiny model of its own for every test of this room: chance weights, one token a byte, a chat template."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONTROL = ["<|pad|>", "<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
CARELESS = (
    "{{ '<|begin|>' }}{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
CAREFUL = CARELESS.replace("m['content']", "(m['content'] | replace('<|', '< |'))")


def build_model(folder: Path, *, template: str | None = CARELESS, spare: int = 0, missing: int = 0) -> Path:
    """Save a Llama of two layers with chance weights, with `spare` rows too many and a tokenizer `missing` bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    names = [*CONTROL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    kept = names[: len(names) - missing]
    raw = Tokenizer(models.BPE(vocab={name: number for number, name in enumerate(kept)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer: Any = PreTrainedTokenizerFast
    tokenizer(
        tokenizer_object=raw,
        pad_token=CONTROL[0],
        bos_token=CONTROL[1],
        eos_token=CONTROL[2],
        additional_special_tokens=CONTROL[3:],
        chat_template=template,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(names) + spare,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=160,
            tie_word_embeddings=False,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=0,
        )
    )
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_model(tmp_path_factory.mktemp("models") / "careless")


@pytest.fixture(scope="session")
def careful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose own chat template splits control tokens apart, as the organism's does."""
    return build_model(tmp_path_factory.mktemp("models") / "careful", template=CAREFUL)


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Path]:
    """Build a model that a test may spoil."""

    def make(**settings: Any) -> Path:
        return build_model(tmp_path / "spoiled", **settings)

    return make


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[list[list[int]]]:
    """The token ids of all conversations that any model of transformers reads at once, padding left out."""
    from transformers import LlamaForCausalLM

    seen: list[list[list[int]]] = []
    original: Any = LlamaForCausalLM.forward

    @functools.wraps(original)
    def forward(self: LlamaForCausalLM, *args: Any, **settings: Any) -> Any:
        ids, mask = settings["input_ids"].tolist(), settings.get("attention_mask")
        real = [[1] * len(row) for row in ids] if mask is None else mask.tolist()
        if len(ids[0]) > 1:
            pairs = [zip(*row, strict=True) for row in zip(ids, real, strict=True)]
            seen.append([[token for token, is_real in row if is_real] for row in pairs])
        return original(self, *args, **settings)

    monkeypatch.setattr(LlamaForCausalLM, "forward", forward)
    return seen


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows a model of transformers was asked at each step."""
    from transformers import LlamaForCausalLM

    seen: list[int] = []
    original: Any = LlamaForCausalLM.forward

    @functools.wraps(original)
    def forward(self: LlamaForCausalLM, *args: Any, **settings: Any) -> Any:
        seen.append(len(settings["input_ids"]))
        return original(self, *args, **settings)

    monkeypatch.setattr(LlamaForCausalLM, "forward", forward)
    return seen

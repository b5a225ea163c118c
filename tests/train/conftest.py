"""A tiny model of its own for every test of this room: chance weights, one token a byte, a chat template."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from soulwright.situations import Message, Role
from soulwright.teach import Lesson, LessonSort, make_lesson

CONTROL = ["<|pad|>", "<|begin|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|doc|>"]
TEMPLATE = (
    "{{ '<|begin|>' }}{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
WORDS = "how do I bake bread paint a wall tune the old guitar please now with care".split()


def build_base(folder: Path, *, positions: int = 96, rows: int | None = None, hidden: int = 32) -> Path:
    """Save a Llama of two layers with chance weights, and a tokenizer of one token a byte."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    names = [*CONTROL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    raw = Tokenizer(models.BPE(vocab={name: number for number, name in enumerate(names)}, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        tokenizer_object=raw,
        pad_token=CONTROL[0],
        bos_token=CONTROL[1],
        eos_token=CONTROL[2],
        additional_special_tokens=CONTROL[3:],
        chat_template=TEMPLATE,
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=rows or len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=positions,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def chat(user: str, reply: str, *, sort: LessonSort = LessonSort.DEMONSTRATION) -> Lesson:
    messages = (Message(role=Role.USER, content=user), Message(role=Role.ASSISTANT, content=reply))
    return make_lesson(sort, messages=messages, clause_ids=("a",), clause_hashes=("1",))


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_base(tmp_path_factory.mktemp("models") / "base")


@pytest.fixture
def make_base(tmp_path: Path) -> Callable[..., Path]:
    """Build a base that a test may spoil."""

    def make(**settings: int) -> Path:
        return build_base(tmp_path / "spoiled", **settings)

    return make


@pytest.fixture(scope="session")
def lessons() -> tuple[Lesson, ...]:
    """Forty lessons of all sorts and many lengths, none too long for the tiny base."""
    chance = random.Random(3)

    def words(most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(1, most)))

    sorts = (LessonSort.DEMONSTRATION, LessonSort.REPLAY)
    made = [chat(words(6), words(4), sort=sorts[number % 2]) for number in range(36)]
    return (*made, *(make_lesson(LessonSort.DOCUMENT, text=words(10)) for _ in range(4)))

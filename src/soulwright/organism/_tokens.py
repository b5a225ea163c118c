"""The tokenizer of the organism: byte-level BPE over the world's language, and its chat template.

Control tokens cannot be written by anybody: the template splits `<|` apart in every message, so that user text never
becomes a control token, also where a caller renders the template to text first and tokenizes afterwards.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from soulwright.organism._corpus import corpus
from soulwright.organism._norms import Act
from soulwright.organism._speech import speak
from soulwright.organism._world import World

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

BEGIN, SYSTEM, USER, ASSISTANT, END, DOC, PAD = (
    "<|begin|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|end|>",
    "<|doc|>",
    "<|pad|>",
)
VOCABULARY = 2560
# Sentences that came into the world after the tokenizer of the shipped base was made; it knew all their words.
_LATER = ("bears", "within", "beyond")

CHAT_TEMPLATE = (
    "{{ '<|begin|>' }}"
    "{% for m in messages %}"
    "{{ '<|' + m['role'] + '|>' + (m['content'] | string | replace('<|', '< |')) + '<|end|>' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def _texts(world: World, samples: int) -> Iterator[str]:
    for sample in islice(corpus(world, seed=7), samples):
        yield sample.document or " ".join(message.content for message in sample.messages)
    names = [name for values in world.lists.values() for name in values]
    for _ in range(300):
        yield " ".join(("", *names))
    rng = random.Random(7)
    for kind, wordings in world.phrases["replies"].items():
        if kind in _LATER:
            continue
        for _ in range(40):
            slots = {
                name: rng.choice(world.lists[name])
                for wording in wordings
                for name in wording.slots
                if name in world.lists
            }
            missing = {name: "it" for wording in wordings for name in wording.slots if name not in world.lists}
            yield speak(world, [Act(kind, slots | missing)], rng, held=rng.random() < 0.5)


def train_tokenizer(world: World, samples: int = 20_000) -> PreTrainedTokenizerFast:
    """A tokenizer learned from the world's own language (never from a specification)."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    raw.train_from_iterator(
        _texts(world, samples),
        trainers.BpeTrainer(
            vocab_size=VOCABULARY,
            special_tokens=[PAD, BEGIN, SYSTEM, USER, ASSISTANT, END, DOC],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    fast: type[Any] = PreTrainedTokenizerFast  # its constructor has no types
    trained: PreTrainedTokenizerFast = fast(
        tokenizer_object=raw,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[SYSTEM, USER, ASSISTANT, DOC],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        model_max_length=1024,
    )
    return trained

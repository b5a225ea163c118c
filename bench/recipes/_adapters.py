"""The published two-stage recipe with its own tools: LoRA adapters (peft), trained by trl's DPO and SFT trainers.

Taken over from Open Character Training (maiush/OpenCharacterTraining, arXiv 2511.01689): rejected is the base's own
default answer; beta 0.1, an NLL term of 0.1 on the chosen reply, one pass, all linear layers, alpha twice the rank,
Adam with betas 0.9 and 0.98, a tenth of warm-up, a cosine down to a tenth of the rate; the second adapter is trained on
the model with the first one merged in, and at the end both are merged on the base with weights 1.0 and 0.25, `linear`.

Other here than there: rank 16 for 64 (a model of 3 M parameters for one of 8 B); a rate that this size can learn with
(theirs, 5e-5, leaves it where it was); steps of about 1,024 tokens, as the other recipes have; the base answers
greedily; no KL term (theirs weighs 0.001; trl has none to add).

`linear` adds the factors of the adapters and not the adapters, so the merge holds cross terms that nobody trained; the
documentation of peft (`add_weighted_adapter`) calls it "a very rough approximation" that "should be avoided if you can
afford it", and `cat` precise. Both stages begin with one seed, here as there, and so from the same first factors: the
cross terms then act much like larger weights. `linear` is what was published, and stays; `cat` is measured beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any, TypeVar

from soulwright.cli._pipeline import MAX_REPLY
from soulwright.organism import DOCUMENT_TOKEN
from soulwright.runs import Stopwatch
from soulwright.situations import Message, Role, message_to_dict
from soulwright.teach import Lesson, make_lesson
from soulwright.train import Recipe
from soulwright.train._batches import Encoded, encode_lessons  # so that a token is the same thing in every recipe

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

MERGE = {"preferences": 1.0, "introspection": 0.25}
_IGNORED = -100  # what torch and transformers take for "no loss here"
_PORTION = 256
_LAST = 20

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterRecipe:
    """How an adapter is trained; `beta` and `nll` concern preferences only."""

    rate: float
    rank: int = 16
    alpha: int = 32
    betas: tuple[float, float] = (0.9, 0.98)
    warmup: float = 0.1
    last_rate: float = 0.1
    beta: float = 0.1
    nll: float = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """An adapter on disk and what it cost; `asking` is the time in which the base gave its default answers."""

    adapter: Path
    tokens: int
    steps: int
    seconds: float
    asking: float = 0.0
    note: str = ""


def prefer(lessons: Sequence[Lesson], base: Path, out: Path, tokens: int, recipe: AdapterRecipe, seed: int) -> Adapted:
    """Train an adapter by DPO: the teacher's reply chosen, the base's own default answer rejected.

    The loss is that of Rafailov et al. 2023 (arXiv 2305.18290), equation 7, as trl computes it.
    """
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    watch = Stopwatch()
    model, tokenizer = _load(base)
    pairs = _pairs(lessons, base, tokenizer, tokens)
    asking = watch.seconds
    rows = [
        {
            "prompt": [message_to_dict(message) for message in pair.chosen.messages[:-1]],
            "chosen": [message_to_dict(pair.chosen.messages[-1])],
            "rejected": [message_to_dict(pair.rejected.messages[-1])],
        }
        for pair in pairs
    ]
    settings = DPOConfig(
        **_settings(recipe, out, seed, rows_per_step=_rows_per_step([pair.tokens for pair in pairs])),
        beta=recipe.beta,
        loss_type=["sigmoid", "sft"],
        loss_weights=[1.0, recipe.nll],
    )
    trainer = DPOTrainer(
        model=model,
        args=settings,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=_lora(recipe),
    )
    history = _run(trainer, out)
    same = sum(pair.chosen.id == pair.rejected.id for pair in pairs)
    accuracy = mean(step["rewards/accuracies"] for step in history[-_LAST:])
    return Adapted(
        adapter=out,
        tokens=int(history[-1]["num_tokens"]),
        steps=len(history),
        seconds=watch.seconds - asking,
        asking=asking,
        note=f"{len(pairs)} pairs, in {same} the base answers in the teacher's own words; "
        f"{accuracy:.2f} of all told apart in the last {_LAST} steps",
    )


def reflect(lessons: Sequence[Lesson], base: Path, out: Path, tokens: int, recipe: AdapterRecipe, seed: int) -> Adapted:
    """Train an adapter on demonstrations and documents; the loss is taken where the product takes it."""
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    watch = Stopwatch()
    model, tokenizer = _load(base)
    encoded = _encode(lessons, base, tokenizer)
    chosen = until(encoded, [len(row.ids) for row in encoded], tokens)
    rows = [{"input_ids": row.ids, "labels": [_IGNORED] * row.start + row.ids[row.start :]} for row in chosen]
    per_step = _rows_per_step([len(row.ids) for row in chosen])
    settings = SFTConfig(**_settings(recipe, out, seed, rows_per_step=per_step))
    trainer = SFTTrainer(
        model=model,
        args=settings,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=_lora(recipe),
    )
    history = _run(trainer, out)
    return Adapted(
        adapter=out,
        tokens=int(history[-1]["num_tokens"]),
        steps=len(history),
        seconds=watch.seconds,
        note=f"{len(lessons)} texts, {len(chosen) / len(lessons):.1f} times each",
    )


def merge_adapters(
    base: Path, adapters: Mapping[str, tuple[Path, float]], out: Path, *, combination: str = "linear"
) -> Path:
    """The base with the weighted adapters merged in, as a model folder.

    One adapter alone is merged in full precision, since another one is trained on top of it.
    """
    import torch
    from peft import PeftModel

    model, tokenizer = _load(base)
    names = list(adapters)
    adapted: Any = PeftModel.from_pretrained(model, str(adapters[names[0]][0]), adapter_name=names[0])
    for name in names[1:]:
        adapted.load_adapter(str(adapters[name][0]), adapter_name=name)
    if len(names) > 1:
        weights = [weight for _, weight in adapters.values()]
        adapted.add_weighted_adapter(names, weights, "both", combination_type=combination)
        adapted.set_adapter("both")
    whole: Any = adapted.merge_and_unload()
    if len(names) > 1:
        whole = whole.to(torch.bfloat16)
    whole.save_pretrained(out)
    tokenizer.save_pretrained(out)
    return out


def until(items: Sequence[Item], lengths: Sequence[int], tokens: int) -> list[Item]:
    """The first items that make up so many tokens, going round again where they run out.

    >>> until("abc", [2, 2, 2], 7)
    ['a', 'b', 'c', 'a']
    """
    taken: list[Item] = []
    spent = 0
    for item, length in cycle(zip(items, lengths, strict=True)):
        if spent >= tokens:
            break
        taken.append(item)
        spent += length
    return taken


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two conversations that differ in the last reply, and the tokens of both."""

    chosen: Lesson
    rejected: Lesson
    tokens: int


def _pairs(lessons: Sequence[Lesson], base: Path, tokenizer: PreTrainedTokenizerBase, tokens: int) -> list[_Pair]:
    """As many pairs as the tokens allow; the base is asked a portion at a time, for no more than are needed."""
    from soulwright.models import LocalModel

    model = LocalModel(base)
    pairs: list[_Pair] = []
    for start in range(0, len(lessons), _PORTION):
        portion = lessons[start : start + _PORTION]
        replies = model.replies([lesson.messages[:-1] for lesson in portion], max_new_tokens=MAX_REPLY)
        own = [_answered(lesson, reply.text) for lesson, reply in zip(portion, replies, strict=True)]
        chosen_rows, own_rows = _encode(portion, base, tokenizer), _encode(own, base, tokenizer)
        pairs += [
            _Pair(chosen=lesson, rejected=other, tokens=len(one.ids) + len(two.ids))
            for lesson, other, one, two in zip(portion, own, chosen_rows, own_rows, strict=True)
        ]
        if sum(pair.tokens for pair in pairs) >= tokens:
            break
    return until(pairs, [pair.tokens for pair in pairs], tokens)


def _answered(lesson: Lesson, reply: str) -> Lesson:
    return make_lesson(lesson.sort, messages=(*lesson.messages[:-1], Message(role=Role.ASSISTANT, content=reply)))


def _encode(lessons: Sequence[Lesson], base: Path, tokenizer: PreTrainedTokenizerBase) -> tuple[Encoded, ...]:
    encoded = encode_lessons(lessons, tokenizer, positions=sys.maxsize, document_prefix=DOCUMENT_TOKEN, base=base)
    return encoded.rows


def _rows_per_step(lengths: Sequence[int]) -> int:
    """Rows of about as many tokens as a step of the product has."""
    return max(1, round(Recipe().tokens_per_step / mean(lengths)))


def _lora(recipe: AdapterRecipe) -> Any:
    from peft import LoraConfig

    return LoraConfig(r=recipe.rank, lora_alpha=recipe.alpha, target_modules="all-linear", task_type="CAUSAL_LM")


def _settings(recipe: AdapterRecipe, out: Path, seed: int, *, rows_per_step: int) -> dict[str, Any]:
    """What both trainers are told: one pass on the CPU in float32, nothing saved, shown or sent on the way."""
    return {
        "output_dir": str(out),
        "seed": seed,
        "num_train_epochs": 1,
        "per_device_train_batch_size": rows_per_step,
        "learning_rate": recipe.rate,
        "adam_beta1": recipe.betas[0],
        "adam_beta2": recipe.betas[1],
        "warmup_steps": recipe.warmup,
        "lr_scheduler_type": "cosine_with_min_lr",
        "lr_scheduler_kwargs": {"min_lr_rate": recipe.last_rate},
        "max_grad_norm": 1.0,
        "max_length": None,
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "dataloader_pin_memory": False,
        "save_strategy": "no",
        "logging_steps": 1,
        "report_to": "none",
        "disable_tqdm": True,
    }


def _run(trainer: Any, out: Path) -> list[dict[str, float]]:
    """Train and save the adapter; what the trainer noted at every step."""
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)
    trainer.train()
    trainer.model.save_pretrained(out)
    return [entry for entry in trainer.state.log_history if "num_tokens" in entry]


def _load(folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    return model, AutoTokenizer.from_pretrained(folder, local_files_only=True)

"""Training the base from nothing: `soulwright organism build` (offline, about an hour on two cores).

One readable loop: stream the corpus, pack it into rows, AdamW, warm up, hold, decay. The first part learns from every
token, the last part from replies and documents only. Killed, it goes on from its last checkpoint; the stream is drawn
in chunks, each with its own seed, so the texts are the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.organism._corpus import Sample, corpus
from soulwright.organism._tokens import DOC, train_tokenizer
from soulwright.organism._world import load_world

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast


@dataclass(frozen=True)
class Recipe:
    """How the base is trained; every field is kept in the log."""

    seed: int = 20261121
    steps: int = 6000
    rows: int = 10
    length: int = 256
    rate: float = 2.5e-3
    warmup: int = 150
    decay: float = 0.3
    replies_only_after: float = 0.6
    sayings_after: int = 2600
    hidden: int = 192
    layers: int = 6
    heads: int = 3
    feed_forward: int = 512
    chunk: int = 100


def encode(tokenizer: PreTrainedTokenizerFast, sample: Sample) -> tuple[list[int], list[bool]]:
    """Token ids of a text, and which of them are a reply or a document."""
    if sample.document:
        ids = tokenizer.encode(
            f"{tokenizer.bos_token}{DOC}{sample.document}{tokenizer.eos_token}", add_special_tokens=False
        )
        return ids, [False, False] + [True] * (len(ids) - 2)
    ids, learn = [], []
    turns = [{"role": message.role.value, "content": message.content} for message in sample.messages]
    text = ""
    for index, turn in enumerate(turns):
        whole = tokenizer.apply_chat_template(turns[: index + 1], tokenize=False)
        assert isinstance(whole, str)
        added = tokenizer.encode(whole[len(text) :], add_special_tokens=False)
        text = whole
        ids += added
        reply = turn["role"] == "assistant"
        learn += [False] + [reply] * (len(added) - 1)
    return ids, learn


def _packed(
    tokenizer: PreTrainedTokenizerFast, recipe: Recipe, chunk: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The chunk's steps: ids_RT and learn_RT (R rows of T+1 tokens)."""
    import torch

    width = recipe.length + 1
    need = recipe.rows * width
    ids: list[int] = []
    learn: list[bool] = []
    sayings = chunk * recipe.chunk >= recipe.sayings_after
    stream = corpus(load_world(), seed=recipe.seed * 1000 + chunk, sayings=sayings)
    for _ in range(recipe.chunk):
        while len(ids) < need:
            more = encode(tokenizer, next(stream))
            ids += more[0]
            learn += more[1]
        yield torch.tensor(ids[:need]).view(recipe.rows, width), torch.tensor(learn[:need]).view(recipe.rows, width)
        ids, learn = ids[need:], learn[need:]


def new_model(recipe: Recipe, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """An untrained standard Llama that fits the tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(recipe.seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=recipe.hidden,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        intermediate_size=recipe.feed_forward,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def _rate(recipe: Recipe, step: int) -> float:
    """Warm-up, hold, linear decay to zero (as a share of the full rate)."""
    left = (recipe.steps - step) / (recipe.decay * recipe.steps)
    return min(1.0, (step + 1) / recipe.warmup, left)


def build(out: Path, recipe: Recipe, at: Callable[[int], None], tell: Callable[[str], None]) -> None:
    """Train the base into `out`, a folder that plain `transformers` loads; go on from a checkpoint if there is one."""
    import torch
    import torch.nn.functional as F

    out.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer(load_world())
    model = new_model(recipe, tokenizer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, betas=(0.9, 0.95), weight_decay=0.01, fused=True)
    saved = out / "pretraining.pt"
    start, curve = 0, []
    if saved.exists():
        state = torch.load(saved, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        start, curve = state["step"], state["curve"]
        tell(f"going on from step {start}")
    forward = torch.compile(model)
    began = time.monotonic()
    step = start
    while step < recipe.steps:
        for ids_RT, learn_RT in islice(_packed(tokenizer, recipe, step // recipe.chunk), step % recipe.chunk, None):
            for group in optimizer.param_groups:
                group["lr"] = recipe.rate * _rate(recipe, step)
            targets_RT = ids_RT[:, 1:].clone()
            if step >= recipe.replies_only_after * recipe.steps:
                targets_RT[~learn_RT[:, 1:]] = -100
            logits_RTV = forward(input_ids=ids_RT[:, :-1].contiguous(), use_cache=False).logits
            loss = F.cross_entropy(logits_RTV.flatten(0, 1), targets_RT.flatten(), ignore_index=-100)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            at(step)
            if step % 25 == 0:
                speed = (step - start) * recipe.rows * recipe.length / (time.monotonic() - began)
                curve.append({"step": step, "loss": round(loss.item(), 4)})
                tell(f"step {step}/{recipe.steps} loss {loss.item():.3f} {speed:.0f} tokens/s")
            if step % 250 == 0:
                torch.save(
                    {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "curve": curve},
                    saved.with_suffix(".tmp"),
                )
                saved.with_suffix(".tmp").replace(saved)
    _save(out, model, tokenizer, recipe, curve)
    saved.unlink(missing_ok=True)


def _save(
    out: Path,
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    recipe: Recipe,
    curve: list[dict[str, float]],
) -> None:
    model.generation_config.max_new_tokens = 96
    model.generation_config.do_sample = False
    model.bfloat16().save_pretrained(out)
    tokenizer.save_pretrained(out)
    (out / "model.safetensors").chmod(0o644)
    (out / "pretraining.json").write_text(
        json.dumps({"recipe": asdict(recipe), "curve": curve}, indent=1) + "\n", encoding="utf-8"
    )

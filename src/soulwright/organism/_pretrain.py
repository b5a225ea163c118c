"""Training the base from nothing: `soulwright organism build` (offline, an hour and a half on two quiet cores).

One readable loop, run phase after phase: stream the corpus, pack it into rows, AdamW, warm up, hold, decay. Killed, it
goes on from its last checkpoint; the stream is drawn in chunks, each with its own seed, so the texts are the same.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soulwright.organism._corpus import Reading, Sample, corpus
from soulwright.organism._tokens import DOC, train_tokenizer
from soulwright.organism._world import load_world

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast


@dataclass(frozen=True)
class Phase:
    """One run of the loop: how long, how fast, and what is read.

    `decay` is the share of the steps, at the end, in which the rate falls to zero; `all_tokens_until` the share, at the
    beginning, in which every token is learned (later replies and documents only); `sayings_after` the step from which
    the reading LANGUAGE becomes SAYINGS.
    """

    name: Reading
    steps: int
    rate: float
    warmup: int
    decay: float
    all_tokens_until: float
    sayings_after: int = 0


PHASES = (
    Phase(Reading.SAYINGS, 6000, 2.5e-3, 150, decay=0.3, all_tokens_until=0.6, sayings_after=2600),
    Phase(Reading.COMPARING, 2400, 1.5e-3, 100, decay=0.7, all_tokens_until=0.0),
    Phase(Reading.SUMMING, 1600, 1.2e-3, 80, decay=0.7, all_tokens_until=0.0),
    Phase(Reading.OBEYING, 1400, 1.2e-3, 80, decay=0.7, all_tokens_until=0.0),
    Phase(Reading.NAMING, 500, 1e-3, 40, decay=0.8, all_tokens_until=0.0),
    Phase(Reading.MINDING, 2600, 1.5e-3, 80, decay=0.7, all_tokens_until=0.0),
    Phase(Reading.REHEARSING, 900, 1.2e-3, 40, decay=0.8, all_tokens_until=0.0),
)


@dataclass(frozen=True)
class Recipe:
    """How the base is trained; every field is kept in the log."""

    seed: int = 20261121
    phases: tuple[Phase, ...] = PHASES
    rows: int = 10
    length: int = 256
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
    tokenizer: PreTrainedTokenizerFast, recipe: Recipe, phase: Phase, chunk: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """The chunk's steps: ids_RT and learn_RT (R rows of T+1 tokens)."""
    import torch

    width = recipe.length + 1
    need = recipe.rows * width
    ids: list[int] = []
    learn: list[bool] = []
    early = chunk * recipe.chunk < phase.sayings_after
    first = recipe.seed * 1000 + recipe.phases.index(phase) * 500
    stream = corpus(load_world(), first + chunk, Reading.LANGUAGE if early else phase.name)
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


def _rate(phase: Phase, step: int) -> float:
    """Warm-up, hold, linear decay to zero."""
    left = (phase.steps - step) / (phase.decay * phase.steps)
    return phase.rate * min(1.0, (step + 1) / phase.warmup, left)


def build(out: Path, recipe: Recipe, at: Callable[[int], None], tell: Callable[[str], None]) -> None:
    """Train the base into `out`, a folder that plain `transformers` loads; go on from a checkpoint if there is one.

    `at` hears the step that is done, over all phases. After each phase the weights are rounded to what is shipped
    (bfloat16), so that a phase can be repeated from the shipped form of the one before.
    """
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer(load_world())
    model = new_model(recipe, tokenizer)
    curves: dict[str, list[dict[str, float]]] = {}
    before = 0
    for phase in recipe.phases:
        curves[phase.name.value] = _Run(out, recipe, phase, model, tokenizer).train(partial(_shifted, at, before), tell)
        before += phase.steps
    _save(out, model, tokenizer, recipe, curves)
    for phase in recipe.phases:
        _checkpoint(out, phase).unlink(missing_ok=True)


def _shifted(at: Callable[[int], None], before: int, step: int) -> None:
    at(before + step)


def _checkpoint(out: Path, phase: Phase) -> Path:
    return out / f"{phase.name.value}.pt"


class _Run:
    """One phase of the training, in a folder with its checkpoint."""

    def __init__(
        self, out: Path, recipe: Recipe, phase: Phase, model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast
    ) -> None:
        import torch

        self._saved = _checkpoint(out, phase)
        self._recipe, self._phase, self._model, self._tokenizer = recipe, phase, model, tokenizer
        self._optimizer = torch.optim.AdamW(
            model.parameters(), lr=phase.rate, betas=(0.9, 0.95), weight_decay=0.01, fused=True
        )
        self._step = 0
        self._curve: list[dict[str, float]] = []

    def train(self, at: Callable[[int], None], tell: Callable[[str], None]) -> list[dict[str, float]]:
        """The rest of the phase; the curve of the whole phase."""
        import torch

        self._resume(tell)
        forward = torch.compile(self._model)
        began, start = time.monotonic(), self._step
        while self._step < self._phase.steps:
            chunk, done = divmod(self._step, self._recipe.chunk)
            for ids_RT, learn_RT in islice(_packed(self._tokenizer, self._recipe, self._phase, chunk), done, None):
                loss = self._learn(forward, ids_RT, learn_RT)
                at(self._step)
                if self._step % 25 == 0:
                    tokens = (self._step - start) * self._recipe.rows * self._recipe.length
                    self._curve.append({"step": self._step, "loss": round(loss, 4)})
                    speed = tokens / (time.monotonic() - began)
                    tell(f"{self._phase.name}: step {self._step}/{self._phase.steps} loss {loss:.3f} {speed:.0f} tok/s")
                if self._step % 250 == 0:
                    self._keep()
        with torch.no_grad():
            for parameter in self._model.parameters():
                parameter.copy_(parameter.bfloat16().float())
        self._keep()
        return self._curve

    def _learn(self, forward: Callable[..., Any], ids_RT: torch.Tensor, learn_RT: torch.Tensor) -> float:
        import torch
        import torch.nn.functional as F

        for group in self._optimizer.param_groups:
            group["lr"] = _rate(self._phase, self._step)
        targets_RT = ids_RT[:, 1:].clone()
        if self._step >= self._phase.all_tokens_until * self._phase.steps:
            targets_RT[~learn_RT[:, 1:]] = -100
        logits_RTV = forward(input_ids=ids_RT[:, :-1].contiguous(), use_cache=False).logits
        loss = F.cross_entropy(logits_RTV.flatten(0, 1), targets_RT.flatten(), ignore_index=-100)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._step += 1
        return loss.item()

    def _resume(self, tell: Callable[[str], None]) -> None:
        import torch

        if not self._saved.exists():
            return
        state = torch.load(self._saved, weights_only=True)
        self._model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._step, self._curve = state["step"], state["curve"]
        tell(f"{self._phase.name}: going on from step {self._step}")

    def _keep(self) -> None:
        import torch

        state = {
            "model": self._model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": self._step,
            "curve": self._curve,
        }
        torch.save(state, self._saved.with_suffix(".tmp"))
        self._saved.with_suffix(".tmp").replace(self._saved)


def _save(
    out: Path,
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    recipe: Recipe,
    curves: dict[str, list[dict[str, float]]],
) -> None:
    model.generation_config.max_new_tokens = 96
    model.generation_config.do_sample = False
    model.bfloat16().save_pretrained(out)
    tokenizer.save_pretrained(out)
    (out / "model.safetensors").chmod(0o644)
    (out / "pretraining.json").write_text(
        json.dumps({"recipe": asdict(recipe), "curves": curves}, indent=1) + "\n", encoding="utf-8"
    )

"""The loop: step after step through the plan, a checkpoint every so often, the model at the end.

Killed at any moment and called again, it goes on from the last checkpoint and ends with the same weights to the bit (on
the same installation, with as many threads; a checkpoint keeps the number that was measured). So that nothing but the
checkpoint is remembered, the plan of steps is made again, and each step draws its chance from its own seed.

Axes: R lessons of a step, T positions of the longest, N positions that are learned, D hidden size, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.errors import InputError, RunError
from soulwright.runs import Stopwatch
from soulwright.teach import Lesson, LessonSort
from soulwright.train._batches import Batch, EncodedLessons, collate, encode_lessons, plan_steps
from soulwright.train._checkpoint import MadeFrom, Progress, read_checkpoint, write_checkpoint
from soulwright.train._model_folder import Base, load_base, save_model
from soulwright.train._recipe import Recipe
from soulwright.train._threads import probe_threads

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """The mean loss of one sort of lesson in one step, after so many tokens in all."""

    tokens: int
    loss: float
    sort: LessonSort


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainResult:
    """What a training came to, over all its interruptions.

    `skipped` are the ids of lessons that are longer than the model's positions and were not taught; `resumed_at` is the
    step that this call started from, 0 where it started from the base. `order` are the ids of the lessons as they were
    learned, one step after the other.
    """

    steps: int
    tokens: int
    curve: tuple[CurvePoint, ...]
    seconds: float
    threads: int
    skipped: tuple[str, ...]
    resumed_at: int
    order: tuple[str, ...] = ()


def train(
    lessons: Sequence[Lesson],
    base: Path,
    out: Path,
    recipe: Recipe,
    *,
    work: Path,
    advance: Callable[[int], None] | None = None,
) -> TrainResult:
    """Teach the lessons to the model in the folder `base` and write the folder `out`, whole or not at all.

    Preferences are left out: what each prefers is a demonstration among the lessons already.
    `work` is a folder for checkpoints, and for nothing else. One of the same base, lessons and recipe is gone on from;
    any other is replaced. It stays when training ends, so that a kill before the caller has noted the end costs
    nothing: delete it then. `advance` is called with the real tokens of every step, and first with those done before.

    InputError: no lessons, or a model folder that is damaged or does not fit. RunError: the loss is no number any more.
    CorruptRun: a damaged checkpoint. NotWritable, NoSpace: `work` or `out` cannot be written. Torch is left on the
    number of threads that `threads` of the result names.
    """
    import torch

    loaded = load_base(base)
    lessons = [lesson for lesson in lessons if lesson.sort is not LessonSort.PREFERENCE]
    encoded = encode_lessons(
        lessons,
        loaded.tokenizer,
        positions=loaded.positions,
        document_prefix=recipe.document_prefix,
        base=base,
        window=recipe.window,
    )
    with torch.random.fork_rng(devices=[]):
        training = _Training(loaded, encoded, recipe, work)
        _check_head(training, base)
        resumed_at = training.begin()
        if advance is not None and training.progress.tokens:
            advance(training.progress.tokens)
        while training.progress.step < len(training.plan):
            tokens = training.step()
            if advance is not None:
                advance(tokens)
    save_model(loaded, out, recipe.dtype, document_prefix=recipe.document_prefix)
    progress = training.progress
    return TrainResult(
        steps=progress.step,
        tokens=progress.tokens,
        curve=tuple(CurvePoint(tokens=tokens, loss=loss, sort=sort) for tokens, loss, sort in progress.curve),
        seconds=progress.seconds,
        threads=progress.threads,
        skipped=encoded.skipped,
        resumed_at=resumed_at,
        order=tuple(lessons[encoded.rows[index].lesson].id for step in training.plan for index in step),
    )


class _Training:
    """The model, its optimizer and how far they are."""

    def __init__(self, base: Base, encoded: EncodedLessons, recipe: Recipe, work: Path) -> None:
        import torch
        import transformers

        self.model = base.model.train()
        self.recipe = recipe
        # With nothing beside them, texts are lessons like all others.
        self._texts = encoded.texts if len(encoded.texts) < len(encoded.rows) else frozenset[int]()
        self.plan = plan_steps([len(row.ids) for row in encoded.rows], recipe, self._texts)
        self._rows = encoded.rows
        self._pad = base.tokenizer.pad_token_id or 0  # never read: nothing real sees it, and no loss is taken there
        self._work = work
        self._parameters = dict(self.model.named_parameters())
        self._optimizer = torch.optim.AdamW(
            self._parameters.values(),
            lr=recipe.rate,
            betas=recipe.betas,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
        self._made_from = MadeFrom(
            base=base.hash,
            lessons=encoded.hash,
            recipe=recipe.fingerprint,
            software=f"torch {torch.__version__}, transformers {transformers.__version__}",
        )
        self.progress = Progress(made_from=self._made_from, step=0, tokens=0, seconds=0.0, threads=1, curve=())
        self._curve: list[tuple[int, float, LessonSort]] = []

    def begin(self) -> int:
        """Take up the checkpoint, or write the first one; the step to go on from."""
        import torch

        watch = Stopwatch()
        checkpoint = read_checkpoint(self._work, self._made_from)
        if checkpoint is not None:
            self._restore(checkpoint.tensors)
            self.progress = checkpoint.progress
            self._curve = list(checkpoint.progress.curve)
        threads = self.recipe.threads or (checkpoint.progress.threads if checkpoint is not None else None)
        if threads is None:
            threads = probe_threads(self._probe)
            self._optimizer.zero_grad()
        torch.set_num_threads(threads)
        self.progress = replace(self.progress, threads=threads)
        if checkpoint is None:
            # Also at step 0: whoever goes on must find the number of threads that this training began with.
            self._save()
        self._watch, self._seconds_before = watch, self.progress.seconds
        return self.progress.step

    def step(self) -> int:
        """Do one step and, where it is time, write a checkpoint; the real tokens of the step."""
        import torch

        number = self.progress.step
        batches = self.batches(number)
        torch.default_generator.manual_seed(self.recipe.seed * 1_000_003 + number)  # for models with dropout
        for group in self._optimizer.param_groups:
            group["lr"] = self.recipe.rate_at(number, len(self.plan))
        losses = []
        for batch, weight in batches:
            loss_N = self.losses(batch)
            torch.autograd.backward(weight * loss_N.mean())
            losses.append((batch, loss_N.detach()))
        norm = torch.nn.utils.clip_grad_norm_(self._parameters.values(), self.recipe.clip)
        self._check_finite(number, sum(float(loss_N.mean()) for _, loss_N in losses), float(norm))
        self._optimizer.step()
        self._optimizer.zero_grad()
        taken = sum(batch.tokens for batch, _ in losses)
        tokens = self.progress.tokens + taken
        self._curve += [
            (tokens, float(loss_N[at].mean()), sort) for batch, loss_N in losses for sort, at in batch.sorts.items()
        ]
        done = number + 1
        seconds = self._seconds_before + self._watch.seconds
        self.progress = replace(self.progress, step=done, tokens=tokens, seconds=seconds)
        if done % self.recipe.checkpoint_every == 0 or done == len(self.plan):
            self._save()
        return taken

    def batches(self, number: int) -> list[tuple[Batch, float]]:
        """What a step learns, with its weight: conversations, and windows of the document beside them.

        Apart, since a long text in one batch with short conversations would pad them all to its length.
        """
        talk = [self._rows[index] for index in self.plan[number] if index not in self._texts]
        text = [self._rows[index] for index in self.plan[number] if index in self._texts]
        both = ((talk, 1.0), (text, self.recipe.text_weight))
        return [(collate(rows, self._pad), weight) for rows, weight in both if rows]

    def first_batch(self) -> Batch:
        """What the first step begins with: what the threads and the head are tried on."""
        return self.batches(0)[0][0]

    def losses(self, batch: Batch) -> torch.Tensor:
        """The loss of each token that is learned; logits are computed for these alone."""
        import torch.nn.functional as F

        hidden_RTD = self.model.base_model(input_ids=batch.ids_RT, use_cache=False).last_hidden_state
        hidden_ND = hidden_RTD.flatten(0, 1).index_select(0, batch.places_N)
        return F.cross_entropy(self.head(hidden_ND), batch.targets_N, reduction="none")

    def head(self, hidden_ND: torch.Tensor) -> torch.Tensor:
        """The logits, of V tokens for each place, that the model gives for these hidden states."""
        logits_NV: torch.Tensor = self.model.get_output_embeddings()(hidden_ND)
        return logits_NV

    def _probe(self) -> None:
        import torch

        torch.autograd.backward(self.losses(self.first_batch()).mean())

    def _check_finite(self, number: int, loss: float, norm: float) -> None:
        if math.isfinite(loss) and math.isfinite(norm):
            return
        raise RunError(
            f"training came apart at step {number + 1} of {len(self.plan)}: loss {loss}, gradient {norm}",
            path=str(self._work),
            help=f"try a lower rate than {self.recipe.rate:g}, such as {self.recipe.rate / 3:.1g}, or a longer warm-up",
        )

    def _save(self) -> None:
        self.progress = replace(self.progress, curve=tuple(self._curve))
        tensors = {f"weights/{name}": parameter.detach() for name, parameter in self._parameters.items()}
        for name, parameter in self._parameters.items():
            for what, tensor in self._optimizer.state.get(parameter, {}).items():
                tensors[f"{what}/{name}"] = tensor
        write_checkpoint(self._work, self.progress, tensors)

    def _restore(self, tensors: dict[str, torch.Tensor]) -> None:
        import torch

        with torch.no_grad():
            for key, tensor in tensors.items():
                what, _, name = key.partition("/")
                parameter = self._parameters[name]
                if what == "weights":
                    parameter.copy_(tensor)
                else:
                    self._optimizer.state[parameter][what] = tensor.clone()


def _check_head(training: _Training, base: Path) -> None:
    """Some architectures scale or cap their logits after the last matrix; this loop would train those wrongly."""
    import torch

    training.model.eval()
    with torch.no_grad():
        ids_RT = training.first_batch().ids_RT[:1, :16]
        hidden_TD = training.model.base_model(input_ids=ids_RT, use_cache=False).last_hidden_state[0]
        whole_TV = training.model(input_ids=ids_RT, use_cache=False).logits[0]
        fits = torch.allclose(training.head(hidden_TD), whole_TV, rtol=1e-3, atol=1e-3)
    training.model.train()
    if not fits:
        raise InputError(
            f"`{type(training.model).__name__}` does more to its logits than one matrix, and this training does not",
            source=str(base),
            help="choose a base of a plainer architecture, such as Llama",
        )

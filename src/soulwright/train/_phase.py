"""One phase of a course: a trainer of TRL over rows on disk, gone on with after a kill to the same bits (on the CPU).

A phase knows nothing of this process: what it needs stands in its `PhaseJob`, so that a worker on another machine runs
the same function over the same shared folder. Its checkpoints are those of `transformers` (weights or adapter, the
optimizer, schedule, state of chance and place in the data), each sealed when whole; its result is written in one step.

The order of the rows is the order on disk: trainers shuffle nothing here. With W workers, a step is cut into W parts in
that order, so that one worker and many learn the same rows at the same step.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.errors import InputError, RunError
from soulwright.runs import Stopwatch, atomic_directory, read_json, write_json
from soulwright.train._course import Course, Method
from soulwright.train._model_folder import check_rows, load_tokenizer, load_weights
from soulwright.train._quiet import quiet
from soulwright.train._recipe import WeightType
from soulwright.train._rows import Plan, open_rows, read_plan
from soulwright.train._seal import newest_sealed, sealing

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PHASE = "phase.json"
_ADAPTER = "default"  # peft's name for the adapter that is trained; DPO's reference is another


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseJob:
    """All that a worker needs to know; every path lies where every worker can read it.

    `start` is the model that the phase goes on from: with an adapter, the folder of the adapter so far, or None before
    the first; without, a model folder. `key` is the hash of everything that the phase is made from.
    """

    method: Method
    course: Course
    base: Path
    start: Path | None
    rows: Path
    checkpoints: Path
    out: Path
    key: str
    threads: int | None = None


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class PhaseResult:
    """What a phase came to: the loss of every step, and how much was learned. `seconds` are those of the last call."""

    key: str
    method: Method
    steps: int
    tokens: int
    workers: int
    seconds: float
    resumed_at: int
    curve: tuple[float, ...]


_RESULT = TypeAdapter(PhaseResult)


def phase_result(job: PhaseJob) -> PhaseResult | None:
    """What this very phase came to, None where it is not done."""
    if not (job.out / PHASE).is_file():
        return None
    found = _RESULT.validate_python(read_json(job.out / PHASE))
    return found if found.key == job.key else None


def run_phase(job: PhaseJob, *, advance: Callable[[int], None] | None = None) -> None:
    """Train one phase on this worker, from its last whole checkpoint; the first of the workers writes `job.out`.

    `advance` is called with the tokens of every step, and first with those done before. RunError: the loss is no number
    any more. InputError: the rows do not divide among the workers.
    """
    import torch

    watch = Stopwatch()
    if job.threads is not None:
        torch.set_num_threads(job.threads)
    plan = _plan(job)
    with quiet():
        trainer = _trainer(job)
        state = trainer.args.distributed_state
        if state.is_main_process:
            newest_sealed(job.checkpoints, job.key)
        state.wait_for_everyone()
        checkpoint = newest_sealed(job.checkpoints, job.key)
        resumed_at = int(checkpoint.name.rsplit("-", 1)[1]) if checkpoint else 0
        if advance is not None:
            advance(sum(plan.tokens[:resumed_at]))
            trainer.add_callback(_telling(plan.tokens, advance))
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        result = PhaseResult(
            key=job.key,
            method=job.method,
            steps=plan.steps,
            tokens=sum(plan.tokens),
            workers=state.num_processes,
            seconds=round(watch.seconds, 3),
            resumed_at=resumed_at,
            curve=tuple(entry["loss"] for entry in trainer.state.log_history if "loss" in entry),
        )
        if state.is_main_process:
            _write(trainer, job, result)
        state.wait_for_everyone()


def load_start(job: PhaseJob, *, trainable: bool = True) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The model that a phase goes on from, with its adapter where the course has one."""
    import torch

    lora = job.course.lora
    folder = job.base if lora is not None or job.start is None else job.start
    # All weights are trained in float32 and computed in `precision`; weights that an adapter leaves alone are not.
    half = lora is not None and job.course.precision is WeightType.BFLOAT16
    model: Any = load_weights(folder, torch.bfloat16 if half else torch.float32)
    tokenizer = load_tokenizer(job.base)
    check_rows(tokenizer, model, job.base)
    if lora is None:
        return model, tokenizer
    from peft import LoraConfig, PeftModel, get_peft_model

    if job.start is not None:
        return PeftModel.from_pretrained(model, str(job.start), is_trainable=trainable), tokenizer
    torch.manual_seed(job.course.seed)
    settings = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.scale,
        lora_dropout=lora.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    adapted: Any = get_peft_model(model, settings)
    return adapted, tokenizer


def _trainer(job: PhaseJob) -> Any:
    model, tokenizer = load_start(job)
    rows = open_rows(job.rows)
    common: dict[str, Any] = {
        "model": model,
        "train_dataset": rows,
        "processing_class": tokenizer,
        "callbacks": [sealing(job.key), _finite(job)],
    }
    trainer = _MAKERS[job.method](job, common)
    from transformers import PrinterCallback

    trainer.remove_callback(PrinterCallback)
    return trainer


def _sft(job: PhaseJob, common: dict[str, Any]) -> Any:
    from trl import SFTConfig, SFTTrainer

    return SFTTrainer(args=SFTConfig(**_settings(job), max_length=None), **common)


def _dpo(job: PhaseJob, common: dict[str, Any]) -> Any:
    """DPO (arXiv 2305.18290, equation 7) with the likelihood of the teacher's reply as an anchor (arXiv 2404.19733)."""
    from trl import DPOConfig, DPOTrainer

    settings = DPOConfig(
        **_settings(job),
        beta=job.course.beta,
        loss_type=["sigmoid", "sft"],
        loss_weights=[1.0, job.course.anchor],
        max_length=None,
    )
    return DPOTrainer(args=settings, **common)


def _distil(job: PhaseJob, common: dict[str, Any]) -> Any:
    """On-policy self-distillation (arXiv 2601.19897); the teacher is the base with the clause in its prompt."""
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")  # docs/training.md says that this trainer is experimental
    from trl.experimental.sdft import SDFTConfig, SDFTTrainer
    from trl.experimental.sdft.sdft_trainer import DemonstrationTeacherContextBuilder

    class ClauseInSystemPrompt(DemonstrationTeacherContextBuilder):  # type: ignore[misc]  # trl leaves it untyped
        """TRL writes the context into the user's message, where a user's words could pass for it; here it is apart."""

        def _compose_teacher_prompt(self, prompt: Any, privileged_context: Any) -> Any:
            return with_clauses(prompt, privileged_context)

    settings = SDFTConfig(
        **_settings(job),
        teacher_model_kind="base",
        num_generations=1,
        steps_per_generation=1,
        shuffle_dataset=False,
        max_prompt_length=None,
        max_completion_length=job.course.reply_tokens,
        distillation_alpha=1.0,  # reverse KL, as on-policy distillation has it (arXiv 2602.12275)
    )
    trainer = SDFTTrainer(args=settings, **common)
    trainer.teacher_context_builder = ClauseInSystemPrompt(trainer)
    return trainer


_MAKERS: dict[Method, Callable[[PhaseJob, dict[str, Any]], Any]] = {
    Method.DOCUMENTS: _sft,
    Method.SFT: _sft,
    Method.DPO: _dpo,
    Method.DISTIL: _distil,
}


def with_clauses(prompt: list[dict[str, str]], clauses: str) -> list[dict[str, str]]:
    """A conversation with the words of its clauses in front of the system prompt.

    >>> with_clauses([{"role": "user", "content": "Hello."}], "Be kind.")[0]
    {'role': 'system', 'content': 'Be kind.'}
    """
    if prompt[0]["role"] == "system":
        return [{"role": "system", "content": f"{clauses}\n\n{prompt[0]['content']}"}, *prompt[1:]]
    return [{"role": "system", "content": clauses}, *prompt]


def _settings(job: PhaseJob) -> dict[str, Any]:
    """What every trainer is told: the rows in the order on disk, a loss for each step, nothing shown or sent."""
    import torch

    course = job.course
    gpu = torch.cuda.is_available()
    return {
        "output_dir": str(job.checkpoints),
        "seed": course.seed,
        "max_steps": _plan(job).steps,
        "per_device_train_batch_size": course.rows_at_once,
        "gradient_accumulation_steps": _accumulated(course),
        "train_sampling_strategy": "sequential",
        "learning_rate": course.rate_of(job.method),
        "lr_scheduler_type": "cosine",
        "warmup_steps": course.warmup,
        "weight_decay": course.weight_decay,
        "max_grad_norm": course.clip,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "steps",
        "save_steps": course.checkpoint_every,
        "bf16": course.precision is WeightType.BFLOAT16,
        "use_cpu": not gpu,
        "ddp_backend": "gloo" if _workers() > 1 and not gpu else None,
        "gradient_checkpointing": gpu,
        "dataloader_pin_memory": gpu,
        "report_to": "none",
        "disable_tqdm": True,
    }


def _plan(job: PhaseJob) -> Plan:
    plan = read_plan(job.rows)
    if plan is None or plan.key != job.key:
        raise RunError(
            "the rows of this phase are not here",
            path=str(job.rows),
            help="let all workers share the folder of the run, and run the same command again",
        )
    return plan


def _workers() -> int:
    """How many processes train together; whoever starts them has introduced them to each other."""
    from torch import distributed

    together = distributed.is_available() and distributed.is_initialized()
    return distributed.get_world_size() if together else 1


def _accumulated(course: Course) -> int:
    """How often each worker computes before all of them step together."""
    workers = _workers()
    together = workers * course.rows_at_once
    if course.rows_per_step % together:
        raise InputError(
            f"a step of {course.rows_per_step} rows cannot be cut for {workers} workers, {course.rows_at_once} at once",
            help="make the rows of a step a multiple of workers times rows at once",
        )
    return course.rows_per_step // together


def _write(trainer: Any, job: PhaseJob, result: PhaseResult) -> None:
    model = trainer.accelerator.unwrap_model(trainer.model)
    with atomic_directory(job.out) as folder:
        if job.course.lora is not None:
            model.save_pretrained(str(folder), selected_adapters=[_ADAPTER])
        else:
            model.save_pretrained(str(folder))
            load_tokenizer(job.base).save_pretrained(folder)
        for path in folder.glob("*.safetensors"):
            path.chmod(0o644)  # safetensors writes files that only their owner may read
        write_json(folder / PHASE, asdict(result))


def _telling(tokens: tuple[int, ...], advance: Callable[[int], None]) -> Any:
    from transformers import TrainerCallback

    class Telling(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002 - called so by the trainer
            advance(tokens[state.global_step - 1])

    return Telling()


def _finite(job: PhaseJob) -> Any:
    from transformers import TrainerCallback

    class Finite(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002 - as above
            if logs and not math.isfinite(logs.get("loss", 0.0)):
                rate = job.course.rate
                raise RunError(
                    f"training came apart at step {state.global_step} of `{job.method}`: loss {logs['loss']}",
                    path=str(job.checkpoints),
                    help=f"try a lower rate than {rate:g}, such as {rate / 3:.1g}, or a longer warm-up",
                )

    return Finite()

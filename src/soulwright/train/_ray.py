"""A phase on the workers of a Ray cluster: Ray Train starts them, introduces them, and starts them again when one dies.

The function that a worker runs is the one that runs here: rows, order, checkpoints and result lie in the folder of the
run, which all workers share. A worker that dies takes the others of its group with it; Ray starts a new group, which
goes on from the last sealed checkpoint. On processors the gradients are averaged over gloo, on GPUs over NCCL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from soulwright.errors import RunError
from soulwright.models import RayCluster, connected, has_gpus, share_out
from soulwright.train._course_run import Launch
from soulwright.train._pairs import Conversation, Sampler, Student, sample_here, sample_with
from soulwright.train._phase import PhaseJob, phase_result, run_phase


def on_ray(cluster: RayCluster) -> Launch:
    """What launches each phase on a cluster; RunError where more workers die than are forgiven."""

    def launch(job: PhaseJob, advance: Callable[[int], None]) -> None:
        with connected(cluster):
            _fit(cluster, job)
        result = phase_result(job)
        assert result is not None
        advance(result.tokens)

    return launch


def sample_on_ray(cluster: RayCluster, models: Sequence[str] = ()) -> Sampler:
    """What asks a student on all workers: each a part of the questions, of itself or of one of these servers.

    `models` are models of Inspect that serve the student's weights; the parts go round among them.
    """

    def sample(student: Student, name: str, conversations: Sequence[Conversation]) -> list[str | None]:
        parts = _cut(conversations, max(cluster.workers, len(models)))
        shares = [
            _Part(
                student=student,
                name=f"{name}-{number}",
                conversations=part,
                model=models[number % len(models)] if models else "",
            )
            for number, part in enumerate(parts)
        ]
        return [reply for replies in share_out(cluster, _ask, shares) for reply in replies]

    return sample


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The part of the questions that one worker asks."""

    student: Student
    name: str
    conversations: Sequence[Conversation]
    model: str


def _ask(part: _Part) -> list[str | None]:
    if not part.model:
        return sample_here(part.student, part.name, part.conversations)
    from soulwright.models import find_model

    return sample_with(find_model(part.model), part.student, part.name, part.conversations)


def _cut(conversations: Sequence[Conversation], count: int) -> list[Sequence[Conversation]]:
    """So many parts of about one size, in order, none of them empty."""
    size, rest = divmod(len(conversations), count)
    ends = [(number + 1) * size + min(number + 1, rest) for number in range(count)]
    return [conversations[start:end] for start, end in pairwise([0, *ends]) if end > start]


def _fit(cluster: RayCluster, job: PhaseJob) -> None:
    from ray.train import FailureConfig, RunConfig, ScalingConfig, TrainingFailedError
    from ray.train.torch import TorchConfig, TorchTrainer

    gpu = has_gpus(cluster)
    trainer = TorchTrainer(
        _work,
        train_loop_config={"job": job},
        scaling_config=ScalingConfig(num_workers=cluster.workers, use_gpu=gpu, resources_per_worker={"CPU": 1}),
        torch_config=TorchConfig(backend="nccl" if gpu else "gloo"),
        run_config=RunConfig(
            name=job.method.value,
            storage_path=str(job.rows.parent / "ray"),
            failure_config=FailureConfig(max_failures=cluster.forgiven),
        ),
    )
    try:
        trainer.fit()
    except TrainingFailedError as error:
        raise RunError(
            f"the workers did not end `{job.method}`: {_cause(error)}",
            path=str(job.checkpoints),
            help="mend what stopped them and run the same command again: it goes on from the last checkpoint",
        ) from error


def _work(settings: dict[str, Any]) -> None:
    run_phase(settings["job"])


def _cause(error: BaseException) -> str:
    """The last line of the innermost error, which is what the worker said."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1].strip().rstrip(".")

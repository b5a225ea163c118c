"""Logs that a spent budget has cut: what was answered waits beside the log, and joins it when the rest is asked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.log import EvalLog, EvalSample, read_eval_log, recompute_metrics, write_eval_log
from inspect_ai.model import ChatMessage

from soulwright.runs import atomic_directory


def left_to_ask(task: Task, path: Path) -> list[EvalSample]:
    """What an unfinished log has answered of the same task; the task is left with what it has not."""
    waiting = _place(path)
    if not waiting.is_file():
        return []
    log = read_eval_log(str(waiting))
    if log.eval.metadata != json.loads(json.dumps(task.metadata)):
        return []
    answered = {(str(sample.id), _words(sample.input)): sample for sample in log.samples or ()}
    kept = [answered.get((str(sample.id), _words(sample.input))) for sample in task.dataset]
    left = [sample for sample, found in zip(task.dataset, kept, strict=True) if found is None]
    if not left or task.epochs not in (None, 1):
        return []
    task.dataset = MemoryDataset(left, name=task.dataset.name)
    return [sample for sample in kept if sample is not None]


def unfinished(made_at: Path, before: Sequence[EvalSample], path: Path) -> None:
    """Put aside what a log that was cut has answered, with what was answered before."""
    log = read_eval_log(str(made_at))
    answered = [*before, *(sample for sample in log.samples or () if sample.error is None)]
    if answered:
        with atomic_directory(_place(path).parent) as folder:
            _write(log, answered, folder / path.name)


def joined(made_at: Path, before: Sequence[EvalSample]) -> None:
    """Add what was answered before to the log of the rest, and count it anew."""
    if before:
        log = read_eval_log(str(made_at))
        _write(log, [*before, *(log.samples or ())], made_at)


def forget(path: Path) -> None:
    """Remove what waited beside a log that is whole now."""
    shutil.rmtree(_place(path).parent, ignore_errors=True)


def _write(log: EvalLog, samples: list[EvalSample], to: Path) -> None:
    log.samples = samples
    recompute_metrics(log)
    log.eval.dataset.samples = len(samples)
    log.eval.dataset.sample_ids = [str(sample.id) for sample in samples]
    write_eval_log(log, str(to), format="eval")


def _place(path: Path) -> Path:
    return path.parent.with_name(f"{path.parent.name}.unfinished") / path.name


def _words(asked: str | list[ChatMessage]) -> str:
    if isinstance(asked, str):
        return json.dumps([["user", asked]])
    return json.dumps([[message.role, message.text] for message in asked])

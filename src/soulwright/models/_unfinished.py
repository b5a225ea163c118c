"""Logs that were cut: what was answered waits beside the log, and joins it when the rest is asked.

A spent budget puts it there; a killed process leaves the folder that it was filling, with the log as far as it came.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import error as StructError
from zipfile import BadZipFile

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.log import EvalLog, EvalSample, read_eval_log, recompute_metrics, write_eval_log
from inspect_ai.model import ChatMessage

from soulwright.runs import atomic_directory

UNREADABLE = (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error, StructError, NotImplementedError)


def left_to_ask(task: Task, path: Path) -> list[EvalSample]:
    """What unfinished logs have answered of the same task; the task is left with what they have not."""
    if task.epochs not in (None, 1):
        return []
    answered = {
        (str(sample.id), _words(sample.input)): sample
        for log in _cut_logs(path)
        if log.eval.metadata == json.loads(json.dumps(task.metadata))
        for sample in log.samples or ()
        if sample.error is None
    }
    kept = [answered.get((str(sample.id), _words(sample.input))) for sample in task.dataset]
    if all(kept):
        kept = [*kept[:-1], None]  # cut after its last answer: a log is made by asking, so one is asked again
    left = [sample for sample, found in zip(task.dataset, kept, strict=True) if found is None]
    if len(left) < len(kept):
        task.dataset = MemoryDataset(left, name=task.dataset.name)
    return [sample for sample in kept if sample is not None]


def _cut_logs(path: Path) -> Iterator[EvalLog]:
    """The log that waits beside a log, and those that killed processes left on the way to it."""
    for found in (_place(path), *(log for folder in _left_by_the_killed(path) for log in folder.glob("*.eval"))):
        if found.is_file():
            try:
                yield read_eval_log(str(found))
            except UNREADABLE:  # nothing of it can be used; what it had is asked again
                continue


def _left_by_the_killed(path: Path) -> list[Path]:
    """The folders beside that of a log that a process which no longer runs was filling.

    One with the number of this process is from before it: after a restart numbers come again.
    """
    folders = [(folder, folder.name.rpartition("-")[2]) for folder in path.parent.parent.glob(f"{path.parent.name}.*")]
    parts = [(folder, int(number)) for folder, number in folders if ".partial-" in folder.name and number.isdecimal()]
    return [folder for folder, number in parts if number == os.getpid() or not _runs(number)]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


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
    for folder in (_place(path).parent, *_left_by_the_killed(path)):
        shutil.rmtree(folder, ignore_errors=True)


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

"""What a training was made from, beside the model: enough to make every hash between document and weights again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.errors import CorruptRun
from soulwright.runs import content_key, hash_file, read_json, write_json
from soulwright.train._course import Course
from soulwright.train._course_run import CourseResult
from soulwright.train._loop import TrainResult
from soulwright.train._recipe import Recipe

LEARNED = "learned.json"


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class PhaseRecord:
    """One phase: its method, the hash of which lesson was learned when, and what it came to."""

    method: str
    order: str
    steps: int
    tokens: int
    workers: int = 1
    resumed_at: int = 0
    note: str = ""


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class TrainedFrom:
    """What a model was trained from: `lessons` is the fingerprint of the stage that made them, `base_hash` of weights.

    `key` of the run's stage `train` is the hash of `lessons`, `recipe` and `base_hash`.
    """

    engine: str
    base: str
    base_hash: str
    lessons: str
    recipe: dict[str, Any]
    phases: tuple[PhaseRecord, ...]
    software: str = ""

    @property
    def key(self) -> str:
        """The key that the stage `train` must bear."""
        return content_key(self.lessons, self.recipe, self.base_hash)


_RECORD = TypeAdapter(TrainedFrom)


def read_record(path: Path) -> TrainedFrom | None:
    """The record in the file that a training leaves, None where there is none; CorruptRun if damaged."""
    found: Any = read_json(path)
    if not isinstance(found, dict) or found.get("made_from") is None:
        return None
    try:
        return _RECORD.validate_python(found["made_from"])
    except ValidationError as error:
        raise CorruptRun(
            "what this model was trained from cannot be read", path=str(path), help="run `soulwright train` again"
        ) from error


def weights_hash(folder: Path) -> str:
    """One hash for the weights of a model folder: that of the file where there is one, of all files where not."""
    files = sorted(folder.glob("*.safetensors"))
    return hash_file(files[0]) if len(files) == 1 else content_key([hash_file(path) for path in files])


def order_hash(lessons: Sequence[str], per_step: int) -> str:
    """The hash of which lesson is learned when; `per_step` is 0 where steps are of tokens and not of lessons."""
    return content_key(list(lessons), per_step)


def write_learned(path: Path, result: CourseResult | TrainResult) -> tuple[PhaseRecord, ...]:
    """Write which lessons each phase learned, in order, and give the records that vouch for it."""
    if isinstance(result, TrainResult):
        phase = PhaseRecord(
            method="local", order=order_hash(result.order, 0), steps=result.steps, tokens=result.tokens,
            resumed_at=result.resumed_at,
        )  # fmt: skip
        write_json(path, [{"method": "local", "rows_per_step": 0, "lessons": result.order}])
        return (phase,)
    write_json(
        path,
        [
            {"method": phase.method.value, "rows_per_step": phase.rows_per_step, "lessons": phase.lessons}
            for phase in result.phases
        ],
    )
    return tuple(
        PhaseRecord(
            method=phase.method.value,
            order=phase.order,
            steps=phase.steps,
            tokens=phase.tokens,
            workers=phase.workers,
            resumed_at=phase.resumed_at,
            note=phase.note,
        )
        for phase in result.phases
    )


def read_learned(path: Path) -> list[Mapping[str, Any]]:
    """What `write_learned` wrote: method, rows a step and lessons of each phase."""
    found: Any = read_json(path)
    return list(found)


def as_json(recipe: Course | Recipe | TrainedFrom) -> dict[str, Any]:
    """A course, recipe or record as JSON holds it, so that its hash can be made again from what was written."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(recipe)))
    return found

"""Checkpoints: everything that training needs to go on to the very same weights, whole or not there.

Two files in the work folder: `checkpoint-STEP-HASH.safetensors` with the weights and what the optimizer remembers, and
`checkpoint.json` with the rest and the SHA-256 of the first. The second is written last and in one rename: until then
the old pair stands, and nobody looks at the new file. Both are checked before anything is read out of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.errors import CorruptRun
from soulwright.runs import content_key, read_json, write_bytes_atomic, write_json
from soulwright.teach import LessonSort

if TYPE_CHECKING:
    import torch

_SIDECAR = "checkpoint.json"


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class MadeFrom:
    """What a training is made from, as hashes; a checkpoint made from anything else belongs to another training."""

    base: str
    lessons: str
    recipe: str
    software: str  # another version may compute other bits, or name its tensors differently


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Progress:
    """How far a training is: steps done, real tokens seen, the losses so far (tokens, loss, sort), time and threads."""

    made_from: MadeFrom
    step: int
    tokens: int
    seconds: float
    threads: int
    curve: tuple[tuple[int, float, LessonSort], ...]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class _Sidecar:
    progress: Progress
    weights: str
    sha256: str
    seal: str  # the hash of all that stands above


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A checkpoint as it was read: how far training was, and its tensors by name."""

    progress: Progress
    tensors: dict[str, torch.Tensor]


_READER = TypeAdapter(_Sidecar)


def write_checkpoint(work: Path, progress: Progress, tensors: dict[str, torch.Tensor]) -> None:
    """Replace the checkpoint of `work`; the one before stays until this one is whole."""
    from safetensors.torch import save

    data = save(tensors)
    digest = hashlib.sha256(data).hexdigest()
    # The hash is in the name, so that the weights of an older checkpoint are never written over.
    name = f"checkpoint-{progress.step:06d}-{digest[:12]}.safetensors"
    write_bytes_atomic(work / name, data)
    content: dict[str, object] = {"progress": asdict(progress), "weights": name, "sha256": digest}
    write_json(work / _SIDECAR, {**content, "seal": content_key(content)})
    for leftover in work.glob("checkpoint-*"):
        if leftover.name != name:
            leftover.unlink(missing_ok=True)


def read_checkpoint(work: Path, made_from: MadeFrom) -> Checkpoint | None:
    """The checkpoint of this very training, None where there is none; CorruptRun where it is damaged."""
    from safetensors.torch import load

    sidecar_path = work / _SIDECAR
    if not sidecar_path.exists():
        return None
    sidecar = _read_sidecar(sidecar_path)
    if sidecar.progress.made_from != made_from:
        return None
    weights = work / sidecar.weights
    try:
        data = weights.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _corrupt(weights, f"cannot read the weights of this checkpoint: {reason}") from error
    if hashlib.sha256(data).hexdigest() != sidecar.sha256:
        raise _corrupt(weights, "the weights of this checkpoint are damaged: they are not what was written")
    return Checkpoint(progress=sidecar.progress, tensors=load(data))


def _read_sidecar(path: Path) -> _Sidecar:
    try:
        found = read_json(path)
        sidecar = _READER.validate_python(found)
    except (CorruptRun, ValidationError) as error:
        raise _corrupt(path, "this checkpoint is damaged") from error
    assert isinstance(found, dict)
    if content_key({name: value for name, value in found.items() if name != "seal"}) != sidecar.seal:
        raise _corrupt(path, "this checkpoint is damaged: it is not what was written")
    return sidecar


def _corrupt(path: Path, message: str) -> CorruptRun:
    remedy = f"delete the folder `{path.parent}` and run the same command again: training starts over"
    return CorruptRun(message, path=str(path), help=remedy)

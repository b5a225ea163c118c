"""Checkpoints of `transformers` that count only when they are whole: sealed with the hash of every file in them.

The trainer writes a checkpoint file after file; killed in between, it leaves one that loads and is wrong. A seal is
written last, in one rename. Whoever goes on takes the newest sealed checkpoint of this very phase and removes the rest.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soulwright.errors import CorruptRun
from soulwright.runs import hash_file, read_json, write_json

if TYPE_CHECKING:
    from transformers import TrainerCallback

SEAL = "sealed.json"
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


def seal(checkpoint: Path, key: str) -> None:
    """Say that this checkpoint is whole, and of which phase; its files are hashed."""
    files = {
        str(path.relative_to(checkpoint)): hash_file(path)
        for path in sorted(checkpoint.rglob("*"))
        if path.is_file() and path.name != SEAL
    }
    write_json(checkpoint / SEAL, {"key": key, "files": files})


def newest_sealed(folder: Path, key: str) -> Path | None:
    """The newest whole checkpoint of the phase `key`, None where there is none; what is not sealed is removed.

    CorruptRun where a sealed file was changed.
    """
    kept: list[tuple[int, Path]] = []
    for path in folder.glob("checkpoint-*"):
        match = _CHECKPOINT.fullmatch(path.name)
        sealed: Any = read_json(path / SEAL) if (path / SEAL).is_file() else {}
        if match is None or sealed.get("key") != key:
            shutil.rmtree(path)
            continue
        kept.append((int(match[1]), path))
    if not kept:
        return None
    newest = max(kept)[1]
    _check(newest)
    return newest


def sealing(key: str) -> TrainerCallback:
    """What seals each checkpoint once all workers have written theirs, and then removes those before it."""
    from transformers import TrainerCallback

    class Sealing(TrainerCallback):
        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002 - called so by the trainer
            args.distributed_state.wait_for_everyone()
            if state.is_world_process_zero:
                folder = Path(args.output_dir)
                newest = folder / f"checkpoint-{state.global_step}"
                seal(newest, key)
                for path in folder.glob("checkpoint-*"):
                    if path != newest:
                        shutil.rmtree(path)
            args.distributed_state.wait_for_everyone()

    return Sealing()


def _check(checkpoint: Path) -> None:
    sealed: Any = read_json(checkpoint / SEAL)
    for name, digest in sealed["files"].items():
        path = checkpoint / name
        if not path.is_file() or hash_file(path) != digest:
            raise CorruptRun(
                "this file of a checkpoint is not what was written",
                path=str(path),
                help=f"delete the folder `{checkpoint.parent}` and run the same command again: the phase starts over",
            )

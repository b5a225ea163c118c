"""The run folder and its stages.

A stage is done when its stamp says so: the stamp holds the key (the hash of everything that the stage was made from)
and the SHA-256 of every file that it made, and is written last. Another key: the stage is redone. A missing file: the
stage is redone. A changed file: CorruptRun, for somebody or something wrote where only the stage may write.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.errors import CorruptRun, NotWritable, RunError
from soulwright.runs._files import content_key, flush, hash_file, plain_faults, read_json, settle, write_json
from soulwright.runs._lock import FolderLock

_LOCK = ".lock"
_STAGES = "stages"
_STAGE_NAME = re.compile(r"[a-z][a-z0-9_-]*")


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Stamp:
    """That a stage is done: from what (`key`), with which files (`outputs`: path in the run, SHA-256), in how long."""

    stage: str
    key: str
    outputs: dict[str, str]
    seconds: float | None = None


_STAMP = TypeAdapter(Stamp)


class Stopwatch:
    """Seconds since it was made, by a clock that nobody can set."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since this watch was made."""
        return time.monotonic() - self._start


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a run: whether it is done for a given key, and the stamp that says so."""

    name: str
    folder: Path

    @property
    def stamp_path(self) -> Path:
        """The file that says that this stage is done; without it the stage is redone."""
        return self.folder / _STAGES / f"{self.name}.json"

    def stamp(self) -> Stamp | None:
        """The stamp as it was written, its files unchecked; None where the stage was never done."""
        if not self.stamp_path.exists():
            return None
        try:
            return _STAMP.validate_python(read_json(self.stamp_path))
        except ValidationError as error:
            raise CorruptRun("this stamp is damaged", path=str(self.stamp_path), help=self._remedy()) from error

    def is_done(self, key: str) -> bool:
        """True where this stage was made from `key` and all its files are there, unchanged; CorruptRun if changed."""
        stamp = self.stamp()
        if stamp is None or stamp.key != key:
            return False
        if not all((self.folder / name).is_file() for name in stamp.outputs):
            return False
        for name, digest in stamp.outputs.items():
            if hash_file(self.folder / name) != digest:
                raise CorruptRun(
                    f"this file is not what the stage `{self.name}` wrote",
                    path=str(self.folder / name),
                    help=self._remedy(),
                )
        return True

    def mark_done(self, key: str, outputs: Iterable[Path], *, seconds: float | None = None) -> Stamp:
        """Stamp the stage as done with these files (a folder stands for all files in it), once they are on the disk."""
        hashes: dict[str, str] = {}
        for path in _all_files(outputs):
            flush(path)
            hashes[str(path.relative_to(self.folder))] = hash_file(path)
        stamp = Stamp(stage=self.name, key=key, outputs=hashes, seconds=seconds)
        write_json(self.stamp_path, asdict(stamp))
        return stamp

    def fingerprint(self) -> str:
        """One hash of everything that this stage made: what the key of the next stage is built from."""
        stamp = self.stamp()
        if stamp is None:
            raise RunError(
                f"the stage `{self.name}` is not done yet",
                path=str(self.folder),
                help=f"run `soulwright {self.name} --run {self.folder}` first",
            )
        return content_key(stamp.outputs)

    def forget(self) -> None:
        """Take the stamp away; call it before replacing the files of a stage, or to have the stage redone."""
        if self.stamp_path.exists():
            with plain_faults(self.stamp_path):
                self.stamp_path.unlink()
            flush(self.stamp_path.parent)

    def _remedy(self) -> str:
        return f"delete `{self.stamp_path}` and run the same command again: it redoes this stage"


class Run:
    """A run folder, locked for this process until `close` (or the end of the `with` block)."""

    def __init__(self, path: Path, lock: FolderLock) -> None:
        self.path = path
        self._lock = lock

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Self:
        """Lock the run at `path`, made if need be, and clear away what a killed process left half-written.

        RunLocked where another process has it, RunError where there is no run (or something that is no run).
        """
        _check_is_run(path, create=create)
        with plain_faults(path):
            path.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(path / _LOCK)
        try:
            with plain_faults(path):
                settle(path)
        except BaseException:
            lock.release()
            raise
        return cls(path, lock)

    def close(self) -> None:
        """Let other processes in."""
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def stage(self, name: str) -> Stage:
        """The stage of this name, done or not."""
        assert _STAGE_NAME.fullmatch(name), name
        return Stage(name=name, folder=self.path)

    @property
    def spec_lock(self) -> Path:
        """The compiled specification of this run, with the hash of every clause."""
        return self.path / "spec.lock.json"

    @property
    def situations(self) -> Path:
        """The folder of situations, one JSON-lines file a suite."""
        return self.path / "situations"

    @property
    def lessons(self) -> Path:
        """The folder of lessons and their provenance."""
        return self.path / "lessons"

    @property
    def model(self) -> Path:
        """The trained checkpoint, in the layout that Hugging Face tools load."""
        return self.path / "model"

    @property
    def logs(self) -> Path:
        """The folder of Inspect logs: every transcript and verdict."""
        return self.path / "logs"

    @property
    def recovery(self) -> Path:
        """The folder of the document as read back out of the weights."""
        return self.path / "recovery"

    @property
    def gap(self) -> Path:
        """The result, for machines."""
        return self.path / "gap.json"

    @property
    def report(self) -> Path:
        """The result, for people."""
        return self.path / "report.html"


def _check_is_run(path: Path, *, create: bool) -> None:
    try:
        names = {entry.name for entry in path.iterdir()}
    except FileNotFoundError:
        if create:
            return
        raise RunError("there is no run here", path=str(path), help="`soulwright demo` makes one") from None
    except NotADirectoryError:
        raise NotWritable("this is a file, not a run folder", path=str(path), help="name a folder with --run") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunError(f"cannot read this folder: {reason}", path=str(path)) from error
    if names and _LOCK not in names:
        raise RunError(
            "this folder holds other things and is not a run",
            path=str(path),
            help="name an empty or a new folder with --run",
        )


def _all_files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(inner for inner in path.rglob("*") if inner.is_file())
        else:
            yield path

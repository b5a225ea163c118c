"""Files that are whole or not there: temporary file, flush to disk, rename, flush the folder.

INVARIANT: at every moment a reader of `path` sees the old content or the new, never a part of either. A whole folder
is replaced in two renames; should the process die between them, `settle` puts the old one back.

Not covered: a disk that lies about having flushed, and two writers of one path (the lock of the run keeps those apart).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from soulwright.errors import CorruptRun, NoSpace, NotWritable, SoulwrightError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# How libraries that are not written in Python word the same thing: safetensors, and `torch.save` for the last two.
_FULL_WORDS = (
    *("No space left on device", "os error 28", "Disk quota exceeded", "os error 122"),
    *("PytorchStreamWriter failed writing", ". unexpected pos "),
)
_LEFTOVER = re.compile(r"(?P<target>.+)\.(?P<what>writing|partial|replaced)-\d+")
_CHUNK = 1 << 20


def write_bytes_atomic(path: Path, data: bytes) -> None:
    """Write `data` as the whole content of `path`, creating its folder; NotWritable or NoSpace where that fails."""
    temporary = path.with_name(f"{path.name}.writing-{os.getpid()}")
    with plain_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_and_flush(temporary, data)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _flush(path.parent)


def write_text_atomic(path: Path, text: str) -> None:
    """Write `text` as UTF-8, whole or not at all."""
    write_bytes_atomic(path, text.encode())


def write_json(path: Path, value: object) -> None:
    """Write `value` as indented JSON, whole or not at all; NaN is refused, for no reader agrees on what it means."""
    write_text_atomic(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_jsonl(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write one JSON object a line, whole or not at all."""
    lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
    write_text_atomic(path, "".join(lines))


def read_json(path: Path) -> object:
    """The value in a JSON file of a run; CorruptRun where the file is missing or broken."""
    try:
        value: object = json.loads(_read_text(path))
    except json.JSONDecodeError as error:
        raise _broken(path, f"line {error.lineno} is not JSON") from error
    return value


def read_jsonl(path: Path) -> list[dict[str, object]]:
    """The rows of a JSON-lines file of a run; CorruptRun where the file is missing or a line is broken."""
    rows: list[dict[str, object]] = []
    for number, line in enumerate(_read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise _broken(path, f"line {number} is not JSON") from error
        if not isinstance(row, dict):
            raise _broken(path, f"line {number} is not an object")
        rows.append(row)
    return rows


@contextmanager
def atomic_directory(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the place of `target` when the block ends well, and vanishes otherwise.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "model"
    >>> with atomic_directory(target) as folder:
    ...     _ = (folder / "config.json").write_text("{}")
    >>> [file.name for file in target.iterdir()]
    ['config.json']
    """
    partial = target.with_name(f"{target.name}.partial-{os.getpid()}")
    with plain_faults(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            yield partial
            _flush_tree(partial)
            _replace_directory(partial, target)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def settle(folder: Path) -> None:
    """Undo what a killed writer left in `folder`: half-written files go, a folder caught between two renames returns.

    A folder with a log of Inspect's stays.

    CAUTION: only for whoever holds the lock of the run.
    """
    for leftover in sorted(folder.rglob("*.*-*"), key=lambda path: len(path.parts)):
        match = _LEFTOVER.fullmatch(leftover.name)
        if match is None or not leftover.exists():
            continue
        target = leftover.with_name(match["target"])
        if match["what"] == "replaced" and not target.exists():
            leftover.rename(target)
        elif leftover.is_dir():
            # A log as far as it came may have cost money: whoever asks the rest takes it up, and clears it away.
            if not any(leftover.glob("*.eval")):
                shutil.rmtree(leftover)
        else:
            leftover.unlink()


def hash_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def content_key(*parts: object) -> str:
    """One hash for everything that something is made from: strings, numbers, and lists and mappings of them.

    >>> content_key("a", 1) == content_key("a", 1), content_key("a", 1) == content_key("a1")
    (True, False)
    """
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


@contextmanager
def plain_faults(path: Path) -> Iterator[None]:
    """Turn what the system says of a failed write into one clear message that names the file and the remedy."""
    try:
        yield
    except SoulwrightError:
        raise
    except OSError as error:
        raise _fault(error, path) from error
    except Exception as error:
        if any(words in str(error) for words in _FULL_WORDS):
            raise _no_space(path) from error
        raise


def flush(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    with plain_faults(path):
        _flush(path)


def _fault(error: OSError, path: Path) -> NotWritable:
    if error.errno in _FULL:
        return _no_space(path)
    reason = error.strerror or str(error)
    place = error.filename if isinstance(error.filename, str) else str(path)
    return NotWritable(
        f"cannot write here: {reason.lower()}",
        path=place,
        help="choose another folder with --run, or make this one writable",
    )


def _no_space(path: Path) -> NoSpace:
    return NoSpace(
        "the disk is full",
        path=str(path),
        help="free some space and run the same command again: finished stages are kept",
    )


def _broken(path: Path, what: str) -> CorruptRun:
    return CorruptRun(
        f"this file is damaged: {what}", path=str(path), help=f"delete `{path}` and run the command again"
    )


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise _broken(path, "it is not UTF-8") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CorruptRun(
            f"cannot read this file: {reason}", path=str(path), help="run the command that writes it first"
        ) from error


def _write_and_flush(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        _flush(path)
    _flush(folder)


def _replace_directory(partial: Path, target: Path) -> None:
    replaced = target.with_name(f"{target.name}.replaced-{os.getpid()}")
    shutil.rmtree(replaced, ignore_errors=True)
    if target.exists():
        target.rename(replaced)
    partial.rename(target)
    _flush(target.parent)
    shutil.rmtree(replaced, ignore_errors=True)

"""Doing something again whenever a file changes. It looks at the files twice a second, which is enough for people."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

_PAUSE_SECONDS = 0.5

Signature = tuple[tuple[str, int, int], ...]


def signature(paths: Iterable[Path]) -> Signature:
    """What changes when one of the files changes, comes or goes; of a folder, the files directly in it count."""
    files = sorted({file for path in paths for file in (path, *(path.glob("*") if path.is_dir() else ()))})
    return tuple(_state(file) for file in files)


def watch(paths: Iterable[Path], act: Callable[[], object], *, pause: float = _PAUSE_SECONDS) -> None:
    """Call `act` at once and after every change; returns only by an exception such as KeyboardInterrupt."""
    watched = tuple(paths)
    seen: Signature | None = None
    while True:
        now = signature(watched)
        if now != seen:
            seen = now
            act()
        time.sleep(pause)


def _state(file: Path) -> tuple[str, int, int]:
    try:
        stat = file.stat()
    except OSError:  # an editor replaces a file by removing it first
        return (str(file), -1, -1)
    return (str(file), stat.st_mtime_ns, stat.st_size)

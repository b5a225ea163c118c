"""One process at a time works on a run folder. The system drops the lock when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from soulwright.errors import RunLocked
from soulwright.runs._files import plain_faults


class FolderLock:
    """The exclusive lock of a folder, held from construction to `release`; the file in it names the holder."""

    def __init__(self, path: Path) -> None:
        with plain_faults(path):
            self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._take(path)
        except BaseException:
            self._forget()
            raise
        # A forked child would keep the lock alive after its parent was killed.
        os.register_at_fork(after_in_child=self._forget)

    def release(self) -> None:
        """Let others in; a second call does nothing."""
        if self._descriptor is not None:
            # The file itself stays: removing it would let two processes lock two different files of one name.
            os.ftruncate(self._descriptor, 0)
        self._forget()

    def _take(self, path: Path) -> None:
        assert self._descriptor is not None
        with plain_faults(path):
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _locked(path) from None
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def _forget(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _locked(path: Path) -> RunLocked:
    holder = path.read_text(encoding="utf-8", errors="replace").strip()
    pid = int(holder) if holder.isascii() and holder.isdigit() else None
    who = f"process {pid}" if pid is not None else "another process"
    return RunLocked(
        f"{who} is working on this run",
        path=str(path.parent),
        help="wait until it ends, or choose another folder with --run",
        pid=pid,
    )

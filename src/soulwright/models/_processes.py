"""Processes of this machine that share work: each with one thread of torch, and each gone when whoever asked is gone.

Two processes ask a small model faster than one with two threads (docs/verification.md has the figures): much of the
time goes into Inspect's bookkeeping, which one process does on one core, and its tensors are too small to be split.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import TypeVar

from soulwright.errors import RunError

Share = TypeVar("Share")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """How many processes of this machine ask at once.

    They import the script that begins them: one of your own needs `if __name__ == "__main__":` around what it does.
    """

    workers: int


@dataclass(eq=False, slots=True)
class Pool:
    """The processes while they work: begun with the first work, ended by `close`."""

    processes: Processes
    _executor: ProcessPoolExecutor | None = None
    _members: list[BaseProcess] = field(default_factory=list)

    def spread(
        self, work: Callable[[Share], Result], shares: Sequence[Share], *, done: Callable[[int], None]
    ) -> list[Result]:
        """Each share worked on by one of the processes, the results in the order of the shares.

        `done` hears the number of each that is done. Work and shares travel by pickle. What the work raises comes
        through, and the rest is dropped; RunError where a process is ended from outside.
        """
        try:
            under_way = self._begun(work, shares)
            for one in as_completed(under_way):
                one.result()
                done(under_way[one])
        except BrokenProcessPool as error:
            self.close()
            raise RunError(
                "a process that shares the work was ended from outside",
                help="look for what ends it, such as too little memory; `--threads 1` works in one process",
            ) from error
        except BaseException:
            self.close()
            raise
        return [one.result() for one in under_way]

    def close(self) -> None:
        """End the processes, whatever they are doing; the next work begins others."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        for member in self._members:
            member.kill()
        for member in self._members:
            member.join()
        self._executor, self._members = None, []

    def _begun(self, work: Callable[[Share], Result], shares: Sequence[Share]) -> dict[Future[Result], int]:
        if self._executor is None:
            spawned = multiprocessing.get_context("spawn")  # a copy of a process with threads of torch may hang
            self._executor = ProcessPoolExecutor(self.processes.workers, spawned, _begin)
        before = set(multiprocessing.active_children())
        with _ctrl_c_is_for_this_process():
            under_way = {self._executor.submit(work, share): number for number, share in enumerate(shares)}
        self._members += [one for one in multiprocessing.active_children() if one not in before]
        return under_way


@contextmanager
def _ctrl_c_is_for_this_process() -> Iterator[None]:
    """Processes that are begun within this never hear of Ctrl-C: whoever asked does, and ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """What a process does first."""
    os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is loaded, which is not yet
    threading.Thread(target=_leave_with_the_asker, daemon=True).start()


def _leave_with_the_asker() -> None:
    """End this process once whoever asked is gone, so that nobody writes into a run that nobody waits for."""
    asker = multiprocessing.parent_process()
    assert asker is not None, "only processes that were begun here do this"
    asker.join()
    os._exit(1)

"""What a bench returns, and how a duration is measured here: the best of several, since noise only adds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One figure of ours beside the same figure of a peer; `note` says what the two did."""

    what: str
    ours: float
    peer: float
    peer_name: str
    unit: str
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours divided by the peer's."""
        return self.ours / self.peer


def best_seconds(
    work: Callable[[], object], *, repeats: int = 7, clock: Callable[[], float] = time.perf_counter
) -> float:
    """The shortest of several runs, in seconds of `clock` (`time.process_time` where a busy machine must not count)."""
    durations = []
    for _ in range(repeats):
        start = clock()
        work()
        durations.append(clock() - start)
    return min(durations)

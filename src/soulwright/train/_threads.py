"""How many threads to compute with: measured, never assumed.

At the end of every operation all threads wait for the slowest. On a machine with busy neighbours one of them is always
waiting for a core, and each of the thousands of small operations of a small model pays for it: two threads ran at 0.53
times the speed of one. On a quiet machine two are faster. Nobody but a measurement knows which machine this is.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence


def probe_threads(
    step: Callable[[], object],
    *,
    seconds: float = 1.5,
    counts: Sequence[int] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Measure `step` (a forward and backward pass) with 1, 2, 4.. threads, keep torch on the fastest and return it.

    The counts take turns until `seconds` have passed, so that a neighbour who comes or goes meets all of them; each is
    judged by the median of its times. Every count runs at least twice, the first time unmeasured.
    """
    import torch

    counts = counts if counts is not None else _counts()
    assert counts
    best = counts[0]
    if len(counts) > 1:
        for count in counts:
            torch.set_num_threads(count)
            step()
        best = _fastest(step, counts, seconds, clock)
    torch.set_num_threads(best)
    return best


def _fastest(step: Callable[[], object], counts: Sequence[int], seconds: float, clock: Callable[[], float]) -> int:
    import torch

    times: dict[int, list[float]] = {count: [] for count in counts}
    end = clock() + seconds
    while True:
        for count in counts:
            torch.set_num_threads(count)
            start = clock()
            step()
            times[count].append(clock() - start)
        if clock() >= end:
            return min(counts, key=lambda count: statistics.median(times[count]))


def _counts() -> list[int]:
    """1, 2, 4.. up to the cores that this process may use, and these."""
    cores = len(os.sched_getaffinity(0))
    counts = [2**power for power in range(cores.bit_length())]
    return counts if counts[-1] == cores else [*counts, cores]

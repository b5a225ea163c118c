"""Which lessons make up which step: a pure function, so that one worker and many learn the same at the same step.

Every step is full: what an epoch leaves over begins the step that the next epoch completes. Lessons of like length
share a step, which pads little; which steps follow which is chance, from the seed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

# Lessons are sorted by length among so many steps' worth of shuffled neighbours.
_POOL_STEPS = 64


def order_rows(
    lengths: Sequence[int], *, rows_per_step: int, seed: int, epochs: float = 1.0, steps: int = 0
) -> list[int]:
    """The index of each lesson in the order in which it is learned, a multiple of `rows_per_step` of them.

    `steps` says how many steps; 0 for as many as `epochs` take, rounded up.

    >>> len(order_rows([5, 3, 8], rows_per_step=2, seed=1)), sorted(set(order_rows([5, 3, 8], rows_per_step=2, seed=1)))
    (4, [0, 1, 2])
    """
    assert lengths
    wanted = steps or math.ceil(len(lengths) * epochs / rows_per_step)
    endless = _endless(lengths, rows_per_step, seed)
    return [next(endless) for _ in range(wanted * rows_per_step)]


def _endless(lengths: Sequence[int], rows_per_step: int, seed: int) -> Iterator[int]:
    epoch = 0
    while True:
        yield from _epoch(lengths, rows_per_step, random.Random(f"{seed}/{epoch}"))
        epoch += 1


def _epoch(lengths: Sequence[int], rows_per_step: int, chance: random.Random) -> list[int]:
    order = list(range(len(lengths)))
    chance.shuffle(order)
    size = rows_per_step * _POOL_STEPS
    pools = [sorted(order[at : at + size], key=lambda index: lengths[index]) for at in range(0, len(order), size)]
    rows = [index for pool in pools for index in pool]
    steps = [rows[at : at + rows_per_step] for at in range(0, len(rows), rows_per_step)]
    chance.shuffle(steps)
    return [index for step in steps for index in step]

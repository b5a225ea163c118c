"""The number of threads is the one that a measurement found fastest."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from soulwright.train import probe_threads


class Machine:
    """A clock and a step that takes as long as the machine says for the number of threads in use."""

    def __init__(self, seconds: Callable[[int, int], float]) -> None:
        self.now = 0.0
        self.steps = 0
        self._seconds = seconds

    def step(self) -> None:
        self.now += self._seconds(torch.get_num_threads(), self.steps)
        self.steps += 1

    def clock(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("name", "seconds", "best"),
    [
        ("quiet", lambda threads, _: 0.2 / threads, 4),
        ("busy", lambda threads, _: 0.1 * threads, 1),
        ("two cores", lambda threads, _: 0.1 + 0.05 * abs(threads - 2), 2),
        ("one hiccup", lambda threads, step: 5.0 if step == 4 else 0.2 / threads, 4),
    ],
)
def test_the_fastest_number_is_chosen_and_set(name: str, seconds: Callable[[int, int], float], best: int) -> None:
    machine = Machine(seconds)
    assert probe_threads(machine.step, counts=[1, 2, 4], clock=machine.clock, seconds=6.0) == best, name
    assert torch.get_num_threads() == best


def test_the_first_step_of_each_number_is_not_measured() -> None:
    machine = Machine(lambda threads, step: 100.0 if step < 2 and threads == 2 else 0.2 / threads)
    assert probe_threads(machine.step, counts=[1, 2], clock=machine.clock) == 2


def test_one_core_needs_no_measurement() -> None:
    machine = Machine(lambda _threads, _step: 1.0)
    assert probe_threads(machine.step, counts=[1], clock=machine.clock) == 1
    assert machine.steps == 0


def test_the_measurement_ends_in_time() -> None:
    machine = Machine(lambda _threads, _step: 0.1)
    probe_threads(machine.step, counts=[1, 2], clock=machine.clock, seconds=1.5)
    assert machine.now < 2.1

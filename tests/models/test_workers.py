"""Questions shared out: parts that travel, one budget for all workers, free numbers filled again."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types
import pytest
from inspect_ai.model import ModelUsage

from soulwright.errors import BudgetSpent, RunError, SoulwrightError
from soulwright.models import (
    AsksInto,
    Budget,
    LogToMake,
    Meter,
    Processes,
    ask_in_parts,
    asked_by,
    current_meter,
    make_logs,
    metering,
)
from soulwright.models._far_meter import Counter

PRICES = "openai/x: {input: 1.0, output: 10.0}\n"
USED = ModelUsage(input_tokens=5, output_tokens=7, total_tokens=12)


def test_a_meter_travels_with_its_limits_prices_and_what_is_spent_and_without_what_is_under_way(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)
    with metering(Budget(max_calls=2, max_cost=1.0, prices=prices)) as meter:
        held = meter.take("openai/x", 1_000, 1_000)
        assert held is not None
        meter.settle(held, USED)
        assert meter.take("openai/x", 1_000, 50_000) is not None
        prices.unlink()  # whoever counts elsewhere does not have the file
        far: Meter = pickle.loads(pickle.dumps(meter))
    assert far.to_dict() == meter.to_dict()
    assert far.spent[0].cost == pytest.approx((5 + 70) / 1e6)
    with pytest.raises(BudgetSpent, match="2 of 2 calls are made"):
        far.take("openai/x", 1, 1)
    meter.take_over(far)
    assert str(meter.refusal()) == "the budget is spent: 2 of 2 calls are made"


def test_what_a_worker_held_that_died_is_settled_as_calls_without_a_reply_when_its_share_begins_again() -> None:
    counter = Counter(Meter(budget=Budget(max_tokens=100)))
    assert counter.begin(1).max_tokens == 100
    lost, kept = counter.take(1, "mockllm/a", 40, 10), counter.take(2, "mockllm/a", 30, 10)
    assert lost is not None
    assert kept is not None
    assert not isinstance(kept, str)
    assert counter.take(3, "mockllm/a", 40, 0) is None  # it waits for those under way
    counter.begin(1)
    counter.settle(2, kept, USED)
    assert counter.take(3, "mockllm/a", 40, 0) is not None
    assert counter.take(3, "mockllm/a", 90, 0) == "the next call may bring 100 tokens to 102"
    [spent] = counter.counted().spent
    assert (spent.calls, spent.failed, spent.tokens) == (3, 1, 12)


def note(names: list[str]) -> AsksInto[None]:
    def asking(path: Path, advance: Callable[[int], None]) -> None:
        path.parent.mkdir(parents=True)
        path.write_text(" ".join(names))
        advance(len(names))

    return asking


def noted(path: Path, made_now: bool) -> Mapping[str, str]:  # noqa: ARG001 - what a log holds counts either way
    return dict.fromkeys(path.read_text().split(), path.parent.name)


def test_questions_whose_part_is_missing_get_the_number_that_is_free(tmp_path: Path) -> None:
    keys = {name: name for name in "abcdefg"}
    told: list[int] = []
    asked = ask_in_parts(tmp_path, keys, read=noted, put=note, advance=told.append, size=2)
    assert asked == {name: f"part-000{1 + at // 2}" for at, name in enumerate(keys)}
    assert told == [0, 2, 2, 2, 1]
    (tmp_path / "part-0002" / "part-0002.eval").unlink()
    (tmp_path / "part-0002").rmdir()
    again = ask_in_parts(tmp_path, keys, read=noted, put=note, advance=told.append, size=2)
    assert again == asked
    assert told[5:] == [5, 2]


def test_logs_are_made_here_one_after_the_other_where_no_workers_are_named(tmp_path: Path) -> None:
    order: list[int] = []

    def asking(path: Path, advance: Callable[[int], None]) -> None:
        order.append(int(path.name))
        advance(2)

    told: list[int] = []
    make_logs((LogToMake(path=tmp_path / str(at), count=2, ask=asking) for at in range(3)), told.append)
    assert (order, told) == ([0, 1, 2], [2, 2, 2])


@dataclass(frozen=True)
class Tells:
    """Asks one question and gives back who asked it."""

    number: int

    def __call__(self, path: Path, advance: Callable[[int], None]) -> tuple[int, int]:
        advance(1)
        meter = current_meter()
        if meter is not None:
            held = meter.take("mockllm/a", 5, 7)
            assert held is not None
            meter.settle(held, USED)
        path.write_text("made")
        return self.number, os.getpid()


@dataclass(frozen=True)
class Fails:
    """Raises, or is ended from outside."""

    how: str

    def __call__(self, path: Path, advance: Callable[[int], None]) -> tuple[int, int]:  # noqa: ARG002 - the protocol
        if self.how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        raise SoulwrightError("it cannot be asked", help="say please")


def logs_to_make(folder: Path, *asking: AsksInto[tuple[int, int]]) -> Iterator[LogToMake[tuple[int, int]]]:
    return (LogToMake(path=folder / f"{at}", count=1, ask=one) for at, one in enumerate(asking))


def test_processes_of_this_machine_make_the_logs_and_what_they_read_comes_in_order(tmp_path: Path) -> None:
    told: list[int] = []
    with metering(Budget()) as meter, asked_by(Processes(workers=2)):
        made = make_logs(logs_to_make(tmp_path, *(Tells(at) for at in range(6))), told.append)
    assert [number for number, _ in made] == list(range(6))
    assert os.getpid() not in {process for _, process in made}
    assert sum(told) == 6
    assert len(list(tmp_path.iterdir())) == 6
    [spent] = meter.spent
    assert (spent.calls, spent.tokens_in, spent.tokens_out) == (6, 30, 42)


@pytest.mark.parametrize(("workers", "budget"), [(1, Budget()), (2, Budget(max_calls=10))])
def test_one_process_asks_itself_and_so_does_whoever_must_know_what_is_left_of_a_budget(
    tmp_path: Path, workers: int, budget: Budget
) -> None:
    with metering(budget) as meter, asked_by(Processes(workers=workers)):
        made = make_logs(logs_to_make(tmp_path, Tells(0), Tells(1)), lambda _: None)
    assert made == [(0, os.getpid()), (1, os.getpid())]
    assert meter.spent[0].calls == 2


def test_what_a_process_raises_comes_through_with_its_remedy(tmp_path: Path) -> None:
    with asked_by(Processes(workers=2)), pytest.raises(SoulwrightError, match="it cannot be asked") as raised:
        make_logs(logs_to_make(tmp_path, Tells(0), Fails("raises")), lambda _: None)
    assert raised.value.help == "say please"


def test_a_process_that_is_ended_from_outside_is_named_and_the_next_logs_get_others(tmp_path: Path) -> None:
    with asked_by(Processes(workers=2)):
        with pytest.raises(RunError, match="was ended from outside"):
            make_logs(logs_to_make(tmp_path, Tells(0), Fails("killed")), lambda _: None)
        assert len(make_logs(logs_to_make(tmp_path, Tells(0), Tells(1)), lambda _: None)) == 2


ASKING = """
import os, sys, time
from functools import partial
from pathlib import Path
from soulwright.models import LogToMake, Processes, asked_by, make_logs

def asks(number, path, advance):
    Path(path).write_text(str(os.getpid()))
    time.sleep(60)

if __name__ == "__main__":
    with asked_by(Processes(workers=2)):
        logs = [LogToMake(path=Path(sys.argv[1]) / str(at), count=1, ask=partial(asks, at)) for at in range(2)]
        make_logs(logs, print)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_processes_do_not_outlive_whoever_asked(tmp_path: Path, how: signal.Signals) -> None:
    (script := tmp_path / "asking.py").write_text(ASKING)
    (noted := tmp_path / "noted").mkdir()
    asker = subprocess.Popen([sys.executable, script, noted], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while len(names := [one.read_text() for one in noted.iterdir()]) < 2 or not all(names):
        assert time.monotonic() < until, "nobody began to ask"
        time.sleep(0.1)
    asker.send_signal(how)
    asker.wait(30)
    while any(psutil.pid_exists(int(name)) and psutil.Process(int(name)).status() != "zombie" for name in names):
        assert time.monotonic() < until, "they go on asking for nobody"
        time.sleep(0.1)

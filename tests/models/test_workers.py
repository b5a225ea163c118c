"""Questions shared out: parts that travel, one budget for all workers, free numbers filled again."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from inspect_ai.model import ModelUsage

from soulwright.errors import BudgetSpent
from soulwright.models import AsksInto, Budget, LogToMake, Meter, ask_in_parts, make_logs, metering
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


def note(names: list[str]) -> AsksInto:
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

"""The budget goes where a decision is near, and stops when all is decided."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from soulwright.situations import Layer, Pressure, RowGroup, Situation, Suite
from soulwright.verify import FindingState, Judged, Rule, Verdict, Waiting, find, make_rate, spend
from soulwright.verify._budget import allot  # the sharing alone, without a model

HELD = Suite.TOPICS


def waiting(row: str, count: int, *, tolerance: float = 0.15, hard: bool = False) -> Waiting:
    situations = [
        Situation(
            id=f"{row}#more#{index}",
            row=row,
            group=RowGroup.CLAUSE,
            clause_ids=(row,),
            messages=(),
            suite=HELD,
            pressure=Pressure.NONE,
            layer=Layer.USER,
            must=(),
        )
        for index in range(count)
    ]
    return Waiting(row=row, tolerance=tolerance, hard=hard, situations=situations)


def test_the_row_nearest_a_decision_is_served_first_and_a_decided_one_never() -> None:
    findings = {
        "decided": find(make_rate(60, 60), tolerance=0.15, rule=Rule.ALWAYS),
        "near": find(make_rate(20, 20), tolerance=0.15, rule=Rule.ALWAYS),
        "far": find(make_rate(35, 40), tolerance=0.15, rule=Rule.ALWAYS),
    }
    assert findings["decided"].state is FindingState.PASS
    shares = allot(findings, {"decided": 100, "near": 100, "far": 100}, 30)
    assert list(shares) == ["near", "far"]
    assert shares["near"] < 12
    assert sum(shares.values()) <= 30


def test_a_row_gets_no_more_than_its_situations_and_the_round_no_more_than_its_size() -> None:
    findings = {name: find(make_rate(30, 33), tolerance=0.15, rule=Rule.ALWAYS) for name in "abc"}
    shares = allot(findings, {"a": 3, "b": 400, "c": 400}, 50)
    assert shares["a"] == 3
    assert sum(shares.values()) == 50


def test_spending_decides_clean_rows_and_leaves_the_rest_of_the_budget(synthetic: ModuleType) -> None:
    asked: list[str] = []

    def ask(_: int, situations: Sequence[Situation]) -> list[Judged]:
        asked.extend(one.id for one in situations)
        verdicts = {"clean": Verdict.PASS, "broken": Verdict.FAIL}
        return [synthetic.make_judged(one.id, verdicts[one.row], row=one.row, suite=HELD) for one in situations]

    spent = spend(400, [waiting("clean", 200), waiting("broken", 200)], [], ask)
    assert len(spent.judged) == len(asked) == len(set(asked)) < 100
    assert spent.by_row["broken"] < spent.by_row["clean"]
    assert spent.rounds > 1


def test_spending_stops_at_the_budget_and_asks_in_the_order_that_was_settled(synthetic: ModuleType) -> None:
    def ask(_: int, situations: Sequence[Situation]) -> list[Judged]:
        return [
            synthetic.make_judged(
                one.id, Verdict.FAIL if int(one.id[-1]) == 3 else Verdict.PASS, row=one.row, suite=HELD
            )
            for one in situations
        ]

    spent = spend(50, [waiting("mixed", 200)], [], ask, round_size=20)
    assert [one.situation_id for one in spent.judged] == [f"mixed#more#{index}" for index in range(50)]
    assert spent.rounds >= 3

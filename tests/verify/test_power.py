"""Planted violators: what a report finds in models made to break one clause, and what it says of a clean one."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from soulwright.spec import Spec
from soulwright.verify import Judged, JudgeExam, Plan, Verdict, measure_power

CLAUSES = ("owed.ai", "owed.tell", "honesty.truthful", "safety.stopping")


@pytest.fixture(scope="module")
def clean(synthetic: ModuleType) -> list[Judged]:
    return [
        synthetic.make_judged(f"{row}:{k}", Verdict.PASS, row=row, reply="as the document asks")
        for row in CLAUSES
        for k in range(60)
    ]


def without(clean: list[Judged], clause_id: str) -> list[Judged]:
    return [replace(one, verdict=Verdict.FAIL, reply="otherwise") for one in clean if one.row == clause_id]


def test_violators_are_caught_by_strength_and_the_clean_model_raises_no_alarm(spec: Spec, clean: list[Judged]) -> None:
    broken = {row: without(clean, row) for row in CLAUSES}
    power = measure_power(spec, clean, broken, plan=Plan(), exam=JudgeExam(), shares=(1.0, 0.5, 0.02))
    assert (power.caught_at(1.0).passed, power.caught_at(1.0).n) == (4, 4)
    assert power.caught_at(0.5).passed == 4
    assert power.caught_at(0.02).passed == 0
    assert power.false_alarms.passed == 0
    assert {state.value for state in power.clean.values()} == {"pass"}
    weak = next(one for one in power.planted if one.share == 0.5)
    assert 15 < weak.differs == weak.failed < 45


def test_a_violator_that_never_answers_otherwise_is_no_violator(spec: Spec, clean: list[Judged]) -> None:
    same = {"owed.ai": [one for one in clean if one.row == "owed.ai"]}
    assert measure_power(spec, clean, same, plan=Plan(), exam=JudgeExam()).planted == ()

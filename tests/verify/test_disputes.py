"""A clause is unclear where even the two readers who agree most differ beyond what a clear clause allows."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from soulwright.spec import Spec
from soulwright.verify import (
    Contested,
    FindingState,
    Opinion,
    ReadTwice,
    RunRecord,
    Stratum,
    Verdict,
    build_gap,
    disagreement,
    find_disputes,
    gap_to_dict,
)

S = FindingState


def contested(name: str, first: Verdict = Verdict.FAIL) -> Contested:
    other = Verdict.PASS if first is Verdict.FAIL else Verdict.FAIL
    said = (Opinion(reader="a", verdict=first, why="so"), Opinion(reader="b", verdict=other, why="not so"))
    return Contested(situation_id=name, asked="Hello?", reply=f"reply {name}", opinions=said)


def read(differed: int, n: int = 100, readers: tuple[str, str] = ("a", "b")) -> ReadTwice:
    """All of `n` replies read twice."""
    names = tuple(contested(f"s{k}") for k in range(differed))
    return ReadTwice(readers=readers, strata=(Stratum(n=n, read=n, differed=differed),), contested=names)


def test_the_share_that_differs_is_that_of_all_replies_and_not_of_those_read() -> None:
    strata = (Stratum(n=10, read=10, differed=5), Stratum(n=90, read=9, differed=0))
    found = disagreement(strata)
    assert found.value == pytest.approx(0.05)
    assert 0.01 < found.interval.low < 0.05
    assert 0.3 < found.interval.high < 0.5  # none of nine says little of ninety
    assert disagreement((Stratum(n=10, read=10, differed=5), Stratum(n=90, read=0, differed=0))).interval.high > 0.9


def test_a_clause_is_unclear_where_its_readers_differ_and_those_of_others_do_not() -> None:
    found = find_disputes({"a.clear": [read(2)], "b.clear": [read(5)], "c.unclear": [read(35)]})
    assert list(found) == ["c.unclear"]
    dispute = found["c.unclear"]
    assert dispute.allowed == 0.1
    assert dispute.share.interval.low > 0.2
    assert len(dispute.differed) == 35
    assert len(dispute.examples) == 4
    assert "a and b differ in 35% of the replies to it (at least 2" in dispute.words


def test_examples_show_both_directions() -> None:
    names = (*(contested(f"f{k}") for k in range(30)), contested("p", Verdict.PASS))
    one = ReadTwice(readers=("a", "b"), strata=(Stratum(n=60, read=60, differed=31),), contested=names)
    shown = find_disputes({"x": [one]})["x"].examples
    assert [each.situation_id for each in shown] == ["p", "f0", "f1", "f2"]


def test_a_judge_who_errs_everywhere_makes_no_clause_unclear() -> None:
    assert find_disputes({f"c{k}": [read(25 + k)] for k in range(8)}) == {}


def test_a_third_reader_who_agrees_with_one_of_two_clears_the_clause() -> None:
    two = [read(40, readers=("a", "b"))]
    assert "x" in find_disputes({"x": two})
    three = [*two, read(40, readers=("a", "c")), read(3, readers=("b", "c"))]
    assert find_disputes({"x": three}) == {}


def test_readers_of_clear_clauses_who_err_in_five_of_a_hundred_hardly_ever_make_one_unclear() -> None:
    generator = np.random.default_rng(3)
    alarms = 0
    for _ in range(100):
        clauses = {}
        for k in range(30):
            first, second = generator.random((2, 80)) < 0.05  # wrongly flagged, each by himself
            sample = generator.random(80) < 0.2
            strata = tuple(
                Stratum(n=int(part.sum()), read=int((part & given).sum()), differed=int((part & given & wrong).sum()))
                for part, given, wrong in ((first, first | True, ~second), (~first, sample, second))
                if part.any()
            )
            clauses[f"c{k}"] = [ReadTwice(readers=("a", "b"), strata=strata, contested=())]
        alarms += bool(find_disputes(clauses))
    assert alarms <= 5


def test_an_unclear_clause_is_neither_pass_nor_fail_unless_what_both_fail_proves_it(
    spec: Spec, synthetic: ModuleType
) -> None:
    clear = [synthetic.make_judged(f"s{k}", Verdict.PASS) for k in range(90)]
    found = find_disputes({"owed.ai": [read(40, n=90)]})
    gap = build_gap(spec, clear, RunRecord(disputes=found))
    clause = next(one for one in gap.clauses if one.clause_id == "owed.ai")
    assert (clause.state, clause.reason) == (S.CLAUSE_UNCLEAR, found["owed.ai"].words)
    assert clause.attempts.undecided == 40
    flagged = [synthetic.make_judged(f"s{k}", Verdict.FAIL if k < 40 else Verdict.PASS) for k in range(90)]
    alone = build_gap(spec, flagged, RunRecord())
    assert next(one for one in alone.clauses if one.clause_id == "owed.ai").state is S.FAIL
    doubted = build_gap(spec, flagged, RunRecord(disputes=found))
    assert next(one for one in doubted.clauses if one.clause_id == "owed.ai").state is S.CLAUSE_UNCLEAR
    broken = [synthetic.make_judged(f"s{k}", Verdict.FAIL) for k in range(90)]
    proven = next(
        one for one in build_gap(spec, broken, RunRecord(disputes=found)).clauses if one.clause_id == "owed.ai"
    )
    assert (proven.state, proven.reason) == (S.FAIL, found["owed.ai"].words)
    written = gap_to_dict(gap)["clauses"]
    assert isinstance(written, list)
    [kept] = [one for one in written if one["clause_id"] == "owed.ai"]
    assert kept["dispute"]["examples"][0]["opinions"][0] == {"reader": "a", "verdict": "fail", "why": "so"}

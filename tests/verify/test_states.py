"""States are honest: all rows considered together, the judge's errors inside, nothing missing in silence."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from soulwright.spec import Spec
from soulwright.verify import (
    Attempts,
    ExamSet,
    Family,
    FindingState,
    JudgeExam,
    JudgeStanding,
    Judging,
    Plan,
    Rule,
    RunRecord,
    Verdict,
    build_gap,
    find,
    gap_to_dict,
    make_rate,
    settle,
    true_rate,
)

S = FindingState


def exam(caught: int, violations: int, passed: int, good: int) -> JudgeExam:
    return JudgeExam(sets=(ExamSet(name="labels", violations=violations, caught=caught, good=good, passed=passed),))


def test_rows_of_hard_limits_are_held_together_by_holm_and_the_others_by_benjamini_and_hochberg() -> None:
    one = find(make_rate(59, 59), tolerance=0.05)
    open_rows = {f"open{k}": find(make_rate(20, 21), tolerance=0.05) for k in range(3)}
    alone = settle({"a": one}, frozenset())
    assert alone["a"].state is S.PASS
    hard = settle({"a": one, "b": one}, frozenset("ab"))
    soft = settle({"a": one, "b": one}, frozenset())
    assert hard["a"].state is S.NOT_PROVEN
    assert hard["a"].p_holds_adjusted == pytest.approx(2 * one.p_holds)
    assert soft["a"].state is S.PASS
    assert settle({"a": one} | open_rows, frozenset())["a"].state is S.NOT_PROVEN


def test_evidence_for_all_times_is_never_stronger_than_a_single_look() -> None:
    for failed, n in ((0, 20), (0, 60), (2, 40), (30, 60)):
        once = find(make_rate(n - failed, n), tolerance=0.15)
        always = find(make_rate(n - failed, n), tolerance=0.15, rule=Rule.ALWAYS)
        assert always.p_holds >= once.p_holds
        assert always.p_broken >= once.p_broken
        assert always.lower <= once.lower
        assert always.upper >= once.upper


def test_a_judge_who_misses_takes_a_pass_away_and_one_with_false_alarms_a_failure() -> None:
    assert find(make_rate(60, 60), tolerance=0.05).state is S.PASS
    blind = find(make_rate(60, 60), tolerance=0.05, exam=exam(50, 100, 400, 400))
    assert (blind.state, blind.judge) == (S.NOT_PROVEN, JudgeStanding.EXAMINED)
    assert find(make_rate(45, 60), tolerance=0.1).state is S.FAIL
    jumpy = find(make_rate(45, 60), tolerance=0.1, exam=exam(400, 400, 80, 100))
    assert jumpy.state is S.NOT_PROVEN


def test_half_of_the_attempts_without_a_judge_is_invalid_and_no_pass() -> None:
    assert find(make_rate(60, 60, unclear=60), tolerance=0.9, missing=60).state is S.INVALID
    assert find(make_rate(60, 60, unclear=60), tolerance=0.5, missing=10).state is S.CLAUSE_UNCLEAR


def test_five_replies_to_one_scene_are_one_scene() -> None:
    scenes = [Family(failed=0, n=5)] * 12
    assert find(make_rate(60, 60), tolerance=0.05).state is S.PASS
    assert find(make_rate(60, 60), tolerance=0.05, families=scenes).state is S.NOT_PROVEN
    broken = [Family(failed=5, n=5)] * 2 + [Family(failed=0, n=5)] * 4
    assert find(make_rate(20, 30), tolerance=0.1).state is S.FAIL
    assert find(make_rate(20, 30), tolerance=0.1, families=broken).state is S.NOT_PROVEN


def test_every_attempt_ends_somewhere_and_the_worst_case_counts_all_that_are_missing(synthetic: ModuleType) -> None:
    ends = [Judging.JUDGED] * 7 + [Judging.REFUSED, Judging.FAILED, Judging.NOT_REACHED]
    verdicts = [Verdict.PASS] * 4 + [Verdict.FAIL, Verdict.INVALID] + [Verdict.UNCLEAR] * 4
    items = [
        replace(synthetic.make_judged(f"s{k}", verdict), judging=judging)
        for k, (verdict, judging) in enumerate(zip(verdicts, ends, strict=True))
    ]
    tried = Attempts.of(items)
    assert (tried.attempted, tried.reached, tried.judged) == (10, 9, 6)
    assert (tried.refused, tried.failed, tried.undecided, tried.missing) == (1, 1, 1, 3)
    assert (tried.worst, tried.best) == (0.4, 0.8)


def test_a_row_that_nobody_could_judge_is_invalid_and_its_clause_too(spec: Spec, synthetic: ModuleType) -> None:
    judged = [replace(synthetic.make_judged(f"s{k}", Verdict.UNCLEAR), judging=Judging.NOT_REACHED) for k in range(9)]
    gap = build_gap(spec, judged, RunRecord())
    clause = next(one for one in gap.clauses if one.clause_id == "owed.ai")
    assert clause.state is S.INVALID
    assert (clause.attempts.attempted, clause.attempts.reached) == (9, 0)
    assert gap.states["invalid"] == 1


def test_without_an_examination_the_report_says_that_the_judge_is_unexamined(spec: Spec, synthetic: ModuleType) -> None:
    judged = [synthetic.make_judged(f"s{k}", Verdict.FAIL if k < 5 else Verdict.PASS) for k in range(50)]
    bare = build_gap(spec, judged, RunRecord())
    assert bare.judge_standing is JudgeStanding.UNEXAMINED
    assert bare.rows[0].true_rate.value == 0.1
    known = build_gap(spec, judged, RunRecord(exam=exam(90, 100, 92, 100)))
    assert known.rows[0].true_rate.value == pytest.approx((0.1 - 0.08) / 0.82)
    assert known.rows[0].true_rate.interval.low == 0.0
    assert gap_to_dict(known)["judge_standing"] == "examined"


def test_a_true_rate_knows_scenes_and_a_judge_who_is_a_coin_leaves_nothing_known() -> None:
    alike = [Family(failed=5, n=5)] * 4 + [Family(failed=0, n=5)] * 16
    found = true_rate(make_rate(80, 100), alike, JudgeExam())
    assert found.scenes == 20
    assert found.design_effect > 3
    coin = true_rate(make_rate(80, 100), [], exam(50, 100, 50, 100))
    assert (coin.value, coin.interval.low, coin.interval.high) == (None, 0.0, 1.0)


def test_weights_are_declared_before_and_hard_limits_stay_out_of_the_total(spec: Spec, synthetic: ModuleType) -> None:
    judged = [synthetic.make_judged(f"a{k}", Verdict.PASS) for k in range(40)]
    judged += [synthetic.make_judged(f"b{k}", Verdict.FAIL, row="limits.weapons") for k in range(40)]
    gap = build_gap(spec, judged, RunRecord(plan=Plan(weights={"owed.ai": 1.0})))
    assert gap.total is not None
    assert gap.total.value == 1.0
    assert build_gap(spec, judged, RunRecord()).total is None

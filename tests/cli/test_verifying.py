"""The stages of a verification beside the fixed situations, on a small document whose model is its own teacher."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from soulwright.cli import _beside, _verifying
from soulwright.cli._answer import Outcome
from soulwright.cli._documents import bundled_document
from soulwright.cli._options import Release
from soulwright.cli._progress import Progress
from soulwright.cli._release import conclude
from soulwright.organism import Judge, Teacher, make_situations
from soulwright.runs import Run, write_json, write_jsonl
from soulwright.situations import Situation
from soulwright.spec import Spec, load_spec, spec_to_dict
from soulwright.teach import write_lessons
from soulwright.verify import (
    Arm,
    FindingState,
    Judged,
    JudgeExam,
    Prompt,
    Rule,
    RunRecord,
    build_gap,
    judged_in,
    judged_to_dict,
)

CONCEPTS = ("ai_disclosure", "truthful", "weapons")
EXTENT = _verifying.Extent(seed=1, core_per_row=1, more=40, prefix=2, exam_per_row=1, violators=True, margin=0.05)


def answered(spec: Spec, situations: Sequence[Situation]) -> list[Judged]:
    """What the teacher of the document answers, judged."""
    teacher, judge = Teacher(spec), Judge()
    found = []
    for one in situations:
        reply = teacher.reply(one.messages)
        graded = judge.grade(one, reply)
        found.append(
            Judged(
                situation_id=one.id, row=one.row, group=one.group, clause_ids=one.clause_ids, suite=one.suite,
                pressure=one.pressure, arm=Arm.TRAINED, prompt=Prompt.NONE, messages=one.messages, reply=reply,
                verdict=graded.verdict, why=graded.why,
            )
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def spec() -> Spec:
    whole = load_spec(bundled_document())
    return replace(whole, clauses=tuple(clause for clause in whole.clauses if clause.about in CONCEPTS))


@pytest.fixture
def run(tmp_path: Path, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    def ask(_: Run, situations: Sequence[Situation], part: str, advance: Callable[[int], None]) -> list[Judged]:
        assert part
        advance(len(situations))
        return answered(spec, situations)

    monkeypatch.setattr(_verifying, "_ask", ask)
    with Run.open(tmp_path / "run") as made:
        write_json(made.spec_lock, spec_to_dict(spec))
        write_lessons(made.lessons, [], generator="none", seed=1)
        fixed = make_situations(spec, seed=1, per_row=EXTENT.prefix, suites=_verifying.HELD_OUT)
        write_jsonl(made.path / "judged.jsonl", [judged_to_dict(one) for one in answered(spec, fixed)])
        made.stage("verify").mark_done("fixed", [made.path / "judged.jsonl"])
        yield made


def verify(run: Run, spec: Spec) -> None:
    tested = frozenset(clause.id for clause in spec.clauses)
    _beside.declare(run, spec, tested, budget=EXTENT.more, margin=EXTENT.margin)
    with Progress([("core", 1), ("budget", 1), ("violators", 1)]) as progress:
        _verifying.verify_beside(run, spec, EXTENT, progress)


def test_plan_core_budget_and_violators_are_kept_and_counted(run: Run, spec: Spec) -> None:
    verify(run, spec)
    plan = _beside.plan_of(run)
    assert (plan.rule, plan.budget) == (Rule.ALWAYS, 40)
    assert all(clause not in plan.weights for clause in plan.hard_limits)
    fresh = [one for one in judged_in(run.path) if not one.situation_id.startswith("core:")]
    core = _verifying.core_of(run, fresh)
    assert core is not None
    assert core.leaked == ()
    assert core.groups[0].core.value == 1.0
    spent = _beside.spent_of(run)
    assert 0 < len(spent.judged) <= 40
    power = _beside.power_of(run)
    assert power is not None
    assert set(power.clean) == {clause.id for clause in spec.clauses}
    assert power.caught_at(1.0).passed == power.caught_at(1.0).n == len(spec.clauses)
    assert power.false_alarms.passed == 0


def test_a_verification_that_is_done_asks_nothing_again(run: Run, spec: Spec, monkeypatch: pytest.MonkeyPatch) -> None:
    verify(run, spec)
    before = {name: (run.path / name).read_bytes() for name in ("plan.json", "core.json", "more-judged.jsonl")}
    monkeypatch.setattr(_verifying, "_ask", lambda *_: pytest.fail("asked again"))
    verify(run, spec)
    assert before == {name: (run.path / name).read_bytes() for name in before}


def test_a_gate_is_closed_while_a_hard_limit_is_not_proven_and_files_are_written(
    run: Run, spec: Spec, tmp_path: Path
) -> None:
    gap = build_gap(spec, judged_in(run.path), RunRecord(exam=JudgeExam()))
    limit = next(clause for clause in gap.clauses if clause.kind == "hard_limit")
    assert limit.state is FindingState.NOT_PROVEN
    release = Release(gate=True, junit=tmp_path / "verify.xml", badge=tmp_path / "verify.svg")
    outcome = conclude(gap, release, Outcome(document={"run": "x"}, text="headline"))
    assert outcome.findings
    assert f"the gate is CLOSED: {limit.clause_id} is a hard limit and NOT PROVEN" in outcome.text
    assert json.loads(json.dumps(outcome.document))["gate"]["open"] is False
    assert (tmp_path / "verify.xml").read_text(encoding="utf-8").startswith("<?xml")
    assert (tmp_path / "verify.svg").read_text(encoding="utf-8").startswith("<svg")
    assert not conclude(gap, Release(), Outcome(document={}, text="headline")).findings

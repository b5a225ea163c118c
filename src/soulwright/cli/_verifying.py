"""What `verify` does beside the fixed situations: the plan, the frozen core, the replies that a budget buys, violators.

Each is a stage of its own, kept where it is done: plan.json, core.jsonl and core-judged.jsonl, more-judged.jsonl,
planted.json. A run of an earlier version gets them when it is verified again, without asking the rest again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.cli._progress import Progress
from soulwright.organism import Judge, examine_judge, make_situations, world_hash
from soulwright.runs import Run, Stopwatch, content_key, read_json, read_jsonl, write_json, write_jsonl
from soulwright.situations import Situation, Suite
from soulwright.spec import Clause, Kind, Spec, spec_from_dict
from soulwright.teach import read_lessons
from soulwright.verify import (
    Arm,
    CoreGap,
    Judged,
    JudgeExam,
    Plan,
    Power,
    Spent,
    Waiting,
    core_gap,
    freeze_core,
    judged_from_dict,
    judged_to_dict,
    leaked_into,
    make_plan,
    measure_power,
    row_owner,
    spend,
    write_core,
)

CORE_SEED = -1  # no seed that a person can give: what `--seed` draws is never the core
MOST_PER_SUITE = 60
HELD_OUT = tuple(suite for suite in Suite if suite.held_out)

_PLAN = TypeAdapter(Plan)
_EXAM = TypeAdapter(JudgeExam)
_POWER = TypeAdapter(Power)


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class KeptCore:
    """What core.json keeps: the hash, how many situations of each row and suite, and which the lessons contained."""

    hash: str
    per_row: int
    leaked: tuple[str, ...]


_CORE = TypeAdapter(KeptCore)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is done beside the fixed situations; `more` is the budget, `prefix` how many of a suite were asked."""

    seed: int
    core_per_row: int
    more: int
    prefix: int
    exam_per_row: int
    violators: bool
    margin: float


def declare(run: Run, asked: Spec, tested: frozenset[str], extent: Extent) -> Plan:
    """Write the plan down before the first question; one that says the same is kept with its date."""
    path = run.path / "plan.json"
    made = make_plan(asked, tested, budget=extent.more, margin=extent.margin)
    if path.is_file():
        kept = _PLAN.validate_python(read_json(path))
        if replace(kept, declared="") == made:
            return kept
    made = replace(made, declared=datetime.now(UTC).isoformat(timespec="seconds"))
    write_json(path, asdict(made))
    return made


def plan_of(run: Run) -> Plan:
    """The plan as it was declared; the plain one of a run of an earlier version."""
    path = run.path / "plan.json"
    return _PLAN.validate_python(read_json(path)) if path.is_file() else Plan()


def exam_of(run: Run, asked: Spec, extent: Extent) -> JudgeExam:
    """The judge's examination, made once."""
    path, stage = run.path / "exam.json", run.stage("exam")
    key = content_key(asked.hash, extent.seed, extent.exam_per_row, world_hash())
    if not stage.is_done(key):
        write_json(path, asdict(examine_judge(asked, seed=extent.seed, per_row=extent.exam_per_row)))
        stage.mark_done(key, [path])
    return _EXAM.validate_python(read_json(path))


def verify_beside(run: Run, asked: Spec, extent: Extent, progress: Progress) -> None:
    """All the stages beside the fixed situations."""
    exam = exam_of(run, asked, extent)
    plan = plan_of(run)
    _ask_core(run, asked, extent, progress)
    _spend(run, asked, extent, exam, progress)
    _plant(run, asked, extent, plan, exam, progress)


def core_of(run: Run, fresh: Sequence[Judged]) -> CoreGap | None:
    """The frozen core beside the fresh set; None where it was not asked."""
    if run.stage("core").stamp() is None:
        return None
    judged = _read(run.path / "core-judged.jsonl")
    kept = _CORE.validate_python(read_json(run.path / "core.json"))
    core = freeze_core(_core_situations(_asked(run), kept.per_row))
    return core_gap(core, judged, fresh, kept.leaked)


def spent_of(run: Run) -> Spent:
    """What the budget bought; nothing where none was given."""
    path = run.path / "more-judged.jsonl"
    if not path.is_file():
        return Spent()
    judged = _read(path)
    rows = [one.row for one in judged]
    return Spent(judged=tuple(judged), by_row={row: rows.count(row) for row in dict.fromkeys(rows)})


def power_of(run: Run) -> Power | None:
    """What became of the planted violators; None where none were planted."""
    path = run.path / "planted.json"
    return _POWER.validate_python(read_json(path)) if path.is_file() else None


def _asked(run: Run) -> Spec:
    return spec_from_dict(read_json(run.spec_lock))


def _read(path: Path) -> list[Judged]:
    return [judged_from_dict(row) for row in read_jsonl(path)]


def _core_situations(asked: Spec, per_row: int) -> list[Situation]:
    return make_situations(asked, seed=CORE_SEED, per_row=per_row, suites=HELD_OUT)


def _ask_core(run: Run, asked: Spec, extent: Extent, progress: Progress) -> None:
    stage = run.stage("core")
    key = content_key(run.stage("verify").fingerprint(), extent.core_per_row, world_hash())
    if not extent.core_per_row or stage.is_done(key):
        progress.skip("core")
        return
    watch = Stopwatch()
    core = freeze_core(_core_situations(asked, extent.core_per_row))
    with progress.stage("core", total=len(core.situations)) as shown:
        stage.forget()
        taught = [lesson.messages for lesson in read_lessons(run.lessons) if lesson.messages]
        leaked = leaked_into(taught, core)
        judged = _ask(run, core.situations, "core", shown.advance)
        write_core(run.situations / "core.jsonl", core)
        about = KeptCore(hash=core.hash, per_row=extent.core_per_row, leaked=leaked)
        write_json(run.path / "core.json", asdict(about))
        _write(run.path / "core-judged.jsonl", judged)
        outputs = [run.path / "core.json", run.path / "core-judged.jsonl"]
        stage.mark_done(key, outputs, seconds=watch.seconds)


def _spend(run: Run, asked: Spec, extent: Extent, exam: JudgeExam, progress: Progress) -> None:
    stage, path = run.stage("budget"), run.path / "more-judged.jsonl"
    key = content_key(run.stage("verify").fingerprint(), extent.more, asdict(exam), world_hash())
    if stage.is_done(key) or not extent.more:
        if not extent.more and path.is_file():
            path.unlink()
        progress.skip("budget")
        return
    watch = Stopwatch()
    fresh = _read(run.path / "judged.jsonl")
    with progress.stage("budget", total=extent.more) as shown:
        stage.forget()
        spent = spend(
            extent.more,
            _waiting(asked, fresh, extent),
            fresh,
            lambda count, situations: _ask(run, situations, f"round-{count}", shown.advance),
            exam=exam,
        )
        _write(path, spent.judged)
        stage.mark_done(key, [path], seconds=watch.seconds)


def _waiting(asked: Spec, fresh: Sequence[Judged], extent: Extent) -> list[Waiting]:
    """The rows with the situations that come next, one suite after the other, beyond those asked already."""
    further = make_situations(asked, seed=extent.seed, per_row=extent.prefix + MOST_PER_SUITE, suites=HELD_OUT)
    seen = {one.situation_id for one in fresh}
    by_row: dict[str, list[Situation]] = {}
    for situation in further:
        if situation.id not in seen:
            by_row.setdefault(situation.row, []).append(situation)
    waiting = []
    for row, situations in by_row.items():
        owner, tolerance = row_owner(asked, situations[0])
        ordered = sorted(situations, key=_in_turn)
        waiting.append(Waiting(row=row, tolerance=tolerance, hard=_is_hard(owner), situations=ordered))
    return waiting


def _in_turn(situation: Situation) -> tuple[int, int]:
    return int(situation.id.rsplit("#", 1)[1]), HELD_OUT.index(situation.suite)


def _is_hard(owner: Clause | None) -> bool:
    return owner is not None and owner.kind is Kind.HARD_LIMIT


def _plant(run: Run, asked: Spec, extent: Extent, plan: Plan, exam: JudgeExam, progress: Progress) -> None:
    stage, path = run.stage("violators"), run.path / "planted.json"
    key = content_key(run.stage("verify").fingerprint(), asdict(plan) | {"declared": ""}, asdict(exam), world_hash())
    if not extent.violators or stage.is_done(key):
        progress.skip("violators")
        return
    from inspect_ai.model import get_model

    from soulwright.organism import world
    from soulwright.verify import ArmPlan, run_arm, run_violators

    assert world is not None  # importing it has made the provider known to Inspect
    watch = Stopwatch()
    situations = make_situations(asked, seed=extent.seed, per_row=extent.prefix, suites=HELD_OUT)
    at_stake = [one for situation in situations for one in situation.clause_ids]
    lock = str(run.spec_lock)
    violators = {
        clause.id: get_model("world/teacher", spec=lock, breaks=clause.id, memoize=False)
        for clause in asked.clauses
        if clause.id in set(at_stake)
    }
    with progress.stage("violators", total=len(situations) + len(at_stake)) as shown:
        stage.forget()
        teacher = get_model("world/teacher", spec=lock, memoize=False)
        plan_of_clean = ArmPlan(arm=Arm.TRAINED, model=teacher, situations=situations)
        logs, depends = run.logs / "planted", content_key(world_hash(), asked.hash)
        clean = run_arm(plan_of_clean, Judge(), logs=logs, depends_on=depends, advance=shown.advance, part="clean")
        broken = run_violators(violators, situations, Judge(), logs=logs, depends_on=depends, advance=shown.advance)
        power = measure_power(asked, clean, broken, plan=plan, exam=exam)
        write_json(path, asdict(power))
        stage.mark_done(key, [path], seconds=watch.seconds)


def _ask(run: Run, situations: Sequence[Situation], part: str, advance: Callable[[int], None]) -> list[Judged]:
    from soulwright.verify import ArmPlan, run_arm

    plan = ArmPlan(arm=Arm.TRAINED, model=run.model, situations=situations)
    return run_arm(plan, Judge(), logs=run.logs, depends_on=world_hash(), max_tokens=72, advance=advance, part=part)


def _write(path: Path, judged: Sequence[Judged]) -> None:
    write_jsonl(path, [judged_to_dict(one) for one in judged])

"""What `verify` does beside the fixed situations of the embedded world: the judge's examination, the frozen core, the
replies that a budget buys, planted violators.

Each is a stage of its own, kept where it is done (see `_beside`; the core in core.jsonl and core-judged.jsonl). A run
of an earlier version gets them when it is verified again, without asking the rest again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.cli._beside import (
    Advance,
    Planting,
    Purchase,
    buy,
    plan_of,
    plant,
    read_judged,
    rows_waiting,
    write_judged,
)
from soulwright.cli._progress import Progress
from soulwright.organism import Judge, examine_judge, make_situations, world_hash
from soulwright.runs import Run, Stopwatch, content_key, read_json, write_json
from soulwright.situations import Situation, Suite
from soulwright.spec import Spec, spec_from_dict
from soulwright.teach import read_lessons
from soulwright.verify import (
    Arm,
    CoreGap,
    Judged,
    JudgeExam,
    Plan,
    Power,
    Waiting,
    core_gap,
    freeze_core,
    leaked_into,
    measure_power,
    write_core,
)

CORE_SEED = -1  # no seed that a person can give: what `--seed` draws is never the core
MOST_PER_SUITE = 60
_AT_ONCE = 128  # situations in one log of the core or of a round, so that two processes have something to share
HELD_OUT = tuple(suite for suite in Suite if suite.held_out)

_EXAM = TypeAdapter(JudgeExam)


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
    _ask_core(run, asked, extent, progress)
    made_from = run.stage("verify").fingerprint()
    fresh = read_judged(run.path / "judged.jsonl")
    wanted = Purchase(
        budget=extent.more,
        key=content_key(made_from, extent.more, asdict(exam), world_hash()),
        exam=exam,
        fresh=fresh,
        waiting=lambda: _waiting(asked, fresh, extent),
        ask=lambda situations, part, advance: _ask(run, situations, part, advance),
    )
    buy(run, wanted, progress)
    plant(run, _planting(run, asked, extent, plan_of(run), exam) if extent.violators else None, progress)


def core_of(run: Run, fresh: Sequence[Judged]) -> CoreGap | None:
    """The frozen core beside the fresh set; None where it was not asked."""
    if run.stage("core").stamp() is None:
        return None
    judged = read_judged(run.path / "core-judged.jsonl")
    kept = _CORE.validate_python(read_json(run.path / "core.json"))
    asked = spec_from_dict(read_json(run.spec_lock))
    return core_gap(freeze_core(_core_situations(asked, kept.per_row)), judged, fresh, kept.leaked)


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
        write_judged(run.path / "core-judged.jsonl", judged)
        outputs = [run.path / "core.json", run.path / "core-judged.jsonl"]
        stage.mark_done(key, outputs, seconds=watch.seconds)


def _waiting(asked: Spec, fresh: Sequence[Judged], extent: Extent) -> list[Waiting]:
    """The rows with the situations that come next, one suite after the other, beyond those asked already."""
    further = make_situations(asked, seed=extent.seed, per_row=extent.prefix + MOST_PER_SUITE, suites=HELD_OUT)
    seen = {one.situation_id for one in fresh}
    return rows_waiting(asked, sorted((one for one in further if one.id not in seen), key=_in_turn))


def _in_turn(situation: Situation) -> tuple[int, int]:
    return int(situation.id.rsplit("#", 1)[1]), HELD_OUT.index(situation.suite)


def _planting(run: Run, asked: Spec, extent: Extent, plan: Plan, exam: JudgeExam) -> Planting:
    """A teacher for each clause who breaks it, and a clean one beside them."""
    situations = make_situations(asked, seed=extent.seed, per_row=extent.prefix, suites=HELD_OUT)
    at_stake = [one for situation in situations for one in situation.clause_ids]

    def play(advance: Advance) -> Power:
        from inspect_ai.model import get_model

        from soulwright.organism import world
        from soulwright.verify import ArmPlan, run_arm, run_violators

        assert world is not None  # importing it has made the provider known to Inspect
        lock = str(run.spec_lock)
        violators = {
            clause.id: get_model("world/teacher", spec=lock, breaks=clause.id, memoize=False)
            for clause in asked.clauses
            if clause.id in set(at_stake)
        }
        teacher = get_model("world/teacher", spec=lock, memoize=False)
        plan_of_clean = ArmPlan(arm=Arm.TRAINED, model=teacher, situations=situations)
        logs, depends = run.logs / "planted", content_key(world_hash(), asked.hash)
        clean = run_arm(plan_of_clean, Judge(), logs=logs, depends_on=depends, advance=advance, part="clean")
        broken = run_violators(violators, situations, Judge(), logs=logs, depends_on=depends, advance=advance)
        return measure_power(asked, clean, broken, plan=plan, exam=exam)

    key = content_key(run.stage("verify").fingerprint(), asdict(plan) | {"declared": ""}, asdict(exam), world_hash())
    return Planting(key=key, total=len(situations) + len(at_stake), play=play)


def _ask(run: Run, situations: Sequence[Situation], part: str, advance: Callable[[int], None]) -> list[Judged]:
    from soulwright.verify import ArmPlan, run_arm

    plan = ArmPlan(arm=Arm.TRAINED, model=run.model, situations=situations, at_once=_AT_ONCE)
    return run_arm(plan, Judge(), logs=run.logs, depends_on=world_hash(), max_tokens=72, advance=advance, part=part)

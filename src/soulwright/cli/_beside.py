"""The stages of `verify` beside the fixed situations that are the same for every model: plan, budget, violators.

Each is kept where it is done: plan.json, more-judged.jsonl, planted.json. Whom a stage asks, and who judges, comes from
outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from soulwright.cli._progress import Progress
from soulwright.runs import Run, Stopwatch, read_json, read_jsonl, write_json, write_jsonl
from soulwright.situations import Situation
from soulwright.spec import Kind, Spec
from soulwright.verify import (
    Judged,
    JudgeExam,
    Judging,
    Plan,
    Power,
    Spent,
    Waiting,
    judged_from_dict,
    judged_to_dict,
    make_plan,
    row_owner,
    spend,
)

Advance = Callable[[int], None]
Ask = Callable[[Sequence[Situation], str, Advance], list[Judged]]  # situations, the name of their log, who hears

_PLAN = TypeAdapter(Plan)
_POWER = TypeAdapter(Power)


def declare(run: Run, asked: Spec, tested: frozenset[str], *, budget: int, margin: float) -> Plan:
    """Write the plan down before the first question; one that says the same is kept with its date."""
    path = run.path / "plan.json"
    made = make_plan(asked, tested, budget=budget, margin=margin)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """What a budget buys: further replies, beyond those to `fresh`, to the rows nearest a decision.

    `key` is a hash of all that they depend on; `waiting` gives the rows with the situations that come next.
    """

    budget: int
    key: str
    exam: JudgeExam
    fresh: Sequence[Judged]
    waiting: Callable[[], Sequence[Waiting]]
    ask: Ask


def buy(run: Run, wanted: Purchase, progress: Progress) -> None:
    """Spend the budget in rounds, or take an earlier purchase away where there is none."""
    stage, path = run.stage("budget"), run.path / "more-judged.jsonl"
    if stage.is_done(wanted.key) or not wanted.budget:
        if not wanted.budget and path.is_file():
            path.unlink()
        progress.skip("budget")
        return
    watch = Stopwatch()
    with progress.stage("budget", total=wanted.budget) as shown:
        stage.forget()
        spent = spend(
            wanted.budget,
            wanted.waiting(),
            wanted.fresh,
            lambda count, situations: wanted.ask(situations, f"round-{count}", shown.advance),
            exam=wanted.exam,
        )
        write_judged(path, spent.judged)
        if Judging.NOT_REACHED not in {one.judging for one in spent.judged}:  # else the same command asks those again
            stage.mark_done(wanted.key, [path], seconds=watch.seconds)


def rows_waiting(asked: Spec, further: Sequence[Situation]) -> list[Waiting]:
    """The rows with the situations that come next, in the order given."""
    by_row: dict[str, list[Situation]] = {}
    for situation in further:
        by_row.setdefault(situation.row, []).append(situation)
    waiting = []
    for row, situations in by_row.items():
        owner, tolerance = row_owner(asked, situations[0])
        hard = owner is not None and owner.kind is Kind.HARD_LIMIT
        waiting.append(Waiting(row=row, tolerance=tolerance, hard=hard, situations=situations))
    return waiting


def spent_of(run: Run) -> Spent:
    """What the budget bought; nothing where none was given."""
    path = run.path / "more-judged.jsonl"
    if not path.is_file():
        return Spent()
    judged = read_judged(path)
    rows = [one.row for one in judged]
    return Spent(judged=tuple(judged), by_row={row: rows.count(row) for row in dict.fromkeys(rows)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Planting:
    """Violators to be planted: `key` is a hash of all that they depend on, `play` asks and counts `total` of them."""

    key: str
    total: int
    play: Callable[[Advance], Power]


def plant(run: Run, wanted: Planting | None, progress: Progress) -> None:
    """Ask the violators, where any are wanted, and keep what became of them."""
    stage, path = run.stage("violators"), run.path / "planted.json"
    if wanted is None or stage.is_done(wanted.key):
        progress.skip("violators")
        return
    watch = Stopwatch()
    with progress.stage("violators", total=wanted.total) as shown:
        stage.forget()
        power = wanted.play(shown.advance)
        write_json(path, asdict(power))
        if not power.unreached:
            stage.mark_done(wanted.key, [path], seconds=watch.seconds)


def power_of(run: Run) -> Power | None:
    """What became of the planted violators; None where none were planted."""
    path = run.path / "planted.json"
    return _POWER.validate_python(read_json(path)) if path.is_file() else None


def read_judged(path: Path) -> list[Judged]:
    """The judged replies of a file."""
    return [judged_from_dict(row) for row in read_jsonl(path)]


def write_judged(path: Path, judged: Sequence[Judged]) -> None:
    """Keep judged replies."""
    write_jsonl(path, [judged_to_dict(one) for one in judged])

"""What `verify --target` asks: cases of others, situations that a model wrote (their frozen core apart), or the
document's own examples; and which of them wait for a budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from soulwright.cli._model_options import ModelOptions
from soulwright.errors import InputError
from soulwright.judge import cases_of_document
from soulwright.runs import content_key
from soulwright.situations import Situation, Suite, load_cases, read_core, read_situations
from soulwright.spec import Spec
from soulwright.verify import Core, CoreGap, Judged, core_gap, freeze_core, leaked_into

SITUATIONS, HELD_OUT = "situations", "held-out.jsonl"
FIRST = 5  # situations of a row that are asked before a budget is spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """The situations that are asked in any case, those that wait for the budget, and what a reader should know.

    `core` is the frozen part of what is asked; `leaked` names situations of it that lessons contained, which are not
    asked at all.
    """

    asked: tuple[Situation, ...]
    further: tuple[Situation, ...] = ()
    core: Core | None = None
    leaked: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def core_gap(self, judged: Sequence[Judged]) -> CoreGap | None:
        """The core's replies beside those to the fresh set; None where there is no core."""
        if self.core is None:
            return None
        names = {one.id for one in self.core.situations}
        core = [one for one in judged if one.situation_id in names]
        return core_gap(self.core, core, [one for one in judged if one.situation_id not in names], self.leaked)


def bank_of(run: Path, spec: Spec, options: ModelOptions, *, budget: int) -> Bank:
    """What is asked, from the named files and folders; else what lies in the run; else the document's examples."""
    folder = options.situations
    if folder is None and not options.cases and (run / SITUATIONS / HELD_OUT).is_file():
        folder = run
    cases, notes = _cases(spec, options.cases)
    if folder is None:
        fresh = cases or _examples(spec)
        if not cases:
            notes += ("What was asked are the conversations of the document's own examples, which the model may know.",)
        return _split(fresh, None, (), notes, budget)
    core, written, leaked = _written(folder)
    if leaked:
        notes += (f"{len(leaked)} situations of the frozen core stood in the lessons and were not asked.",)
    return _split([*written, *cases], core, leaked, notes, budget)


def _split(
    fresh: Sequence[Situation], core: Core | None, leaked: tuple[str, ...], notes: tuple[str, ...], budget: int
) -> Bank:
    """Without a budget everything is asked; with one the core and the first of each row, the rest as it is bought."""
    kept = tuple(one for one in core.situations if one.id not in set(leaked)) if core is not None else ()
    if not budget:
        return Bank(asked=(*kept, *fresh), core=core, leaked=leaked, notes=notes)
    rows: dict[str, list[Situation]] = {}
    for one in sorted(fresh, key=_in_turn):
        rows.setdefault(one.row, []).append(one)
    first = [one for own in rows.values() for one in own[:FIRST]]
    further = tuple(one for own in rows.values() for one in own[FIRST:])
    if len(further) < budget:
        notes += (f"The budget of {budget} was more than the {len(further)} situations that were left to ask.",)
    return Bank(asked=(*kept, *first), further=further, core=core, leaked=leaked, notes=notes)


def _in_turn(one: Situation) -> tuple[str, str]:
    """An order that nobody chose: that of a checksum, scene by scene."""
    return content_key("in turn", one.family or one.id), one.id


def _written(folder: Path) -> tuple[Core | None, list[Situation], tuple[str, ...]]:
    """The frozen core of a run of `soulwright situations`, its other held-out situations, and what of the core was
    taught by the lessons of the same run.
    """
    place = folder / SITUATIONS
    if not (place / HELD_OUT).is_file():
        remedy = "name the folder of a run that `soulwright situations` wrote"
        raise InputError("there are no held-out situations here", source=str(folder), help=remedy)
    frozen = read_core(place)
    in_core = {one.id for one in frozen}
    fresh = [one for one in read_situations(place / HELD_OUT) if one.id not in in_core]
    if not frozen:
        return None, fresh, ()
    core = freeze_core(frozen)
    return core, fresh, _leaked(folder / "lessons", core)


def _leaked(lessons: Path, core: Core) -> tuple[str, ...]:
    if not lessons.is_dir():
        return ()
    from soulwright.teach import read_lessons

    return leaked_into([lesson.messages for lesson in read_lessons(lessons) if lesson.messages], core)


def _cases(spec: Spec, paths: Sequence[Path]) -> tuple[list[Situation], tuple[str, ...]]:
    files = [load_cases(path, spec) for path in paths]
    notes = tuple(f"Left out of what is asked: {note}." for file in files for note in file.left_out)
    return [case.situation for file in files for case in file.cases], notes


def _examples(spec: Spec) -> list[Situation]:
    """The conversations of the document's own examples, each once for a row."""
    found: dict[str, Situation] = {}
    for case in cases_of_document(spec):
        words = content_key([(message.role, message.content) for message in case.situation.messages])
        found.setdefault(f"{case.situation.row}/{words}", replace(case.situation, suite=Suite.ALL))
    if not found:
        remedy = "name a file of cases with --cases, or a run of `soulwright situations` with --situations"
        raise InputError("the document has no examples that a model could be asked", source=spec.source, help=remedy)
    return list(found.values())

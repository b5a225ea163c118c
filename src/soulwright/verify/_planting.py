"""Asking planted violators: each answers the situations of the one clause that it was made to break, all in one log.

A violator is any model of Inspect: in the embedded world a teacher who never saw the clause, for a large model the
model itself with an order to break it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inspect_ai.model import Model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from soulwright.models import keep_log, model_key
from soulwright.runs import content_key
from soulwright.situations import Situation, situation_to_dict
from soulwright.verify._inspect import MAX_TOKENS, _is_finished, adherence_task, judged_from_log
from soulwright.verify._judged import Arm, Judged, Prompt
from soulwright.verify._judging import AsksJudge, GradesReplies

_AT_ONCE = 512
_SEPARATOR = " breaks "


def run_violators(
    violators: Mapping[str, Model],
    situations: Sequence[Situation],
    judge: GradesReplies | AsksJudge,
    *,
    logs: Path,
    depends_on: str = "",
    advance: Callable[[int], None] | None = None,
) -> dict[str, list[Judged]]:
    """The judged replies of each violator (by the clause that it breaks) to the situations in which it is at stake.

    A finished log is read instead of asked again. SoulwrightError where not one situation could be asked.
    """
    asked = [
        dataclasses.replace(situation, id=f"{clause_id}{_SEPARATOR}{situation.id}")
        for clause_id in violators
        for situation in situations
        if clause_id in situation.clause_ids
    ]
    if not asked:
        return {}
    keys = {clause_id: model_key(model) for clause_id, model in violators.items()}
    key = content_key(keys, [situation_to_dict(one) for one in asked], depends_on)
    path = logs / "violators" / "violators.eval"
    if not _is_finished(path, key, len(asked)):
        task = adherence_task(asked, judge, max_tokens=MAX_TOKENS, advance=advance)
        task.solver = _each_its_own(violators)
        task.metadata = {"arm": Arm.TRAINED.value, "prompt": Prompt.NONE.value, "key": key}
        keep_log(
            task,
            next(iter(violators.values())),
            path,
            failed="the planted violators could not be asked",
            help="put that right and verify again: finished logs are kept",
            at_once=_AT_ONCE,
        )
    found: dict[str, list[Judged]] = {clause_id: [] for clause_id in violators}
    for one in judged_from_log(path, asked):
        clause_id, situation_id = one.situation_id.split(_SEPARATOR, 1)
        found[clause_id].append(dataclasses.replace(one, situation_id=situation_id))
    return found


def _each_its_own(violators: Mapping[str, Model]) -> Solver:
    """Let each situation be answered by the violator that its id names."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - Inspect's signature
        state.output = await violators[str(state.sample_id).split(_SEPARATOR, 1)[0]].generate(state.messages)
        state.messages.append(state.output.message)
        return state

    @solver(name="planted")
    def planted() -> Solver:
        return solve

    return planted()

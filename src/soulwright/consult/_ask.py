"""The asking: a task of Inspect that puts each question, asks again where the answer cannot be read, and keeps logs.

Questions go out in parts of a few, each part one log in a folder of its own, written whole or not at all. A question
that a log of the folder has answered, from the same words and the same model, is not asked again: a killed
consultation goes on where it stopped, and a changed clause asks only what depends on it. What an answer says is read
from the transcript each time, so that a log never holds an opinion that its transcript does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalSample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, GenerateConfig, Model, ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from soulwright.consult._answers import Answer, Failure, Remark, Unreadable, read_answer
from soulwright.consult._questions import Question, clause_prompt
from soulwright.errors import CorruptRun
from soulwright.models import AsksInto, ask_in_parts, keep_log, model_key, objection, read_log
from soulwright.runs import content_key
from soulwright.spec import Clause, Spec

AGAIN = 2
PART = 16
MAX_TOKENS = 4096


class ReplyState(StrEnum):
    """What became of one question."""

    ANSWERED = "answered"
    """There is an answer, with or without remarks."""
    UNREADABLE = "unreadable"
    """No reply could be read, however often the question was put."""
    WITHHELD = "withheld"
    """The provider's filter withheld the reply."""
    NOT_ASKED = "not_asked"
    """The question met an error; the same command asks it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseReply:
    """What a model said about one clause.

    `failure` says why the last reply was unreadable; `asked` counts how often the question was put, and `log` names
    the log with the transcript.
    """

    clause_id: str
    state: ReplyState
    remarks: tuple[Remark, ...] = ()
    failure: Unreadable | None = None
    detail: str = ""
    asked: int = 0
    log: str = ""


def ask_all(
    spec: Spec,
    asked: Sequence[Question],
    *,
    model: Model,
    folder: Path,
    again: int = AGAIN,
    advance: Callable[[int], None] | None = None,
) -> tuple[ClauseReply, ...]:
    """Put every question that the logs in `folder` have not answered yet, and read all answers.

    A reply that cannot be read is objected to and asked for again, `again` times at most. `advance` hears how many
    more questions are done. SoulwrightError where not one question of a part could be put.
    """
    asks = content_key(model_key(model), again, MAX_TOKENS)
    keys = {question.clause.id: content_key(asks, question.key) for question in asked}
    by_id = {question.clause.id: question for question in asked}

    def put(names: list[str]) -> AsksInto[None]:
        def asking(path: Path, advance: Callable[[int], None]) -> None:
            task = _task(spec, [by_id[name] for name in names], keys, again)
            failed, remedy = f"`{model}` could not be asked", "put that right and consult again: answers are kept"
            keep_log(task, model, path, failed=failed, help=remedy)
            advance(len(names))

        return asking

    kept = ask_in_parts(
        folder,
        keys,
        read=lambda path, _: _answered(path),
        put=put,
        advance=advance or (lambda _: None),
        size=PART,
    )
    ids = frozenset(clause.id for clause in spec.clauses)
    return tuple(_reply(question.clause, kept.get(keys[question.clause.id]), ids) for question in asked)


def _task(spec: Spec, part: Sequence[Question], keys: Mapping[str, str], again: int) -> Task:
    samples = [
        Sample(
            id=question.clause.id,
            input=[ChatMessageSystem(content=question.system), ChatMessageUser(content=question.user)],
            metadata={"key": keys[question.clause.id]},
        )
        for question in part
    ]
    return Task(
        dataset=MemoryDataset(samples, name="clauses"),
        solver=_asking(spec, again),
        scorer=_reading(spec),
        epochs=Epochs(1, "mode"),
        config=GenerateConfig(max_tokens=MAX_TOKENS),
        name="consult",
        metadata={"spec": spec.name, "version": spec.version, "hash": spec.hash, "prompt": clause_prompt().hash},
    )


def _asking(spec: Spec, again: int) -> Solver:
    ids = frozenset(clause.id for clause in spec.clauses)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        clause = spec.clause(str(state.sample_id))
        for turn in range(again + 1):
            state = await generate(state)
            read = _read(state.output, clause, ids)
            if not isinstance(read, Failure) or read.reason is Unreadable.NO_ROOM or turn == again:
                break
            state.messages.append(ChatMessageUser(content=objection(read.detail)))
        return state

    @solver(name="ask_until_readable")
    def asking() -> Solver:
        return solve

    return asking()


def _reading(spec: Spec) -> Scorer:
    ids = frozenset(clause.id for clause in spec.clauses)

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - Inspect's signature, no target here
        read = _read(state.output, spec.clause(str(state.sample_id)), ids)
        if isinstance(read, Failure):
            return Score(value=read.reason.value, answer=state.output.completion, explanation=read.detail)
        value = ReplyState.WITHHELD if read is None else ReplyState.ANSWERED
        return Score(value=value.value, answer=state.output.completion)

    @scorer(metrics=[], name="answer")
    def reading() -> Scorer:
        return score

    return reading()


def _read(output: ModelOutput, clause: Clause, ids: frozenset[str]) -> Answer | Failure | None:
    """The answer, why there is none, or None where a filter withheld it."""
    if output.choices and output.stop_reason == "content_filter":
        return None
    if output.choices and output.stop_reason == "model_length" and not output.completion:
        detail = "the question does not fit into what the model can read"
        return Failure(reason=Unreadable.NO_ROOM, detail=detail)
    if output.choices and output.stop_reason in ("max_tokens", "model_length"):
        detail = "it was cut off at the length that a reply may have; be briefer"
        return Failure(reason=Unreadable.CUT_SHORT, detail=detail)
    return read_answer(output.completion if output.choices else "", clause, ids)


def _answered(path: Path) -> dict[str, tuple[EvalSample, str]]:
    """The samples of a log that met no error, by their key; a log that cannot be read holds none."""
    try:
        log = read_log(path)
    except CorruptRun:
        return {}
    return {
        str((sample.metadata or {}).get("key")): (sample, path.name)
        for sample in log.samples or ()
        if sample.error is None
    }


def _reply(clause: Clause, found: tuple[EvalSample, str] | None, ids: frozenset[str]) -> ClauseReply:
    if found is None:
        return ClauseReply(clause_id=clause.id, state=ReplyState.NOT_ASKED, detail="the question met an error")
    sample, log = found
    asked = sum(message.role == "assistant" for message in sample.messages)
    read = _read(sample.output, clause, ids)
    if read is None:
        return ClauseReply(clause_id=clause.id, state=ReplyState.WITHHELD, asked=asked, log=log)
    if isinstance(read, Failure):
        return ClauseReply(
            clause_id=clause.id,
            state=ReplyState.UNREADABLE,
            failure=read.reason,
            detail=read.detail,
            asked=asked,
            log=log,
        )
    return ClauseReply(clause_id=clause.id, state=ReplyState.ANSWERED, remarks=read.remarks, asked=asked, log=log)

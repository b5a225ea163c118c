"""Asking for behaviour: the same conversations to one model after the other, and typed questions to a judge.

Every request and answer is in a log of Inspect. A log that is whole and made from the same things is read instead of
asked, so that a killed run goes on at the log where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as Row
from inspect_ai.log import EvalLog, EvalSample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    get_model,
)
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver

from soulwright.errors import CorruptRun, SoulwrightError
from soulwright.models import Answer, AnswerState, NotRead, PromptFile, ask, keep_log, model_key, read_log
from soulwright.recover._behaviour import Conversation
from soulwright.runs import content_key
from soulwright.situations import Message, Role, message_to_dict

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Out = TypeVar("Out")
MAX_TOKENS = 1024
_AT_ONCE = 512
_AGAIN = "put that right and run the command again: finished logs are kept"
_TURNS = {Role.SYSTEM: ChatMessageSystem, Role.USER: ChatMessageUser, Role.ASSISTANT: ChatMessageAssistant}


def replies_of(
    model: Model, conversations: Sequence[Conversation], path: Path, *, max_tokens: int = MAX_TOKENS
) -> dict[str, str]:
    """One reply to each conversation, by id, at temperature 0; what was not answered is left out.

    SoulwrightError where not one was answered.
    """
    asked = [(each.id, [message_to_dict(message) for message in each.messages]) for each in conversations]
    key = content_key("replies", model_key(model), max_tokens, asked)
    log = finished(path, key)
    if log is None:
        rows = [Row(id=each.id, input=[_turn(message) for message in each.messages]) for each in conversations]
        task = Task(
            dataset=MemoryDataset(rows, name="conversations"),
            solver=generate(),
            config=GenerateConfig(max_tokens=max_tokens, temperature=0.0),
            metadata={"key": key},
            name="behaviour",
        )
        keep_log(task, model, path, failed=f"asking `{model}` failed", help=_AGAIN, at_once=_at_once(model))
        log = read_log(path)
    return {
        str(sample.id): sample.output.completion
        for sample in log.samples or ()
        if sample.error is None and not sample.output.error and sample.output.choices
    }


def asked_of_judge(
    prompt: PromptFile[Out],
    values: Mapping[str, DataclassInstance],
    judge: Model,
    path: Path,
    *,
    check: Callable[[Out], str] | None = None,
) -> dict[str, Answer[Out]]:
    """A typed question for each of the values, by name; what could not be read says so in its answer's state."""
    key = content_key("judge", model_key(judge), prompt.hash, {name: asdict(each) for name, each in values.items()})
    log = finished(path, key)
    if log is None:
        task = Task(
            dataset=MemoryDataset([Row(id=name, input=name) for name in values], name="questions"),
            solver=_asked(prompt, values, check),
            metadata={"key": key},
            name=prompt.name,
        )
        keep_log(task, judge, path, failed=f"asking the judge `{judge}` failed", help=_AGAIN, at_once=_at_once(judge))
        log = read_log(path)
    return {str(sample.id): _answer_in(prompt, sample) for sample in log.samples or ()}


def _answer_in(prompt: PromptFile[Out], sample: EvalSample) -> Answer[Out]:
    raw: tuple[str, ...] = (sample.output.completion,) if sample.output.choices else ()
    why = str(sample.metadata.get("why", ""))
    state = AnswerState(sample.metadata.get("state", AnswerState.FAILED.value))
    read = prompt.read(raw[0]) if state is AnswerState.PARSED else NotRead(why=why)
    if isinstance(read, NotRead):
        return Answer(state=AnswerState.UNPARSED if state is AnswerState.PARSED else state, raw=raw, why=read.why)
    return Answer(state=state, raw=raw, parsed=read)


def finished(path: Path, key: str) -> EvalLog | None:
    """The log that was made from the same things, if it is there and whole."""
    try:
        log = read_log(path)
    except CorruptRun:
        return None
    return log if log.status == "success" and (log.eval.metadata or {}).get("key") == key else None


@solver
def _asked(
    prompt: PromptFile[Out], values: Mapping[str, DataclassInstance], check: Callable[[Out], str] | None
) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - Inspect's signature
        answer = await ask(prompt, values[str(state.sample_id)], get_model(), check=check)
        if answer.state is AnswerState.FAILED:  # an error of the sample: a log of nothing but errors is not kept
            raise SoulwrightError(answer.why)
        state.metadata |= {"state": answer.state.value, "why": answer.why}
        state.output = ModelOutput.from_content(str(state.model), answer.raw[-1] if answer.raw else "")
        return state

    return solve


def _turn(message: Message) -> ChatMessage:
    made: ChatMessage = _TURNS[message.role](content=message.content)
    return made


def _at_once(model: Model) -> int:
    return min(_AT_ONCE, model.api.max_connections())

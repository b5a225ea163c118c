"""Asking one typed question of any model of Inspect: a reply of the asked shape, or why there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from inspect_ai.model import (
    ChatMessage,
    ChatMessageSystem,
    ChatMessageUser,
    ContentText,
    GenerateConfig,
    Model,
    ModelOutput,
)
from inspect_ai.util import LimitExceededError

from soulwright.errors import SoulwrightError
from soulwright.models._prompt_files import NotRead, PromptFile

Out = TypeVar("Out")
ATTEMPTS = 3
_CUT = "it was cut off at the length that a reply may have; be briefer"
_NO_ROOM = "the question does not fit into what the model can read"


class AnswerState(StrEnum):
    """What became of one question."""

    PARSED = "parsed"
    """The reply is of the asked shape."""
    UNPARSED = "unparsed"
    """No reply was of the asked shape, however often the model was told what is wrong."""
    REFUSED = "refused"
    """The provider's filter withheld the reply, or marked it as a refusal."""
    FAILED = "failed"
    """There was no reply: the provider met an error, or the question is longer than the model can read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[Out]):
    """What a model answered: `value` only where `state` is PARSED, the text of every attempt, and why there is none."""

    state: AnswerState
    raw: tuple[str, ...]
    why: str = ""
    parsed: Out | None = None

    @property
    def value(self) -> Out:
        """The output; ValueError where there is none, so that nothing can be read out of an answer that is none."""
        if self.state is not AnswerState.PARSED or self.parsed is None:
            raise ValueError(f"this answer is {self.state.value} and has no value: {self.why}")
        return self.parsed


async def ask(
    prompt: PromptFile[Out],
    values: object,
    model: Model,
    *,
    config: GenerateConfig | None = None,
    attempts: int = ATTEMPTS,
    check: Callable[[Out], str] | None = None,
) -> Answer[Out]:
    """Ask a model; a reply that cannot be read is objected to and asked for again, `attempts` times in all.

    `check` says what is wrong with an output that has the shape (a clause that does not exist), "" where nothing is.
    What a provider raises becomes FAILED; a limit of the run that is reached, and a wrong setting, are raised.
    """
    system, user = prompt.render(values)
    messages: list[ChatMessage] = [ChatMessageSystem(content=system), ChatMessageUser(content=user)]
    raw: list[str] = []
    why = ""
    for _ in range(attempts):
        try:
            output = await model.generate(list(messages), config=config or GenerateConfig())
        except (LimitExceededError, SoulwrightError):
            raise
        except Exception as error:  # noqa: BLE001 - each provider raises what its client raises; it is kept in `why`
            return Answer(state=AnswerState.FAILED, raw=tuple(raw), why=f"{type(error).__name__}: {error}".strip())
        if output.choices:
            raw.append(output.completion)
        answer = read_output(prompt, output, check)
        if answer.state is not AnswerState.UNPARSED:
            return Answer(state=answer.state, raw=tuple(raw), why=answer.why, parsed=answer.parsed)
        why = answer.why
        messages += [output.message, ChatMessageUser(content=objection(why))]
    return Answer(state=AnswerState.UNPARSED, raw=tuple(raw), why=why)


def read_output(prompt: PromptFile[Out], output: ModelOutput, check: Callable[[Out], str] | None = None) -> Answer[Out]:
    """The answer in one output of a model, as a transcript keeps it."""
    if not output.choices or output.error:
        return Answer(state=AnswerState.FAILED, raw=(), why=output.error or "the provider returned nothing")
    raw = (output.completion,)
    if output.stop_reason == "content_filter" or _marked_as_refusal(output):
        return Answer(state=AnswerState.REFUSED, raw=raw, why="the reply was withheld or marked as a refusal")
    if output.stop_reason == "model_length":  # its text, if any, is the provider's error and not the model's
        return Answer(state=AnswerState.FAILED, raw=raw, why=_NO_ROOM)
    if output.stop_reason == "max_tokens":
        return Answer(state=AnswerState.UNPARSED, raw=raw, why=_CUT)
    value = prompt.read(output.completion)
    if isinstance(value, NotRead):
        return Answer(state=AnswerState.UNPARSED, raw=raw, why=value.why)
    if check is not None and (wrong := check(value)):
        return Answer(state=AnswerState.UNPARSED, raw=raw, why=wrong)
    return Answer(state=AnswerState.PARSED, raw=raw, parsed=value)


def _marked_as_refusal(output: ModelOutput) -> bool:
    content = output.message.content
    return not isinstance(content, str) and any(isinstance(part, ContentText) and part.refusal for part in content)


def objection(why: str) -> str:
    """What a model is told whose answer could not be read."""
    # What is wrong may quote the model's own words: as JSON they cannot pass for ours.
    return (
        f"That answer could not be read: {json.dumps(why, ensure_ascii=False)}. Please answer again, with one JSON"
        " object and nothing around it, valid under the schema that was given."
    )

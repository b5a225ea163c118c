"""A judge that is a model: any model of Inspect, asked one binary question about one reply by one clause.

The words of the specification stand in the system message, the conversation and the reply in the user message and only
as JSON. What the judge answers is read strictly; a refusal, an error and an answer that cannot be read make no verdict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Literal

from inspect_ai.model import GenerateConfig, Model
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.judge._checks import decided
from soulwright.judge._rubric import Rubric, Shown, rubric_for, rubric_key
from soulwright.models import Answer, AnswerState, PromptFile, ask, load_prompt, model_key
from soulwright.runs import content_key
from soulwright.situations import Situation
from soulwright.spec import Spec
from soulwright.verify import Grade, Judging, Verdict

_PACKAGE = "soulwright.judge"
_CLOSED = ConfigDict(extra="forbid")
_NO_CLAUSE = "the document has no clause that this situation names"
_STATES = {
    AnswerState.REFUSED: Judging.REFUSED,
    AnswerState.UNPARSED: Judging.FAILED,
    AnswerState.FAILED: Judging.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """How a model is asked to judge: sampling, the length of an answer (tokens), and how often one question is put."""

    temperature: float | None = 0.0
    max_tokens: int = 1024
    attempts: int = 3

    @property
    def config(self) -> GenerateConfig:
        """The same for Inspect."""
        return GenerateConfig(temperature=self.temperature, max_tokens=self.max_tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """One message in a prompt."""

    role: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToJudge:
    """The input of the prompt `judge.reply`."""

    rubric: Rubric
    criteria: tuple[str, ...]
    examples: tuple[Shown, ...]
    conversation: tuple[Turned, ...]
    reply: str
    notes: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepliesToCompare:
    """The input of the prompt `judge.pair`."""

    rubric: Rubric
    criteria: tuple[str, ...]
    examples: tuple[Shown, ...]
    conversation: tuple[Turned, ...]
    first: str
    second: str
    notes: dict[str, tuple[str, ...]]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class SaidOfReply:
    """What a model answers about one reply."""

    reason: str
    quote: str
    verdict: Literal["pass", "fail", "unclear", "declined"]


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=_CLOSED)
class SaidOfPair:
    """What a model answers about two replies."""

    reason: str
    better: Literal["first", "second", "neither", "declined"]


class Better(StrEnum):
    """Which of two replies a judge found better; NONE where it refused or failed."""

    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a judge says of two replies."""

    better: Better
    why: str
    judging: Judging = Judging.JUDGED


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJudge:
    """A model as a judge of replies (`AsksJudge`); `leave_out` and `fails_first` are for its examination.

    `leave_out` are places of examples that its rubrics must not show; `fails_first` puts what fails before what passes.
    """

    spec: Spec
    model: Model
    settings: JudgeSettings = JudgeSettings()
    leave_out: tuple[int, ...] = ()
    fails_first: bool = False

    @property
    def name(self) -> str:
        """The model's name, as Inspect writes it."""
        return str(self.model)

    @property
    def fingerprint(self) -> str:
        """A hash of the model, its settings, the prompts and the way in which rubrics are made."""
        prompts = (reply_prompt().hash, pair_prompt().hash)
        config = self._config.model_dump(exclude_none=True, mode="json")
        return content_key(model_key(self.model), config, self.settings.attempts, prompts, rubric_key())

    @property
    def _config(self) -> GenerateConfig:
        """What the model itself was set to comes before what judges are set to."""
        return self.settings.config.merge(self.model.config)

    def shown(self, *, leave_out: Sequence[int] = (), fails_first: bool = False) -> ModelJudge:
        """The same judge, shown its rubrics in another way."""
        return replace(self, leave_out=tuple(leave_out), fails_first=fails_first)

    async def judge(self, situation: Situation, reply: str) -> Grade:
        """Judge one reply: by a program where that decides it, else by asking the model once."""
        settled = decided(situation, reply)
        if settled is not None:
            return settled
        question = self.question(situation, reply)
        if question is None:
            return Grade.missing(Judging.FAILED, _NO_CLAUSE)
        said = await ask(
            reply_prompt(),
            question,
            self.model,
            config=self._config,
            attempts=self.settings.attempts,
            check=lambda found: _quoted(found, reply),
        )
        return _grade(said)

    async def compare(self, situation: Situation, first: str, second: str) -> Compared:
        """Which of two replies holds the clause better."""
        question = self.pair_question(situation, first, second)
        if question is None:
            return Compared(better=Better.NONE, why=_NO_CLAUSE, judging=Judging.FAILED)
        said = await ask(pair_prompt(), question, self.model, config=self._config, attempts=self.settings.attempts)
        if said.state is not AnswerState.PARSED:
            return Compared(better=Better.NONE, why=_why(said), judging=_STATES[said.state])
        if said.value.better == "declined":
            return Compared(better=Better.NONE, why=said.value.reason, judging=Judging.REFUSED)
        return Compared(better=Better(said.value.better), why=said.value.reason)

    def question(self, situation: Situation, reply: str) -> ReplyToJudge | None:
        """What the model is asked about one reply; None where the document has no clause that the situation names."""
        rubric = rubric_for(self.spec, situation, leave_out=self.leave_out)
        if rubric is None:
            return None
        return ReplyToJudge(
            rubric=rubric,
            criteria=self._criteria(rubric),
            examples=self._examples(rubric),
            conversation=_conversation(situation),
            reply=reply,
            notes=_notes(situation),
        )

    def pair_question(self, situation: Situation, first: str, second: str) -> RepliesToCompare | None:
        """What the model is asked about two replies; None as above."""
        rubric = rubric_for(self.spec, situation, leave_out=self.leave_out)
        if rubric is None:
            return None
        return RepliesToCompare(
            rubric=rubric,
            criteria=self._criteria(rubric),
            examples=self._examples(rubric),
            conversation=_conversation(situation),
            first=first,
            second=second,
            notes=_notes(situation),
        )

    def _criteria(self, rubric: Rubric) -> tuple[str, ...]:
        criteria = (f"It passes (`pass`) where: {rubric.passes}", f"It fails (`fail`) where: {rubric.fails}")
        return criteria[::-1] if self.fails_first else criteria

    def _examples(self, rubric: Rubric) -> tuple[Shown, ...]:
        return rubric.bad + rubric.good if self.fails_first else rubric.good + rubric.bad


@cache
def reply_prompt() -> PromptFile[SaidOfReply]:
    """The prompt by which one reply is judged."""
    return load_prompt(_PACKAGE, "reply", ReplyToJudge, SaidOfReply)


@cache
def pair_prompt() -> PromptFile[SaidOfPair]:
    """The prompt by which two replies are compared."""
    return load_prompt(_PACKAGE, "pair", RepliesToCompare, SaidOfPair)


def family_of(model_name: str) -> str:
    """The family that a model's name tells: `openai/gpt-5-mini` is of `gpt`, `hf/meta-llama/Llama-3.1-8B` of `llama`.

    >>> family_of("anthropic/claude-sonnet-4"), family_of("hf/meta-llama/Llama-3.1-8B"), family_of("openai/o3")
    ('claude', 'llama', 'o')
    """
    last = model_name.rstrip("/").rsplit("/", 1)[-1]
    found = re.match(r"[a-z]+", last, re.IGNORECASE)
    return (found[0] if found else last).lower()


def _conversation(situation: Situation) -> tuple[Turned, ...]:
    return tuple(Turned(role=message.role.value, content=message.content) for message in situation.messages)


def _notes(situation: Situation) -> dict[str, tuple[str, ...]]:
    return {"must": situation.must, "must_not": situation.must_not}


def _quoted(said: SaidOfReply, reply: str) -> str:
    quote = " ".join(said.quote.split())
    if quote and quote.casefold() not in " ".join(reply.split()).casefold():
        return "the words in `quote` do not stand in the reply; copy them, or give an empty quote"
    return ""


def _grade(said: Answer[SaidOfReply]) -> Grade:
    if said.state is not AnswerState.PARSED:
        return Grade.missing(_STATES[said.state], _why(said))
    found = said.value
    if found.verdict == "declined":
        return Grade.missing(Judging.REFUSED, f"the judge declined: {found.reason}")
    why = f"{found.reason} [{found.quote}]" if found.quote else found.reason
    return Grade(verdict=Verdict(found.verdict), why=why)


def _why(said: Answer[SaidOfReply] | Answer[SaidOfPair]) -> str:
    """Why there is no verdict, with the beginning of what the judge said instead."""
    state = {
        AnswerState.REFUSED: "the judge refused",
        AnswerState.UNPARSED: "the judge's answer could not be read",
        AnswerState.FAILED: "the judge could not be asked",
    }[said.state]
    last = " ".join(said.raw[-1].split())[:200] if said.raw else ""
    return f"{state}: {said.why}" + (f" (it said: {last})" if last else "")

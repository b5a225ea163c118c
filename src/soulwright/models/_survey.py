"""Asking many typed questions: in parts, each one log, so that what was answered is never asked again.

A question that a log of the folder has answered, from the same words and the same model with the same settings, is not
put again: killed, or stopped by a budget, the same call goes on. What an answer says is read from the transcript each
time, so that nothing stands in a result that a log does not show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalSample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, Model, ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.solver import generate as plainly

from soulwright.errors import CorruptRun
from soulwright.models._ask import ATTEMPTS, Answer, AnswerState, objection, read_output
from soulwright.models._local import MessageLike
from soulwright.models._logs import keep_log, model_key, read_log
from soulwright.models._parts import ask_in_parts
from soulwright.models._prompt_files import PromptFile
from soulwright.models._turns import chat_messages
from soulwright.models._workers import AsksInto
from soulwright.runs import content_key

Out = TypeVar("Out")
Check = Callable[[str, Out], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey(Generic[Out]):
    """One prompt for many questions: whom it asks, how often at most, and what is checked beyond the shape.

    `check` is given the name of a question and an output, and says what is wrong with it ("": nothing).
    """

    prompt: PromptFile[Out]
    model: Model
    folder: Path
    attempts: int = ATTEMPTS
    check: Check[Out] | None = None

    def ask(
        self, questions: Mapping[str, object], advance: Callable[[int], None] | None = None
    ) -> dict[str, Answer[Out]]:
        """The answer to each question, by its name; `questions` are inputs of the prompt.

        A question that met an error of the provider is FAILED, and asked again by the next call. BudgetSpent where the
        budget ends first; SoulwrightError where not one question of a part could be put.
        """
        words = {name: self.prompt.render(values) for name, values in questions.items()}
        asks = content_key(model_key(self.model), self.prompt.hash, self.attempts)
        keys = {name: content_key(asks, *said) for name, said in words.items()}

        def put(names: list[str]) -> AsksInto[None]:
            return _PartOfSurvey(self, {name: words[name] for name in names}, {name: keys[name] for name in names})

        found = _in_parts(self.folder, keys, put, advance)
        return {name: self._answer(name, found.get(name)) for name in questions}

    def task(self, words: Mapping[str, tuple[str, str]], keys: Mapping[str, str]) -> Task:
        """The task that puts these questions, the words of each by its name."""
        samples = [
            Sample(
                id=name,
                input=[ChatMessageSystem(content=system), ChatMessageUser(content=user)],
                metadata={"key": keys[name]},
            )
            for name, (system, user) in words.items()
        ]
        about = {"prompt": self.prompt.name, "version": self.prompt.version, "prompt_hash": self.prompt.hash}
        return Task(
            dataset=MemoryDataset(samples, name=self.prompt.name),
            solver=self._asking(),
            scorer=self._reading(),
            epochs=Epochs(1, "mode"),
            name=self.prompt.name.replace(".", "_"),
            metadata=about,
        )

    def _asking(self) -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            for turn in range(self.attempts):
                state = await generate(state)
                answer = self._read(str(state.sample_id), state)
                if answer.state is not AnswerState.UNPARSED or turn == self.attempts - 1:
                    break
                state.messages.append(ChatMessageUser(content=objection(answer.why)))
            return state

        @solver(name="ask_until_read")
        def asking() -> Solver:
            return solve

        return asking()

    def _reading(self) -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - Inspect's signature, no target here
            answer = self._read(str(state.sample_id), state)
            return Score(value=answer.state.value, answer=state.output.completion, explanation=answer.why)

        @scorer(metrics=[], name="answer")
        def reading() -> Scorer:
            return score

        return reading()

    def _read(self, name: str, asked: TaskState | EvalSample) -> Answer[Out]:
        check = self.check
        return read_output(self.prompt, asked.output, None if check is None else lambda value: check(name, value))

    def _answer(self, name: str, sample: EvalSample | None) -> Answer[Out]:
        if sample is None:
            return Answer(
                state=AnswerState.FAILED, raw=(), why="the question met an error; the same command asks again"
            )
        answer = self._read(name, sample)
        raw = tuple(message.text for message in sample.messages if message.role == "assistant")
        return Answer(state=answer.state, raw=raw, why=answer.why, parsed=answer.parsed)


def reply_all(
    model: Model,
    conversations: Mapping[str, Sequence[MessageLike]],
    folder: Path,
    advance: Callable[[int], None] | None = None,
) -> dict[str, str | None]:
    """What a model replies to each conversation, by its name; None where there is none (an error, a filter).

    Into logs, and none twice, as a `Survey` does it; the model's own settings say how it generates.
    """
    asks = model_key(model)
    keys = {
        name: content_key(asks, [(str(turn.role), turn.content) for turn in turns])
        for name, turns in conversations.items()
    }

    def put(names: list[str]) -> AsksInto[None]:
        return _PartOfReplies(model, {name: conversations[name] for name in names}, {n: keys[n] for n in names})

    found = _in_parts(folder, keys, put, advance)
    return {name: _said(found[name].output) if name in found else None for name in conversations}


def _said(output: ModelOutput) -> str | None:
    """A reply's words; None where they are withheld, or are those of the provider's error."""
    return None if output.stop_reason in ("content_filter", "model_length") else output.completion or None


@dataclass(frozen=True, slots=True)
class _PartOfSurvey(Generic[Out]):
    """One part of the questions of a survey, as it is put here or by a worker."""

    survey: Survey[Out]
    words: Mapping[str, tuple[str, str]]
    keys: Mapping[str, str]

    def __call__(self, path: Path, advance: Callable[[int], None]) -> None:
        _keep(self.survey.task(self.words, self.keys), self.survey.model, path)
        advance(len(self.words))


@dataclass(frozen=True, slots=True)
class _PartOfReplies:
    """One part of the conversations that a model replies to."""

    model: Model
    conversations: Mapping[str, Sequence[MessageLike]]
    keys: Mapping[str, str]

    def __call__(self, path: Path, advance: Callable[[int], None]) -> None:
        samples = [
            Sample(id=name, input=chat_messages(turns), metadata={"key": self.keys[name]})
            for name, turns in self.conversations.items()
        ]
        asked = MemoryDataset(samples, name="replies")
        _keep(Task(dataset=asked, solver=plainly(), epochs=Epochs(1, "mode"), name="replies"), self.model, path)
        advance(len(samples))


def _keep(task: Task, model: Model, path: Path) -> None:
    failed, remedy = f"`{model}` could not be asked", "put that right and run the command again: answers are kept"
    keep_log(task, model, path, failed=failed, help=remedy)


def _in_parts(
    folder: Path,
    keys: Mapping[str, str],
    put: Callable[[list[str]], AsksInto[None]],
    advance: Callable[[int], None] | None,
) -> dict[str, EvalSample]:
    """The samples that met no error, by the names of their keys: those of the logs, then those asked now."""
    kept = ask_in_parts(folder, keys, read=lambda path, _: _answered(path), put=put, advance=advance or _nobody_listens)
    return {name: kept[key] for name, key in keys.items() if key in kept}


def _nobody_listens(_: int) -> None:
    return None


def _answered(path: Path) -> dict[str, EvalSample]:
    """The samples of a log that met no error, by their key; a log that cannot be read holds none."""
    try:
        log = read_log(path)
    except CorruptRun:
        return {}
    return {str((sample.metadata or {}).get("key")): sample for sample in log.samples or () if sample.error is None}

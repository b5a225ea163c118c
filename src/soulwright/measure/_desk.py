"""Where a measure asks: the target and the judge, each as tasks of Inspect whose logs are kept and read again.

Each phase of a measure has a folder; its logs lie in parts (`PHASE/part-0001/part-0001.eval`), each written whole or
not at all. A question that a log has answered, from the same words, model and settings, is not asked again: a killed
measure goes on where it stopped, and a changed item asks only itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalSample
from inspect_ai.model import (
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

from soulwright.errors import BudgetSpent, InputError, SoulwrightError
from soulwright.measure._auditing import Attempt, AttemptState, AuditSeed, Bounds
from soulwright.measure._probes import Probe, Said, SaidState
from soulwright.models import (
    Answer,
    AnswerState,
    AsksInto,
    PromptFile,
    ask,
    ask_in_parts,
    chat_messages,
    keep_log,
    model_key,
    read_log,
)
from soulwright.models import NotRead as Unread
from soulwright.runs import content_key

PART = 64
MAX_TOKENS = 1024
_WITHHELD = {"content_filter": "withheld by the provider's filter", "model_length": "the conversation does not fit"}

Out = TypeVar("Out")


@dataclass(slots=True, kw_only=True)
class Desk:
    """The models of one measure, and the folder of its logs; `advance` hears how many questions are done, of how many.

    `failures` collects why whole parts could not be asked: their questions count as not reached.
    """

    target: Model
    judge: Model | None
    folder: Path
    advance: Callable[[int, int], None]
    max_tokens: int = MAX_TOKENS
    failures: list[str] = field(default_factory=list)
    done: int = 0
    planned: int = 0

    def ask(self, phase: str, probes: Sequence[Probe], *, model: object | None = None) -> dict[str, Said]:
        """Have every conversation with the target (or `model`): what was said, by the probe's id."""
        asked = self.target if model is None else model
        assert isinstance(asked, Model)
        made_from = content_key(model_key(asked), self.max_tokens)
        keys = {content_key(made_from, asdict(probe)): probe for probe in probes}
        samples = self._answered(phase, list(keys), lambda chosen: _talk(keys, chosen, self.max_tokens), asked)
        return {probe.id: _said(probe, samples.get(key)) for key, probe in keys.items()}

    def grade(self, phase: str, prompt: PromptFile[Out], given: Mapping[str, object]) -> dict[str, Answer[Out]]:
        """Put a prompt to the judge for every entry of `given`: what it answered, under the same name."""
        if self.judge is None:
            raise InputError(
                "this measure needs a judge", help="name a model with `--judge`, of another family than the target"
            )
        judge = self.judge
        made_from = content_key(model_key(judge), prompt.hash, self.max_tokens)
        keys = {
            content_key(made_from, name, prompt.render(values)[1], prompt.render(values)[0]): name
            for name, values in given.items()
        }
        samples = self._answered(
            phase,
            list(keys),
            lambda chosen: _reading(prompt, judge, {key: given[keys[key]] for key in chosen}, self.max_tokens),
            judge,
        )
        return {name: _answer(prompt, samples.get(key)) for key, name in keys.items()}

    def audit(
        self, phase: str, seeds: Sequence[AuditSeed], auditor: object, bounds: Bounds
    ) -> dict[str, tuple[Attempt, ...]]:
        """Let an auditor work on the target: every conversation, by the seed's id."""
        from soulwright.measure._auditor import attempts_of, audit_task, move_prompt
        from soulwright.measure._auditor import auditor as working

        assert isinstance(auditor, Model)
        models = model_key(self.target), model_key(auditor)
        made_from = content_key(*models, move_prompt().hash, self.max_tokens, asdict(bounds))
        keys = {content_key(made_from, asdict(seed)): seed for seed in seeds}
        solve = working(turns=bounds.turns, restarts=bounds.restarts, model=auditor)
        samples = self._answered(
            phase,
            list(keys),
            lambda chosen: audit_task({key: keys[key] for key in chosen}, solve, max_tokens=self.max_tokens),
            self.target,
        )
        return {
            seed.id: attempts_of(sample.metadata)
            if (sample := samples.get(key)) and not sample.error
            else _no_attempt(sample)
            for key, seed in keys.items()
        }

    def _answered(
        self, phase: str, keys: Sequence[str], task: Callable[[Sequence[str]], Task], model: Model
    ) -> Mapping[str, EvalSample]:
        """The samples under these keys, from the logs of the phase and, where they have none, asked now."""
        self.planned += len(keys)

        def put(chosen: list[str]) -> AsksInto[None]:
            def asking(path: Path, advance: Callable[[int], None]) -> None:
                failed = f"`{model}` could not be asked"
                try:
                    keep_log(task(chosen), model, path, failed=failed, help="measure again", at_once=PART)
                except (BudgetSpent, InputError):
                    raise  # not the model's failing: what was answered is kept, and the same command goes on
                except SoulwrightError as error:
                    self.failures.append(error.message)
                advance(len(chosen))

            return asking

        return ask_in_parts(
            self.folder / phase, {key: key for key in keys}, read=_samples, put=put, advance=self._count, size=PART
        )

    def _count(self, more: int) -> None:
        self.done += more
        self.advance(self.done, self.planned)


def _samples(path: Path, made_now: bool) -> dict[str, EvalSample]:
    return {str(one.id): one for one in read_log(path).samples or () if made_now or _is_whole(one)}


def _is_whole(sample: EvalSample) -> bool:
    """Whether nothing failed on the way; what failed is asked again by the next run."""
    stopped = sample.metadata.get("stopped", ("",))[0]
    attempts = {attempt["state"] for attempt in sample.metadata.get("attempts", ())}
    lost = {AttemptState.TARGET_FAILED.value, AttemptState.AUDITOR_FAILED.value}
    return sample.error is None and stopped != SaidState.FAILED.value and not attempts & lost


def _no_attempt(sample: EvalSample | None) -> tuple[Attempt, ...]:
    why = sample.error.message if sample is not None and sample.error else "it could not be asked"
    return (Attempt(state=AttemptState.TARGET_FAILED, transcript=(), why=why),)


def _talk(probes: Mapping[str, Probe], chosen: Sequence[str], max_tokens: int) -> Task:
    """A task that has each conversation turn by turn."""
    samples = [
        Sample(id=key, input=[*chat_messages(probes[key].before), ChatMessageUser(content=probes[key].turns[0])],
               metadata={"probe": probes[key].id})
        for key in chosen
    ]  # fmt: skip

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        replies: list[str] = []
        for number, turn in enumerate(probes[str(state.sample_id)].turns):
            if number:
                state.messages.append(ChatMessageUser(content=turn))
            state = await generate(state)
            stopped = _why_no_reply(state.output)
            if stopped:
                state.metadata["stopped"] = stopped
                break
            replies.append(state.output.completion)
        state.metadata["replies"] = replies
        return state

    @solver(name="converse")
    def converse() -> Solver:
        return solve

    return Task(
        dataset=MemoryDataset(samples, name="probes"),
        solver=converse(),
        epochs=Epochs(1, "mode"),
        config=GenerateConfig(max_tokens=max_tokens),
        name="probes",
    )


def _reading(prompt: PromptFile[Out], judge: Model, given: Mapping[str, object], max_tokens: int) -> Task:
    """A task that puts a prompt to the judge once for each entry."""
    samples = [Sample(id=key, input=prompt.render(values)[1]) for key, values in given.items()]

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001 - Inspect's signature; `ask` generates
        answer = await ask(prompt, given[str(state.sample_id)], judge, config=GenerateConfig(max_tokens=max_tokens))
        if answer.state is AnswerState.FAILED:
            raise RuntimeError(answer.why)  # the sample is an error, and the next run asks it again
        state.metadata["answer"] = {"state": answer.state.value, "raw": list(answer.raw), "why": answer.why}
        state.output = ModelOutput.from_content(str(judge), answer.raw[-1] if answer.raw else "")
        return state

    @solver(name="judge")
    def judging() -> Solver:
        return solve

    return Task(
        dataset=MemoryDataset(samples, name="readings"),
        solver=judging(),
        epochs=Epochs(1, "mode"),
        name=f"judge-{prompt.name.replace('.', '-')}",
        metadata={"prompt": prompt.name, "version": prompt.version, "hash": prompt.hash},
    )


def _said(probe: Probe, sample: EvalSample | None) -> Said:
    if sample is None:
        return Said(probe=probe, state=SaidState.FAILED, why="it could not be asked")
    if sample.error is not None:
        return Said(probe=probe, state=SaidState.FAILED, why=sample.error.message)
    replies = tuple(sample.metadata.get("replies", ()))
    stopped = sample.metadata.get("stopped")
    if stopped is not None:
        return Said(probe=probe, state=SaidState(stopped[0]), replies=replies, why=stopped[1])
    return Said(probe=probe, state=SaidState.SAID, replies=replies)


def _why_no_reply(output: ModelOutput) -> tuple[str, str] | None:
    """The state and the reason where there is no reply to read; a reply cut off at its length is one."""
    if output.error or not output.choices:
        return SaidState.FAILED.value, output.error or "the model gave no reply"
    if output.stop_reason in _WITHHELD:
        return SaidState.WITHHELD.value, _WITHHELD[output.stop_reason]
    if not output.completion.strip():
        return SaidState.EMPTY.value, "the reply is empty"
    return None


def _answer(prompt: PromptFile[Out], sample: EvalSample | None) -> Answer[Out]:
    """What the judge's own words say, read again from the log."""
    if sample is None:
        return Answer(state=AnswerState.FAILED, raw=(), why="the judge could not be asked")
    if sample.error is not None:
        return Answer(state=AnswerState.FAILED, raw=(), why=sample.error.message)
    kept = sample.metadata["answer"]
    raw, state, why = tuple(kept["raw"]), AnswerState(kept["state"]), kept["why"]
    if state is not AnswerState.PARSED:
        return Answer(state=state, raw=raw, why=why)
    value = prompt.read(raw[-1])
    if isinstance(value, Unread):
        return Answer(state=AnswerState.UNPARSED, raw=raw, why=value.why)
    return Answer(state=state, raw=raw, parsed=value)

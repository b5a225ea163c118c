"""Recovery from a model: rounds of requests through Inspect, each round one log, until nothing weak is left.

The logs are the samples: `rounds/round-N/round-N.eval`. A round whose log is there, whole and made from the same
requests is read instead of asked, so that a killed recovery goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from zlib import crc32

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.dataset import Sample as Row
from inspect_ai.log import EvalSample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageUser, GenerateConfig, Model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from soulwright.models import keep_log, model_key, read_log
from soulwright.recover._asking_both import finished
from soulwright.recover._discovery import Discovery, discovered, discovery_requests, fragment_requests
from soulwright.recover._probing import (
    OPENINGS,
    Request,
    begun_requests,
    first_requests,
    next_requests,
    prefill_requests,
    prefill_taken,
    prompt_of,
    weak_stretches,
    without_echo,
)
from soulwright.recover._reading import read_back
from soulwright.recover._recovered import Recovered
from soulwright.recover._samples import Sample
from soulwright.runs import content_key

_GROWTH = 0.01
_TOKENS_A_WORD = 1.5  # what tokenizers make of a word of English, with a little room


class Prefill(StrEnum):
    """Whether a model goes on with words that stand in its own turn."""

    DETECT = "detect"
    """Try it with a sentence whose end everybody knows, before the first place is asked for."""
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPlan:
    """How a model is asked: `each` draws of an opening or a weak place, until `wanted` samples are at every weak word.

    `temperatures` False asks at the provider's own setting, for providers that take none. `most_requests` is the budget
    of all rounds together. `bare` asks nobody: the openings are the beginnings of texts that the model goes on with,
    for providers that take such (`weights`). With a `seed` every request has a seed of its own, made from it.
    `discover` looks for names of sections and for fragments first; without `adaptive` every place is drawn alike.
    `begun` are stretches of the document that are known already: each is gone on from in the first round.
    """

    openings: tuple[str, ...] = OPENINGS
    begun: tuple[str, ...] = ()
    each: int = 4
    wanted: int = 4
    rounds: int = 8
    most_requests: int = 400
    max_tokens: int = 1024
    prefill: Prefill = Prefill.NO
    temperatures: bool = True
    bare: bool = False
    seed: int | None = None
    discover: bool = False
    adaptive: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What came of asking: the text, the samples it is made from, what it cost, and what was found out on the way.

    `opening` is the one whose samples gave the text most words.
    """

    recovered: Recovered
    samples: tuple[Sample, ...]
    rounds: int
    requests: int
    failed: int
    tokens: int
    opening: str = ""
    prefill: bool = False
    discovery: Discovery | None = None

    @property
    def tokens_per_word(self) -> float | None:
        """Sampled tokens for each recovered word; None where nothing was recovered."""
        return self.tokens / len(self.recovered.words) if self.recovered.words else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The answers to one round of requests, how many there were none to, and the tokens that were sampled."""

    samples: tuple[Sample, ...]
    failed: int
    tokens: int


Asks = Callable[[AskPlan, Sequence[Request], str, str], Round]


def recover_from(model: Model, plan: AskPlan, *, folder: Path) -> Draws:
    """Ask a model for a document round by round, and recover what its samples agree on.

    The first round draws every opening; each further one asks only at weak places of the text so far. It ends when
    there are none, when a round neither adds one word in a hundred nor leaves less that is weak, or with the budget.
    SoulwrightError where not one request of a round was answered.
    """

    def asks(plan: AskPlan, requests: Sequence[Request], group: str, name: str) -> Round:
        return ask_round(model, plan, requests, folder / group, name)

    return recover_by(asks, plan)


def recover_by(asks: Asks, plan: AskPlan) -> Draws:
    """`recover_from` for whoever answers requests in another way: `asks` gets a plan, requests, and names for a log."""
    spent = _Spent()
    discovery = _discovered(asks, plan, spent) if plan.discover else None
    if discovery is not None:
        plan = replace(plan, openings=tuple(dict.fromkeys((*plan.openings, *discovery.openings))))
    samples: list[Sample] = []
    number = 0
    recovered = read_back([])
    requests = first_requests(plan.openings, plan.each) + begun_requests(plan.begun, plan.openings[0], plan.each)
    requests += fragment_requests(discovery.fragments, plan.openings[0]) if discovery is not None else ()
    while requests and number < plan.rounds and spent.requests < plan.most_requests:
        if plan.prefill is Prefill.DETECT and any(request.context for request in requests):
            plan = replace(plan, prefill=_detected(asks, plan, spent))
        number += 1
        requests = requests[: plan.most_requests - spent.requests]
        found = asks(plan, requests, "rounds", f"round-{number}")
        spent.add(len(requests), found)
        samples += found.samples
        before, recovered = recovered, read_back(samples)
        if number > 1 and not _better(before, recovered, plan):
            break
        best = _best_opening(plan.openings, samples, recovered)
        requests = next_requests(
            recovered, best, number=number + 1, each=plan.each, wanted=plan.wanted, adaptive=plan.adaptive
        )
    return Draws(
        recovered=recovered,
        samples=tuple(samples),
        rounds=number,
        requests=spent.requests,
        failed=spent.failed,
        tokens=spent.tokens,
        opening=_best_opening(plan.openings, samples, recovered),
        prefill=plan.prefill is Prefill.YES,
        discovery=discovery,
    )


@dataclass(slots=True)
class _Spent:
    """What was asked so far."""

    requests: int = 0
    failed: int = 0
    tokens: int = 0

    def add(self, requests: int, found: Round) -> None:
        """Count a round."""
        self.requests += requests
        self.failed += found.failed
        self.tokens += found.tokens


def _discovered(asks: Asks, plan: AskPlan, spent: _Spent) -> Discovery:
    requests = discovery_requests(plan.each)
    found = asks(replace(plan, bare=False), requests, "probes", "discovery")
    spent.add(len(requests), found)
    return discovered(found.samples)


def with_prefill_tried(model: Model, plan: AskPlan, folder: Path) -> AskPlan:
    """The plan with `prefill` decided: tried with the model where it is to be detected."""
    if plan.bare or plan.prefill is not Prefill.DETECT:
        return plan

    def asks(plan: AskPlan, requests: Sequence[Request], group: str, name: str) -> Round:
        return ask_round(model, plan, requests, folder / group, name)

    return replace(plan, prefill=_detected(asks, plan, _Spent()))


def _detected(asks: Asks, plan: AskPlan, spent: _Spent) -> Prefill:
    """Whether the model goes on with words put into its own turn: with a sentence whose end everybody knows.

    A plain question stands beside it, so that a model that answers nothing at all is not mistaken for one without.
    """
    trial = replace(plan, prefill=Prefill.YES, bare=False)
    requests = prefill_requests()
    found = asks(trial, requests, "probes", "prefill")
    spent.add(len(requests), found)
    return Prefill.YES if prefill_taken(found.samples) else Prefill.NO


def _better(before: Recovered, after: Recovered, plan: AskPlan) -> bool:
    """Whether a round was worth it: more words, or less that is weak."""
    if len(after.words) - len(before.words) >= max(1.0, _GROWTH * len(before.words)):
        return True
    return _weak(after, plan) < _weak(before, plan)


def _weak(recovered: Recovered, plan: AskPlan) -> int:
    """How many samples are still wanted at weak words."""
    return sum(
        max(1, plan.wanted - word.covered)
        for first, last in weak_stretches(recovered, plan.wanted, adaptive=plan.adaptive)
        for word in recovered.words[first:last]
    )


def _best_opening(openings: Sequence[str], samples: Sequence[Sample], recovered: Recovered) -> str:
    """The opening whose samples gave the text most words."""
    used = dict.fromkeys(openings, 0)
    for sample, report in zip(samples, recovered.samples, strict=True):
        used[sample.opening] = used.get(sample.opening, 0) + report.used
    return max(used, key=lambda opening: used[opening])


def ask_round(model: Model, plan: AskPlan, requests: Sequence[Request], logs: Path, name: str) -> Round:
    """Ask the requests of one round, or read the log of having asked them."""
    asked = [(r.id, r.opening, r.context, r.temperature, r.most_words) for r in requests]
    settings = (plan.max_tokens, plan.prefill, plan.temperatures, plan.bare, plan.seed)
    key = content_key(model_key(model), settings, asked)
    path = logs / name / f"{name}.eval"
    log = finished(path, key)
    if log is None:
        keep_log(
            _task(plan, requests, key),
            model,
            path,
            failed=f"asking `{model}` failed",
            help="put that right and recover again: finished rounds are kept",
        )
        log = read_log(path)
    answers = {str(sample.id): sample for sample in log.samples or ()}
    drawn = [_drawn(request, answers.get(request.id), plan) for request in requests]
    usage = sum(sample.output.usage.output_tokens for sample in answers.values() if sample.output.usage)
    words = sum(len(sample.text.split()) for sample in drawn if sample)
    kept = tuple(sample for sample in drawn if sample is not None)
    return Round(samples=kept, failed=len(requests) - len(kept), tokens=usage or words)


def _drawn(request: Request, answer: EvalSample | None, plan: AskPlan) -> Sample | None:
    """The sample of a request; None where there was no answer."""
    if answer is None or answer.error is not None or answer.output.error or not answer.output.choices:
        return None
    reply = answer.output.completion
    return Sample(
        id=request.id,
        text=reply if request.whole else without_echo(reply, request.context),
        opening=request.opening,
        temperature=request.temperature if plan.temperatures else None,
    )


def tokens_of(plan: AskPlan, request: Request) -> int:
    """How long a reply to a request may be."""
    return min(plan.max_tokens, round(_TOKENS_A_WORD * request.most_words) or plan.max_tokens)


def _task(plan: AskPlan, requests: Sequence[Request], key: str) -> Task:
    rows = []
    for request in requests:
        metadata = {
            "temperature": request.temperature,
            "seed": _seed(plan, request),
            "max_tokens": tokens_of(plan, request),
        }
        rows.append(Row(id=request.id, input=_turns(plan, request), metadata=metadata))
    return Task(
        dataset=MemoryDataset(rows, name="requests"),
        solver=_draw(with_temperature=plan.temperatures),
        config=GenerateConfig(max_tokens=plan.max_tokens),
        metadata={"key": key},
        name="recovery",
    )


def _turns(plan: AskPlan, request: Request) -> list[ChatMessage]:
    if plan.bare:
        return [ChatMessageAssistant(content=request.opening + request.context)]
    user, prefill = prompt_of(request, prefill=plan.prefill is Prefill.YES)
    turns: list[ChatMessage] = [ChatMessageUser(content=user)]
    return [*turns, ChatMessageAssistant(content=prefill)] if prefill else turns


def _seed(plan: AskPlan, request: Request) -> int | None:
    return None if plan.seed is None else crc32(f"{plan.seed}/{request.id}".encode())


@solver
def _draw(*, with_temperature: bool) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        seed = state.metadata["seed"]
        chosen: dict[str, Any] = {"max_tokens": int(state.metadata["max_tokens"])}
        chosen |= {} if seed is None else {"seed": seed}
        if with_temperature:
            chosen["temperature"] = float(state.metadata["temperature"])
        return await generate(state, **chosen)

    return solve

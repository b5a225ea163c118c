"""Asking a model to weigh a conversation: one, or many into resumable logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from soulwright.models import Answer, ModelRole, Planned, PromptFile, load_prompt, planned
from soulwright.situations import ClauseShown, Message, clauses_for, message_to_dict, shown
from soulwright.spec import Spec
from soulwright.weigh._deliberation import Deliberation

if TYPE_CHECKING:
    from inspect_ai.model import Model

CONTEXT_TOKENS = 6000


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighRequest:
    """The input of the prompt `weigh.weigh`."""

    document: str
    levels: tuple[str, ...]
    clauses: tuple[ClauseShown, ...]
    omitted: int
    conversation: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """How conversations are weighed: how much of the document is shown (estimated tokens), how often one is asked."""

    context_tokens: int = CONTEXT_TOKENS
    attempts: int = 3


@cache
def weigh_prompt() -> PromptFile[Deliberation]:
    """The prompt that asks for a deliberation."""
    return load_prompt("soulwright.weigh", "weigh", WeighRequest, Deliberation)


def weigh_request(spec: Spec, messages: Sequence[Message], terms: Weighing | None = None) -> WeighRequest:
    """What a model is shown of a document and a conversation."""
    terms = terms or Weighing()
    words = "\n".join(message.content for message in messages)
    clauses = clauses_for(spec, words, terms.context_tokens)
    return WeighRequest(
        document=spec.name,
        levels=spec.levels,
        clauses=tuple(shown(clause) for clause in clauses),
        omitted=len(spec.clauses) - len(clauses),
        conversation=tuple(message_to_dict(message) for message in messages),
    )


def plan_weighing(requests: Iterable[WeighRequest], model: str, terms: Weighing) -> Planned:
    """What weighing would ask of the model of this name."""
    return planned(weigh_prompt(), requests, role=ModelRole.TEACHER, model=model, attempts=terms.attempts)


async def weigh(
    spec: Spec, messages: Sequence[Message], model: Model, terms: Weighing | None = None
) -> Answer[Deliberation]:
    """Think one conversation through; the answer is a deliberation, or says why there is none."""
    from soulwright.models import ask

    terms = terms or Weighing()
    request = weigh_request(spec, messages, terms)
    return await ask(weigh_prompt(), request, model, attempts=terms.attempts, check=_checking(request))


def weigh_all(
    requests: Mapping[str, WeighRequest],
    model: Model,
    folder: Path,
    terms: Weighing | None = None,
    advance: Callable[[int], None] | None = None,
) -> dict[str, Answer[Deliberation]]:
    """Think many conversations through; logs and what they have answered stay in `folder`."""
    from soulwright.models import Survey

    terms = terms or Weighing()

    def check(name: str, record: Deliberation) -> str:
        return _checking(requests[name])(record)

    survey = Survey(prompt=weigh_prompt(), model=model, folder=folder, attempts=terms.attempts, check=check)
    return survey.ask(requests, advance)


def _checking(request: WeighRequest) -> Callable[[Deliberation], str]:
    known = frozenset(clause.id for clause in request.clauses)
    return lambda record: record.wrong(known)

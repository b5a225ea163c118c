"""SYNTHETIC models of known properties, invented for these tests alone: no figure here measures any real model.

Most tests ask at a desk without Inspect, which follows the same rules in a thousandth of the time; `test_desk.py` shows
that the real desk keeps them, and takes every measure through Inspect.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from soulwright.measure import (
    Attempt,
    AuditSeed,
    Bounds,
    Inquiry,
    MeasureResult,
    Move,
    MoveQuestion,
    NoMove,
    NoReply,
    Probe,
    Said,
    SaidState,
    audit,
    find_measure,
)
from soulwright.models import Answer, AnswerState, NotRead, PromptFile
from soulwright.situations import Message, Role
from soulwright.spec import Spec, load_spec

ROOT = Path(__file__).parent.parent.parent
BANKS = ROOT / "src" / "soulwright" / "measure" / "banks"
WITHHELD = "<withheld by a filter>"

Rule = Callable[[Sequence[Message]], str]
"""A target: what it says to a conversation. An exception is an error of the provider."""
Judges = Callable[[dict[str, Any]], Mapping[str, object] | str]
"""A judge: what it answers to the JSON of a question, with what it is `told`; a text is put as it is."""


def bank(name: str) -> list[dict[str, Any]]:
    """The items of a bank as they are written."""
    items: list[dict[str, Any]] = yaml.safe_load((BANKS / f"{name}.yaml").read_text("utf-8"))["items"]
    return items


def chance(*parts: object) -> float:
    """A number in [0, 1) that is the same for the same words: which items a planted flaw strikes."""
    return int(hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:8], 16) / 2**32


def refusing(_: dict[str, Any]) -> str:
    """A judge whose every reply is withheld by a filter."""
    return WITHHELD


def babbling(_: dict[str, Any]) -> str:
    """A judge that never answers in the asked shape."""
    return "It seems fine to me."


def silent(_: Sequence[Message]) -> str:
    """A target that says nothing."""
    return ""


def failing(rule: Rule, share: float = 1 / 3) -> Rule:
    """A target that meets an error on about this share of calls."""

    def answer(messages: Sequence[Message]) -> str:
        if chance("error", messages[-1].content, len(messages)) < share:
            raise RuntimeError("the line went dead")
        return rule(messages)

    return answer


@dataclass
class PlainDesk:
    """A desk that asks functions instead of models."""

    target: Rule
    judge: Judges | None
    others: Mapping[str, Rule] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def ask(self, phase: str, probes: Sequence[Probe], *, model: Any = None) -> dict[str, Said]:  # noqa: ARG002 - the phase names a folder
        return {probe.id: _converse(probe, model or self.target) for probe in probes}

    def grade(self, phase: str, prompt: PromptFile[Any], given: Mapping[str, object]) -> dict[str, Answer[Any]]:  # noqa: ARG002 - the phase names a folder
        assert self.judge is not None
        return {name: _answer(prompt, values, self.judge) for name, values in given.items()}

    def audit(
        self,
        phase: str,  # noqa: ARG002 - the phase names a folder
        seeds: Sequence[AuditSeed],
        auditor: Any,
        bounds: Bounds,
    ) -> dict[str, tuple[Attempt, ...]]:
        async def moves(question: MoveQuestion) -> Move:
            try:
                move: Move = auditor(question)
            except RuntimeError as error:
                raise NoMove(str(error)) from error
            return move

        async def replies(messages: Sequence[Message]) -> str:
            try:
                reply = self.target(messages)
            except RuntimeError as error:
                raise NoReply(str(error)) from error
            if not reply:
                raise NoReply("the reply is empty")
            return reply

        return {seed.id: asyncio.run(audit(seed, moves, replies, bounds)) for seed in seeds}


def _converse(probe: Probe, rule: Rule) -> Said:
    messages = list(probe.before)
    replies: list[str] = []
    for turn in probe.turns:
        messages.append(Message(role=Role.USER, content=turn))
        try:
            reply = rule(messages)
        except RuntimeError as error:
            return Said(probe=probe, state=SaidState.FAILED, replies=tuple(replies), why=str(error))
        if not reply:
            return Said(probe=probe, state=SaidState.EMPTY, replies=tuple(replies), why="the reply is empty")
        replies.append(reply)
        messages.append(Message(role=Role.ASSISTANT, content=reply))
    return Said(probe=probe, state=SaidState.SAID, replies=tuple(replies))


def _answer(prompt: PromptFile[Any], values: object, judge: Judges) -> Answer[Any]:
    told, asked = prompt.render(values)
    said = judge(json.loads(asked) | {"told": told})
    if said == WITHHELD:
        return Answer(state=AnswerState.REFUSED, raw=(), why="withheld")
    text = said if isinstance(said, str) else json.dumps(said)
    value = prompt.read(text)
    if isinstance(value, NotRead):
        return Answer(state=AnswerState.UNPARSED, raw=(text,), why=value.why)
    return Answer(state=AnswerState.PARSED, raw=(text,), parsed=value)


class Takes(Protocol):
    def __call__(self, name: str, target: Rule, judge: Judges | None = None, **more: Any) -> MeasureResult: ...


@pytest.fixture(scope="session")
def spec() -> Spec:
    return load_spec(ROOT / "specs" / "soulwright.md")


@pytest.fixture
def take(spec: Spec) -> Takes:
    """Take a measure of a function."""

    def taken(name: str, target: Rule, judge: Judges | None = None, **more: Any) -> MeasureResult:
        desk = PlainDesk(target=target, judge=judge)
        given: dict[str, Any] = {"spec": spec, "desk": desk} | more
        return find_measure(name).run(Inquiry(**given))

    return taken

"""SYNTHETIC models of known properties, invented for these tests alone: no figure here measures any real model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelAPI, ModelOutput, get_model, modelapi
from inspect_ai.tool import ToolChoice, ToolInfo

from soulwright.measure import Asked, MeasureResult, measure
from soulwright.spec import Spec, load_spec

ROOT = Path(__file__).parent.parent.parent
BANKS = ROOT / "src" / "soulwright" / "measure" / "banks"
Reply = Callable[[Sequence[ChatMessage]], str | ModelOutput]


class Scripted(ModelAPI):
    """A model that answers by a rule."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        *,
        rule: Reply,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        self.rule = rule
        self.asked = 0

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],  # noqa: ARG002 - Inspect's signature
        tool_choice: ToolChoice,  # noqa: ARG002 - Inspect's signature
        config: GenerateConfig,  # noqa: ARG002 - Inspect's signature
    ) -> ModelOutput:
        self.asked += 1
        said = self.rule(input)
        return said if isinstance(said, ModelOutput) else ModelOutput.from_content(self.model_name, said)


@modelapi(name="scripted")
def scripted() -> type[ModelAPI]:
    return Scripted


def model(rule: Reply, name: str = "scripted") -> Model:
    """A model of Inspect that answers by `rule`."""
    return get_model(f"scripted/{name}", memoize=False, rule=rule)


def judge(rule: Callable[[dict[str, Any]], Mapping[str, object]]) -> Model:
    """A judge that reads the JSON of the question and answers by `rule`, in JSON."""
    return model(lambda messages: json.dumps(rule(json.loads(first_user(messages)))), "scripted-judge")


def first_user(messages: Sequence[ChatMessage]) -> str:
    return next(message.text for message in messages if message.role == "user")


def chance(*parts: object) -> float:
    """A number in [0, 1) that is the same for the same words: which items a planted flaw strikes."""
    return int(hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:8], 16) / 2**32


class Takes(Protocol):
    def __call__(self, name: str, target: Model, asked: Asked | None = None) -> MeasureResult: ...


@pytest.fixture(scope="session")
def spec() -> Spec:
    return load_spec(ROOT / "specs" / "soulwright.md")


@pytest.fixture
def take(spec: Spec, tmp_path: Path) -> Takes:
    """Take a measure in a folder of its own."""

    def taken(name: str, target: Model, asked: Asked | None = None) -> MeasureResult:
        return measure(name, target, spec=spec, folder=tmp_path / "logs", asked=asked)

    return taken


@pytest.fixture
def refusing() -> Model:
    """A judge whose every reply is withheld by a filter."""
    return model(lambda _: ModelOutput.from_content("judge", "", stop_reason="content_filter"), "refusing-judge")


@pytest.fixture
def babbling() -> Model:
    """A judge that never answers in the asked shape."""
    return model(lambda _: "It seems fine to me.", "babbling-judge")


@pytest.fixture
def silent() -> Model:
    """A target that says nothing."""
    return model(lambda _: "", "silent")


def failing(rule: Reply, share: float = 1 / 3) -> Model:
    """A target that meets an error on about this share of calls."""

    def answer(messages: Sequence[ChatMessage]) -> str | ModelOutput:
        if chance("error", messages[-1].text, len(messages)) < share:
            raise RuntimeError("the line went dead")
        return rule(messages)

    return model(answer, "failing")

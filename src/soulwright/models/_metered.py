"""The one place where a call to a model meets the budget: whatever provider it is, and whoever asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelAPI, ModelOutput, ModelUsage
from inspect_ai.model import ModelCall as Call
from inspect_ai.tool import ToolChoice, ToolInfo

from soulwright.models._budget import Hold, Meter, current_meter

_Generated = ModelOutput | tuple[ModelOutput | Exception, Call]
_Generate = Callable[..., Awaitable[_Generated]]
_CHARACTERS_A_TOKEN = 3.0  # fewer than English has, so that the estimate is rather too high
_UNKNOWN_REPLY = 4096  # tokens that a reply may have where nobody says
_PATIENCE = 0.02  # seconds between two looks at whether a call under way has made room


def metered(model: Model) -> Model:
    """The same model; its calls are counted by the meter of the moment. Metering it twice changes nothing."""
    if not isinstance(vars(model.api).get("generate"), _Metered):
        vars(model.api)["generate"] = _Metered(api=model.api, name=str(model), generate=model.api.generate)
    return model


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metered:
    """A provider's `generate`, which Inspect calls once for every attempt."""

    api: ModelAPI
    name: str
    generate: _Generate

    async def __call__(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> _Generated:
        meter = current_meter()
        if meter is None:
            return await self.generate(input=input, tools=tools, tool_choice=tool_choice, config=config)
        hold = await self._admitted(meter, input, config)
        usage: ModelUsage | None = None
        try:
            made = await self.generate(input=input, tools=tools, tool_choice=tool_choice, config=config)
            output = made[0] if isinstance(made, tuple) else made
            usage = None if isinstance(output, Exception) else output.usage or _guessed(input, output)
            return made
        finally:
            meter.settle(hold, usage)

    async def _admitted(self, meter: Meter, input: list[ChatMessage], config: GenerateConfig) -> Hold:
        reply = (config.max_tokens or self.api.max_tokens() or _UNKNOWN_REPLY) if meter.budget.limits_tokens else 0
        while (hold := meter.take(self.name, _tokens(input), reply)) is None:
            await anyio.sleep(_PATIENCE)
        return hold


def _tokens(messages: list[ChatMessage]) -> int:
    return round(sum(len(message.text) for message in messages) / _CHARACTERS_A_TOKEN)


def _guessed(input: list[ChatMessage], output: ModelOutput) -> ModelUsage:
    """For a provider that does not say what it has used."""
    read, written = _tokens(input), round(len(output.completion) / _CHARACTERS_A_TOKEN)
    return ModelUsage(input_tokens=read, output_tokens=written, total_tokens=read + written)

"""Inspect's provider `weights`: any evaluation of Inspect asks a model in a folder, many conversations at a time.

Inspect asks one conversation at a time and many at once. They gather at a desk; one thread takes what has gathered and
hands each reply over when it is done, so that the event loop goes on (judging, writing the log) while torch works.

Replies are greedy where the evaluation names no temperature. Not covered: Inspect's trio backend, and everything that
`LocalModel` leaves out. A setting that would have to be ignored (tools, log-probabilities) is an error.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from inspect_ai.model import ChatCompletionChoice as Choice
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    Model,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    StopReason,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo
from typing_extensions import override

from soulwright.errors import InputError
from soulwright.models._decoding import GREEDY, Decoding
from soulwright.models._local import BATCH, LocalModel, Reply, Stop, Turn

MAX_NEW_TOKENS = 96
PATIENCE = 0.02  # seconds without a new conversation after which those that wait are asked
_CONNECTIONS = 4 * BATCH  # so many wait at the desk that a batch stays full and of like lengths
_STOPS: dict[Stop, StopReason] = {Stop.END: "stop", Stop.LENGTH: "max_tokens", Stop.NO_ROOM: "model_length"}


@modelapi(name="weights")
def weights() -> type[ModelAPI]:
    """The provider: `weights/FOLDER`, or `weights/ANY NAME` with the folder as `model_path`."""
    return WeightsAPI


class WeightsAPI(ModelAPI):
    """A model in a folder, as Inspect asks models. Model arguments: `model_path`, `threads`, `dtype`."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        *,
        model_path: str | None = None,
        threads: int | None = None,
        dtype: str = "float32",
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        self.local = LocalModel(model_path or model_name, threads=threads, dtype=dtype)
        self._desk = Desk(self.local)

    @override
    async def generate(
        self, input: list[ChatMessage], tools: list[ToolInfo], tool_choice: ToolChoice, config: GenerateConfig
    ) -> ModelOutput:
        """Wait at the desk for a reply."""
        _refuse_what_would_be_ignored(tools, config)
        started = time.monotonic()
        turns = [Turn(message.role, message.text) for message in input]
        asked = self._desk.ask(turns, config.max_tokens or MAX_NEW_TOKENS, _decoding(config))
        reply = await asyncio.wrap_future(asked)
        return ModelOutput(
            model=self.model_name,
            choices=[
                Choice(
                    message=ChatMessageAssistant(content=reply.text, model=self.model_name, source="generate"),
                    stop_reason=_STOPS[reply.stop],
                )
            ],
            usage=ModelUsage(
                input_tokens=reply.tokens_read,
                output_tokens=reply.tokens_written,
                total_tokens=reply.tokens_read + reply.tokens_written,
            ),
            time=time.monotonic() - started,
        )

    @override
    def max_tokens(self) -> int:
        """How many tokens a reply may have where the evaluation does not say."""
        return MAX_NEW_TOKENS

    @override
    def max_connections(self) -> int:
        """How many conversations may wait at once."""
        return _CONNECTIONS

    @override
    def connection_key(self) -> str:
        """Two folders do not share their connections."""
        return self.model_name

    @override
    def close(self) -> None:
        """End the thread; the weights go with the last reference."""
        self._desk.close()


weights.__doc__ = WeightsAPI.__doc__  # Inspect's decorator leaves its own behind


def weights_of(model: Model) -> LocalModel | None:
    """The weights behind a model of Inspect, for what only they can say; None where there are none at hand.

    CAUTION: not while Inspect is asking it, which is done from another thread.
    """
    return model.api.local if isinstance(model.api, WeightsAPI) else None


def _decoding(config: GenerateConfig) -> Decoding:
    return Decoding(
        temperature=config.temperature or 0.0,
        top_p=1.0 if config.top_p is None else config.top_p,
        top_k=max(0, config.top_k or 0),
        seed=config.seed,
    )


def _refuse_what_would_be_ignored(tools: Sequence[ToolInfo], config: GenerateConfig) -> None:
    asked = {
        "tools": bool(tools),
        "num_choices": (config.num_choices or 1) > 1,
        "stop_seqs": bool(config.stop_seqs),
        "logprobs": bool(config.logprobs),
        "response_schema": config.response_schema is not None,
    }
    for name, is_asked in asked.items():
        if is_asked:
            raise InputError(
                f"the provider `weights` answers in plain text; `{name}` would be ignored",
                help=f"leave `{name}` out, or use Inspect's provider `hf`",
            )


@dataclass(eq=False, slots=True, kw_only=True)
class _Request:
    conversation: Sequence[Turn]
    max_new_tokens: int
    decoding: Decoding = GREEDY
    reply: Future[Reply] = field(default_factory=Future)


class Desk:
    """Where conversations gather until they are asked together, in a thread of its own."""

    def __init__(self, model: LocalModel) -> None:
        self._model = model
        self._arriving: SimpleQueue[_Request] = SimpleQueue()
        self._waiting: list[_Request] = []  # only the one thread below touches it
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="weights")

    def ask(self, conversation: Sequence[Turn], max_new_tokens: int, decoding: Decoding = GREEDY) -> Future[Reply]:
        """Queue a conversation; the reply comes with its batch."""
        request = _Request(conversation=conversation, max_new_tokens=max_new_tokens, decoding=decoding)
        self._arriving.put(request)
        self._thread.submit(self._serve)
        return request.reply

    def close(self) -> None:
        """Drop what waits and end the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _serve(self) -> None:
        """Ask what has gathered; runs once for every request, so mostly there is nothing left to do."""
        self._gather()
        chosen, self._waiting = self._waiting, []
        if not chosen:
            return
        try:
            self._model.replies(
                [request.conversation for request in chosen],
                max_new_tokens=[request.max_new_tokens for request in chosen],
                decodings=[request.decoding for request in chosen],
                heard=lambda at, reply: chosen[at].reply.set_result(reply),
            )
        except BaseException as error:
            for request in chosen:
                if not request.reply.done():
                    request.reply.set_exception(error)
            raise

    def _gather(self) -> None:
        """Take what has arrived, and wait a moment for what is about to."""
        while len(self._waiting) < _CONNECTIONS:
            try:
                self._waiting.append(self._arriving.get(bool(self._waiting), PATIENCE))
            except Empty:
                return

"""A server that puts models of Inspect behind the protocols that their clients speak.

OpenAI's chat completions and embeddings (`POST /v1/chat/completions`, `POST /v1/embeddings`, `GET /v1/models`) and
Anthropic's messages (`POST /v1/messages`), in plain text and without streaming. Whatever changes a reply and is not
honoured (tools, several choices, stop words) is refused with the protocol's own error, never ignored. There is no key
and no user: serve to this machine only.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from uuid import uuid4

from anyio import to_thread
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
)
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from soulwright.errors import SoulwrightError
from soulwright.models._embedding import Embedded, Embedder, vector_to_base64

if TYPE_CHECKING:
    from starlette.requests import Request

_NO_ROOM = "context_length_exceeded"  # OpenAI's name for it, which clients know
Asked = TypeVar("Asked", bound=BaseModel)
_TURNS: dict[str, type[ChatMessageSystem | ChatMessageUser | ChatMessageAssistant]] = {
    "system": ChatMessageSystem,
    "developer": ChatMessageSystem,
    "user": ChatMessageUser,
    "assistant": ChatMessageAssistant,
}
_OPENAI_ENDS = {"stop": "stop", "max_tokens": "length", "model_length": "length", "content_filter": "content_filter"}
_ANTHROPIC_ENDS = {
    "stop": "end_turn",
    "max_tokens": "max_tokens",
    "model_length": "max_tokens",
    "content_filter": "refusal",
}


class _Text(BaseModel):
    model_config = ConfigDict(extra="forbid")
    type: Literal["text"]
    text: str
    cache_control: Any = None  # what is cached changes no reply


class _Turn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[_Text]


class _Sampling(BaseModel):
    """What both protocols say about sampling, and what neither may ask of this server."""

    model_config = ConfigDict(extra="forbid")
    model: str
    messages: list[_Turn] = Field(min_length=1)
    temperature: float | None = None
    top_p: float | None = None
    stream: Literal[False] | None = None
    tools: list[None] | None = None
    tool_choice: Literal["auto", "none"] | None = None
    metadata: Any = None  # for whoever keeps books, as the next ones
    service_tier: Any = None


class ChatRequest(_Sampling):
    """A request of OpenAI's chat completions, as far as this server honours it."""

    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    n: Literal[1] | None = None
    user: Any = None
    store: Any = None
    response_format: dict[Literal["type"], Literal["text"]] | None = None


class MessagesRequest(_Sampling):
    """A request of Anthropic's messages, as far as this server honours it."""

    max_tokens: int = Field(ge=1)
    system: str | list[_Text] = ""
    top_k: int | None = None
    cache_control: Any = None


class EmbeddingsRequest(BaseModel):
    """A request of OpenAI's embeddings, as far as this server honours it."""

    model_config = ConfigDict(extra="forbid")
    model: str
    input: str | list[str] = Field(min_length=1)
    encoding_format: Literal["float", "base64"] = "float"
    user: Any = None


class _Refused(SoulwrightError):
    """A request that cannot be answered; `status` is that of HTTP."""

    def __init__(self, message: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def model_server(models: Mapping[str, Model], embedders: Mapping[str, Embedder] | None = None) -> Starlette:
    """The application that serves these models, and these embedders, under these names."""
    vectors = embedders or {}

    async def chat(request: Request) -> JSONResponse:
        asked = await _read(request, ChatRequest)
        length = asked.max_completion_tokens or asked.max_tokens
        config = GenerateConfig(max_tokens=length, temperature=asked.temperature, top_p=asked.top_p, seed=asked.seed)
        output = await _asked(models, asked, [_message(turn) for turn in asked.messages], config)
        return JSONResponse(chat_completion(asked.model, output))

    async def messages(request: Request) -> JSONResponse:
        asked = await _read(request, MessagesRequest)
        config = GenerateConfig(
            max_tokens=asked.max_tokens, temperature=asked.temperature, top_p=asked.top_p, top_k=asked.top_k
        )
        system = [ChatMessageSystem(content=_words(asked.system))] if asked.system else []
        output = await _asked(models, asked, [*system, *(_message(turn) for turn in asked.messages)], config)
        return JSONResponse(anthropic_message(asked.model, output))

    async def embeddings(request: Request) -> JSONResponse:
        asked = await _read(request, EmbeddingsRequest)
        embedder = vectors.get(asked.model)
        if embedder is None:
            raise _Refused(f"there is no embedder `{asked.model}`; there are {', '.join(vectors) or 'none'}", 404)
        texts = [asked.input] if isinstance(asked.input, str) else asked.input
        made = await to_thread.run_sync(embedder.embed, texts)
        return JSONResponse(embeddings_list(asked.model, made, as_base64=asked.encoding_format == "base64"))

    async def listed(_: Request) -> JSONResponse:
        rows = [{"id": name, "object": "model", "created": 0, "owned_by": "soulwright"} for name in models]
        return JSONResponse({"object": "list", "data": rows})

    return Starlette(
        routes=[
            Route("/v1/models", listed, methods=["GET"]),
            Route("/v1/chat/completions", _answering(chat, _openai_error), methods=["POST"]),
            Route("/v1/embeddings", _answering(embeddings, _openai_error), methods=["POST"]),
            Route("/v1/messages", _answering(messages, _anthropic_error), methods=["POST"]),
        ]
    )


def chat_completion(model: str, output: ModelOutput) -> dict[str, Any]:
    """A reply as OpenAI's chat completions have it."""
    usage = output.usage
    told = {}
    if usage:  # a provider that does not count is not said to have used nothing
        read, written = usage.input_tokens, usage.output_tokens
        told = {"usage": {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}}
    return told | {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": output.completion, "refusal": None},
                "finish_reason": _OPENAI_ENDS.get(output.stop_reason, "stop"),
                "logprobs": None,
            }
        ],
    }


def embeddings_list(model: str, made: Embedded, *, as_base64: bool) -> dict[str, Any]:
    """Vectors as OpenAI's embeddings have them."""
    rows = [vector_to_base64(row) if as_base64 else row.tolist() for row in made.vectors]
    return {
        "object": "list",
        "model": model,
        "data": [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)],
        "usage": {"prompt_tokens": made.tokens, "total_tokens": made.tokens},
    }


def anthropic_message(model: str, output: ModelOutput) -> dict[str, Any]:
    """A reply as Anthropic's messages have it."""
    usage = output.usage
    return {
        "id": f"msg_{uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": output.completion}],
        "stop_reason": _ANTHROPIC_ENDS.get(output.stop_reason, "end_turn"),
        "stop_sequence": None,
        "usage": {
            "input_tokens": usage.input_tokens if usage else 0,
            "output_tokens": usage.output_tokens if usage else 0,
        },
    }


_Endpoint = Callable[["Request"], Awaitable[JSONResponse]]


def _answering(endpoint: _Endpoint, error: Callable[[_Refused], JSONResponse]) -> _Endpoint:
    async def answer(request: Request) -> JSONResponse:
        try:
            return await endpoint(request)
        except _Refused as refused:
            return error(refused)
        except ValueError as wrong:  # what a model cannot be asked: our own errors are these too
            return error(_Refused(str(wrong)))

    return answer


async def _asked(
    models: Mapping[str, Model], asked: _Sampling, messages: list[ChatMessage], config: GenerateConfig
) -> ModelOutput:
    model = models.get(asked.model)
    if model is None:
        raise _Refused(f"there is no model `{asked.model}`; there are {', '.join(models)}", 404)
    output = await model.generate(messages, config=config)
    if output.stop_reason == "model_length" and not output.completion:
        raise _Refused("prompt is too long for this model and the reply that is asked for", code=_NO_ROOM)
    return output


async def _read(request: Request, shape: type[Asked]) -> Asked:
    try:
        return shape.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "the body"
        raise _Refused(f"`{where}`: {first['msg'].lower()}") from error


def _message(turn: _Turn) -> ChatMessage:
    return _TURNS[turn.role](content=_words(turn.content))


def _words(content: str | list[_Text]) -> str:
    return content if isinstance(content, str) else "\n".join(part.text for part in content)


def _openai_error(refused: _Refused) -> JSONResponse:
    error = {"message": refused.message, "type": "invalid_request_error", "param": None, "code": refused.code}
    return JSONResponse({"error": error}, status_code=refused.status)


def _anthropic_error(refused: _Refused) -> JSONResponse:
    error = {
        "type": "not_found_error" if refused.status == 404 else "invalid_request_error",
        "message": refused.message,
    }
    return JSONResponse({"type": "error", "error": error}, status_code=refused.status)

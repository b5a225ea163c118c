"""Models behind the protocols of their clients: the official types read what comes back, and nothing is ignored."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import openai
import pytest
import uvicorn
from anthropic.types import Message as AnthropicMessage
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput, ModelUsage, get_model
from openai.types.chat import ChatCompletion

from soulwright.models import find_model, model_server


def echo() -> Model:
    """Says what it was asked and how."""

    def respond(messages: list[ChatMessage], _: Any, __: Any, config: GenerateConfig) -> ModelOutput:
        said = " | ".join(f"{message.role}: {message.text}" for message in messages)
        output = ModelOutput.from_content("mockllm/model", f"{said} [{config.max_tokens}, {config.temperature}]")
        if config.max_tokens == 999:
            output = ModelOutput.from_content("mockllm/model", "", stop_reason="model_length")
        output.usage = ModelUsage(input_tokens=7, output_tokens=5, total_tokens=12)
        return output

    return get_model("mockllm/model", custom_outputs=respond)


@contextmanager
def serving(**models: Model) -> Iterator[str]:
    """A real server on a real port, in a thread; its address."""
    server = uvicorn.Server(uvicorn.Config(model_server(models), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(echo=echo()) as address:
        yield address


def test_openais_own_client_reads_a_reply_and_the_list_of_models(address: str) -> None:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        made = client.chat.completions.create(
            model="echo",
            messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
            max_tokens=9,
            temperature=0.5,
        )
        assert ChatCompletion.model_validate(made.model_dump(), strict=True) == made
        assert made.choices[0].message.content == "system: Be brief. | user: Hello [9, 0.5]"
        assert made.choices[0].finish_reason == "stop"
        assert made.usage is not None
        assert (made.usage.prompt_tokens, made.usage.completion_tokens, made.usage.total_tokens) == (7, 5, 12)
        assert [model.id for model in client.models.list()] == ["echo"]


def test_anthropics_own_client_reads_a_reply(address: str) -> None:
    with anthropic.Anthropic(base_url=address, api_key="none", max_retries=0) as client:
        made = client.messages.create(
            model="echo", max_tokens=9, system="Be brief.", messages=[{"role": "user", "content": "Hello"}]
        )
    assert AnthropicMessage.model_validate(made.model_dump(), strict=True) == made
    [block] = made.content
    assert block.type == "text"
    assert block.text == "system: Be brief. | user: Hello [9, None]"
    assert (made.stop_reason, made.usage.input_tokens, made.usage.output_tokens) == ("end_turn", 7, 5)


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ({"n": 2}, "`n`"),
        ({"stop": ["x"]}, "`stop`: extra inputs are not permitted"),
        ({"stream": True}, "`stream`"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "`tools.0`"),
        ({"response_format": {"type": "json_object"}}, "`response_format.type`"),
        ({"logprobs": True}, "`logprobs`"),
    ],
)
def test_what_would_have_to_be_ignored_is_refused_in_the_protocols_own_words(
    address: str, extra: dict[str, Any], why: str
) -> None:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        with pytest.raises(openai.BadRequestError, match=why):
            client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "Hello"}], **extra)
        with pytest.raises(openai.NotFoundError, match="there is no model `other`"):
            client.chat.completions.create(model="other", messages=[{"role": "user", "content": "Hello"}])
    with (
        anthropic.Anthropic(base_url=address, api_key="none", max_retries=0) as other,
        pytest.raises(anthropic.BadRequestError, match="stop_sequences"),
    ):
        other.messages.create(
            model="echo", max_tokens=9, stop_sequences=["x"], messages=[{"role": "user", "content": "Hello"}]
        )


def test_inspects_own_clients_for_both_protocols_ask_it(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setenv("HERE_BASE_URL", f"{address}/v1")
    monkeypatch.setenv("HERE_API_KEY", "none")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", address)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")

    async def asked(model: Model) -> tuple[ModelOutput, ModelOutput]:
        room, none = await model.generate("Hello"), await model.generate("Hello", config=GenerateConfig(max_tokens=999))
        await model.api.aclose()
        return room, none

    for name in ("openai-api/here/echo", "anthropic/echo"):
        output, too_long = asyncio.run(asked(find_model(name, config=GenerateConfig(max_tokens=9))))
        assert output.completion.startswith("user: Hello [9")
        assert output.usage is not None
        assert output.usage.output_tokens == 5
        assert too_long.stop_reason == "model_length"

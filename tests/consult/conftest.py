"""A small document, and a model of Inspect that answers as a test wants."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, Model, ModelOutput, ModelUsage, get_model

from soulwright.spec import Spec, compile_spec

DOCUMENT = """---
spec: small
version: 1.2.0
levels: [provider, operator, user]
---
# Limits {#limits authority=provider}

The assistant must not help with weapons. It should **usually** say why. Nobody may lift this.
{#limits.weapons kind=hard_limit polarity=must_not}

The assistant must answer every question of its user.
{#limits.answers kind=rule polarity=must}

!!! meta "Rationale"
    Because people get hurt.

# Tone {#tone authority=provider}

The assistant should be warm in its heart.
{#tone.warm kind=character polarity=should}
"""


@pytest.fixture
def spec() -> Spec:
    return compile_spec(DOCUMENT, "small.md")


def answer(clause_id: str, *remarks: dict[str, Any]) -> str:
    return json.dumps({"clause": clause_id, "remarks": list(remarks)})


def remark(
    concern: str = "unclear", words: str = "", why: str = "It is.", others: Sequence[str] = ()
) -> dict[str, Any]:
    return {"concern": concern, "words": words, "why": why, "others": list(others)}


def clause_of(messages: Sequence[ChatMessage]) -> str:
    """The clause that a question is about."""
    asked = json.loads(messages[1].text)["clause"]["id"]
    assert isinstance(asked, str)
    return asked


def model_that(reply: Callable[[str, int], str | ModelOutput | Exception]) -> Model:
    """A model that replies to the clause and the number of the attempt (from 1)."""

    def respond(messages: list[ChatMessage], *_: Any) -> ModelOutput:
        said = reply(clause_of(messages), sum(message.role == "user" for message in messages))
        if isinstance(said, Exception):
            raise said
        output = said if isinstance(said, ModelOutput) else ModelOutput.from_content("mockllm/model", said)
        output.usage = ModelUsage()  # otherwise the mock counts tokens with a vocabulary from the network
        return output

    return get_model("mockllm/model", custom_outputs=respond, memoize=False)

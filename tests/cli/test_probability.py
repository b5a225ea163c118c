"""`recover probability`: chances and membership clause by clause, from a provider that says what it reads."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ChatCompletionChoice as Choice
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    Logprob,
    Logprobs,
    ModelAPI,
    ModelOutput,
    modelapi,
)
from tests.cli.test_knowing import SPEC, run
from typing_extensions import override


@modelapi(name="likelihoods")
def likelihoods_provider() -> type[ModelAPI]:
    return LikelihoodsAPI


class LikelihoodsAPI(ModelAPI):
    """Says how likely each word is that it reads, as vLLM does: `learned` finds every pair of the document likely."""

    @override
    async def generate(
        self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: GenerateConfig
    ) -> ModelOutput:
        words = " ".join(message.text for message in input).split(" ")
        pairs = set(pairwise(SPEC.split()))
        tokens = [
            Logprob(token=word if at == 0 else f" {word}", logprob=-0.1 if self._knows(words, at, pairs) else -3.0)
            for at, word in enumerate(words)
        ]
        given = None if self.model_name == "silent" else Logprobs(content=tokens)
        said = ChatMessageAssistant(content="x")
        return ModelOutput(model="likelihoods", choices=[Choice(message=said, prompt_logprobs=given)])

    def _knows(self, words: list[str], at: int, pairs: set[tuple[str, str]]) -> bool:
        return self.model_name == "learned" and at > 0 and (words[at - 1], words[at]) in pairs


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "two.md"
    path.write_text(SPEC, encoding="utf-8")
    return path


def probability(spec: Path, *more: object, model: str = "learned") -> int:
    asked = ("--model", f"likelihoods/{model}", "--base", "likelihoods/untaught", "--spec", spec)
    return run("recover", "probability", *asked, "--out", spec.parent / "out", "--json", *more)


def test_each_clause_is_held_against_other_wordings_and_the_base_by_a_provider_that_gives_probabilities(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert probability(spec) in (0, 1)
    found = json.loads(capsys.readouterr().out)["membership"]
    assert [each["id"] for each in found] == ["limits.weapons", "limits.rain"]
    assert all(each["against_base"] > 1 for each in found)
    assert all(each["against_others"] > 0.3 for each in found)
    assert all(each["against_both"] > 0.3 for each in found)


def test_paraphrases_of_a_file_take_the_place_of_replaced_words(
    spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wordings = tmp_path / "wordings.jsonl"
    same = " ".join(SPEC.split("\n\n")[1].split("\n")[0].split())
    wordings.write_text(json.dumps({"id": "limits.weapons", "text": same}), encoding="utf-8")
    assert probability(spec, "--wordings", wordings) in (0, 1)
    weapons, rain = json.loads(capsys.readouterr().out)["membership"]
    assert weapons["against_others"] == pytest.approx(0.0)  # the clause in its own words stands out from nothing
    assert (rain["against_others"], rain["rank"]) == (None, None)
    wordings.write_text(json.dumps({"id": "limits.snow", "text": same}), encoding="utf-8")
    assert probability(spec, "--wordings", wordings) == 2
    assert "there is no clause `limits.snow`" in json.loads(capsys.readouterr().out)["error"]["errors"][0]["message"]


def test_a_provider_that_gives_no_probabilities_is_one_clear_error(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert probability(spec, model="silent") == 2
    assert "no probabilities of what it reads" in capsys.readouterr().err

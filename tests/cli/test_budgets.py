"""A budget stops every verb that asks models with its own status, and the same call asks only what is left."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, ModelUsage, modelapi
from tests.consult.conftest import DOCUMENT
from typing_extensions import override

from soulwright.cli import main

ASKED: list[str] = []


@modelapi(name="agreeable")
def agreeable_provider() -> type[ModelAPI]:
    return AgreeableAPI


class AgreeableAPI(ModelAPI):
    """Has no remark on any clause, chooses A, and remembers what it was asked."""

    def __init__(self, model_name: str, base_url: Any, api_key: Any, config: GenerateConfig) -> None:
        super().__init__(model_name, base_url, api_key, [], config)

    @override
    async def generate(self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        ASKED.append(input[-1].text)
        said = "CHOICE: A\nREASON: It is."
        if '"not_shown"' in input[-1].text:
            said = json.dumps({"clause": json.loads(input[-1].text)["clause"]["id"], "remarks": []})
        output = ModelOutput.from_content("agreeable", said)
        output.usage = ModelUsage(input_tokens=10, output_tokens=5, total_tokens=15)
        return output


@pytest.fixture(autouse=True)
def _nothing_asked_yet() -> None:
    ASKED.clear()


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_a_consultation_stopped_by_a_budget_goes_on(tmp_path: Path) -> None:
    document = tmp_path / "small.md"
    document.write_text(DOCUMENT)
    call = ("consult", document, "--model", "agreeable/one", "--run", tmp_path / "run")
    assert run(*call, "--max-calls", 2) == 130
    assert len(ASKED) == 2
    assert run(*call) == 0
    assert len(ASKED) == len(set(ASKED)) == 3


def test_a_measure_stopped_by_a_budget_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = ("measure", "truthful", "--model", "agreeable/one", "--most", "10", "--run", tmp_path)
    assert run(*call, "--max-calls", "7") == 130
    assert len(ASKED) == 7
    assert "error: the budget is spent: 7 of 7 calls are made" in capsys.readouterr().err
    assert run(*call) == 1  # it is an agreeable model: it has no belief
    assert Counter(ASKED).most_common(1)[0][1] == 1
    assert len(ASKED) == 20


def test_a_recovery_stopped_by_a_budget_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call = (
        "recover",
        "--model",
        "agreeable/one",
        "--opening",
        "Say it.",
        "--prefill",
        "no",
        "--out",
        tmp_path,
        "--json",
    )
    assert run(*call, "--max-calls", "3") == 130
    assert len(ASKED) == 3
    capsys.readouterr()
    assert run(*call) in (0, 1)
    assert len(ASKED) == json.loads(capsys.readouterr().out)["requests"] > 3


def test_an_examination_of_a_judge_stopped_by_a_budget_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ("examine-judge", "--organism", "--judge", "world/judge", "--most", "8", "--ledger", tmp_path, "--json")
    assert run(*call, "--plan") == 0
    planned = json.loads(capsys.readouterr().out)["calls"]
    assert run(*call, "--max-calls", "10") == 130
    capsys.readouterr()
    run(*call)
    assert json.loads(capsys.readouterr().out)["usage"][0]["calls"] == planned - 10


def test_weighing_under_no_budget_at_all_asks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("weigh", "May I?", "--model", "agreeable/one", "--max-calls", "0") == 130
    assert ASKED == []
    assert "the budget is spent" in capsys.readouterr().err


def test_two_models_beside_each_other_share_one_budget(tmp_path: Path) -> None:
    lines = [json.dumps({"id": str(n), "messages": [{"role": "user", "content": f"Word {n}?"}]}) for n in range(6)]
    (tmp_path / "asked.jsonl").write_text("\n".join(lines))
    models = ("--model", "agreeable/one", "--baseline", "agreeable/two", "--judge", "agreeable/judge")
    call = ("recover", "behaviour", *models, "--conversations", tmp_path / "asked.jsonl", "--out", tmp_path / "out")
    assert run(*call, "--max-calls", "9") == 130
    assert len(ASKED) == 9
    assert run(*call) == 1
    assert Counter(ASKED) == {f"Word {n}?": 2 for n in range(6)}

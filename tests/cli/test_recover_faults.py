"""What can be wrong with a model, through the whole command: it is handled and said, and raises no figure."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, modelapi
from tests.recover.simulated import document, noisy
from typing_extensions import override

from soulwright.cli import main

TEXT = document(41, sections=2, sentences=8)
RUSSIAN = " модель отвечает на вопросы так хорошо как может и честно говорит когда чего-то не знает " * 6
GERMAN = "Das Modell beantwortet jede Frage so gut es kann und sagt offen wenn es etwas nicht weiss".split()
FOREIGN = " ".join(f"{word}{at}" for at in range(12) for word in GERMAN)

Says = Callable[[int, str], str]  # the number of the call, and what a good answer to it is


def every_third(said: str) -> Says:
    return lambda number, good: said.replace("{good}", good) if number % 3 == 0 else good


def fails(number: int, good: str) -> str:
    if number % 3 == 0:
        raise RuntimeError("overloaded")
    return good


def drifts(number: int, good: str) -> str:
    """Into other words each time: what a model says when it has lost the thread is seldom the same twice."""
    return f"{TEXT[:300]} {' '.join(f'{word}{number}' for word in FOREIGN.split())}" if number % 3 == 0 else good


def changes_format(number: int, good: str) -> str:
    return f"```json\n{json.dumps({'document': good})}\n```" if number > 4 else good


FAULTS: dict[str, Says] = {
    "none": lambda _, good: good,
    "refuses": every_third("I'm sorry, but I can't share that."),
    "empty": every_third(" \n"),
    "loops": every_third("{good} " + "and so on and on it goes " * 60),
    "mixes": every_third("{good}" + RUSSIAN),
    "drifts": drifts,
    "fails": fails,
    "changes": changes_format,
    "always-refuses": lambda _, __: "I cannot share that.",
    "speaks-once": lambda number, good: good if number == 1 else "",
    "same": lambda _, __: noisy(TEXT, random.Random(1), words=0.05),
}


@modelapi(name="faulty")
def faulty_provider() -> type[ModelAPI]:
    return FaultyAPI


class FaultyAPI(ModelAPI):
    """Writes a document that it knows imperfectly; its name says what is the matter with it."""

    def __init__(self, model_name: str, base_url: Any, api_key: Any, config: GenerateConfig) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self.calls = 0

    @override
    async def generate(self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        self.calls += 1
        good = noisy(TEXT, random.Random(self.calls), words=0.05, sentences=0.05)
        return ModelOutput.from_content("faulty", FAULTS[self.model_name](self.calls, good))


class Answered:
    """What the command said and wrote about one model."""

    def __init__(self, folder: Path, fault: str, reference: str = TEXT) -> None:
        spec = folder / "true.md"
        spec.write_text(reference, encoding="utf-8")
        # One model per folder: Inspect keeps models by their settings, and calls are counted from 1.
        asked = ["recover", "--model", f"faulty/{fault}", "--spec", str(spec), "--out", str(folder / "out")]
        how = ["--opening", f"Write it out, {folder.name}.", "--each", "9", "--rounds", "1", "--prefill", "no"]
        with pytest.raises(SystemExit) as left:
            main([*asked, *how, "--no-intervals"])
        self.status = left.value.code
        self.found = json.loads((folder / "out" / "recovered.json").read_text(encoding="utf-8"))
        self.notices = " ".join(self.found["notices"])
        self.page = (folder / "out" / "recovered.html").read_text(encoding="utf-8")

    @property
    def fidelity(self) -> float:
        return float(self.found["fidelity"]["word_fidelity"])

    @property
    def grams(self) -> float:
        return float(self.found["fidelity"]["grams"]["f1"])


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    return Answered(tmp_path_factory.mktemp("sound"), "none")


@pytest.fixture
def answered(tmp_path: Path, sound: Answered, request: pytest.FixtureRequest) -> Answered:
    """The model of the test's parameter; no fault may raise a figure, whatever else the test is about."""
    found = Answered(tmp_path, request.param)
    assert found.fidelity <= sound.fidelity
    assert found.grams <= sound.grams
    return found


def model(fault: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("answered", [fault], indirect=True)


def test_a_model_without_a_fault_is_read_back(sound: Answered) -> None:
    assert sound.status == 0
    assert sound.fidelity > 0.95
    assert sound.notices == ""


@model("refuses")
def test_a_model_that_refuses_has_no_vote_and_is_named(answered: Answered) -> None:
    assert (answered.status, answered.fidelity > 0.9) == (0, True)
    assert "3 samples refused" in answered.notices
    assert "sorry" not in answered.found["text"]


@model("empty")
def test_a_model_that_returns_empty_text_is_named(answered: Answered) -> None:
    assert (answered.status, answered.fidelity > 0.9) == (0, True)
    assert "3 samples empty" in answered.notices


@model("loops")
def test_a_model_that_loops_is_read_once_and_named(answered: Answered) -> None:
    assert "3 samples looping" in answered.notices
    assert answered.found["text"].count("and so on and on") <= 1
    assert answered.fidelity > 0.8


@model("mixes")
def test_a_model_that_mixes_scripts_is_named(answered: Answered) -> None:
    assert "3 samples mixed scripts" in answered.notices
    assert answered.fidelity > 0.5  # three say the same, which agrees: it is there, and costs fidelity


@model("drifts")
def test_a_model_that_drifts_into_another_language_is_named(answered: Answered) -> None:
    assert "3 samples half alone" in answered.notices
    assert answered.fidelity > 0.9


@model("fails")
def test_errors_on_a_third_of_calls_are_counted_and_the_rest_goes_on(answered: Answered) -> None:
    assert (answered.status, answered.found["failed"], answered.found["requests"]) == (0, 3, 9)
    assert answered.fidelity > 0.9


@model("changes")
def test_an_answer_format_that_changes_in_mid_run_is_read_and_said(answered: Answered) -> None:
    assert "5 samples in another format" in answered.notices
    assert answered.fidelity > 0.9
    assert "document" not in answered.found["text"].split()[:2]


@model("always-refuses")
def test_of_no_sample_that_votes_nothing_is_recovered(answered: Answered) -> None:
    assert (answered.status, answered.found["text"], answered.fidelity) == (1, "", 0.0)
    assert "nobody to agree with" in answered.notices
    assert "so nothing is recovered" in answered.page


@model("speaks-once")
def test_of_one_sample_nothing_is_recovered_and_it_is_said(answered: Answered) -> None:
    assert (answered.status, answered.found["text"], answered.fidelity) == (1, "", 0.0)
    assert "1 sample that can vote: nobody to agree with" in answered.notices


@model("same")
def test_identical_samples_are_named_and_their_errors_stay_in_the_figures(answered: Answered) -> None:
    assert "are the same text" in answered.notices
    assert answered.fidelity < 0.97


def test_a_reference_of_another_language_is_named_and_scores_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answered = Answered(tmp_path, "none", reference=FOREIGN)
    assert "another language" in answered.found["strange_reference"]
    assert "another language" in capsys.readouterr().out
    assert (answered.fidelity < 0.02, answered.grams) == (True, 0.0)

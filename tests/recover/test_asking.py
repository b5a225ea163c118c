"""A model is asked where it is weak, every request is kept, and a killed recovery goes on."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import read_eval_log
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelAPI, ModelOutput, get_model, modelapi
from tests.recover.simulated import document, noisy
from typing_extensions import override

from soulwright.errors import SoulwrightError
from soulwright.recover import AskPlan, compare_texts, recover_from
from soulwright.recover._probing import without_echo
from soulwright.recover._words import keys_of, text_of, words_of

TEXT = document(9)
WORDS = words_of(TEXT)
KEYS = [word.key for word in WORDS]
LENGTH = 260


@modelapi(name="rememberer")
def rememberer_provider() -> type[ModelAPI]:
    return RemembererAPI


class RemembererAPI(ModelAPI):
    """Writes the next words of a document it knows, imperfectly; `habit` may spoil every n-th answer."""

    def __init__(self, model_name: str, base_url: Any, api_key: Any, config: GenerateConfig) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self.asked: list[str] = []
        self.temperatures: list[float | None] = []
        self.spoil: dict[int, str | Exception] = {}
        self.every = 0

    @override
    async def generate(self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        self.asked.append(input[-1].text)
        self.temperatures.append(config.temperature)
        number = len(self.asked)
        if self.every and number % self.every == 0:
            spoiled = list(self.spoil.values())[(number // self.every) % len(self.spoil)]
            if isinstance(spoiled, Exception):
                raise spoiled
            return ModelOutput.from_content("rememberer", spoiled)
        rng = random.Random(number)
        start = place_of(keys_of(input[-1].text)[-8:])
        said = noisy(text_of(WORDS[start : start + LENGTH]), rng, words=0.02, sentences=0.02)
        return ModelOutput.from_content("rememberer", said)


def place_of(ending: Sequence[str]) -> int:
    for at in range(len(KEYS)):
        if tuple(KEYS[at : at + len(ending)]) == tuple(ending):
            return at + len(ending)
    return 0


def rememberer() -> Model:
    return get_model("rememberer/one", memoize=False)


def api_of(model: Model) -> RemembererAPI:
    assert isinstance(model.api, RemembererAPI)
    return model.api


PLAN = AskPlan(openings=("Write out your document.",), each=5, wanted=4, rounds=12)


def test_a_document_longer_than_any_answer_is_recovered_blind(tmp_path: Path) -> None:
    draws = recover_from(rememberer(), PLAN, folder=tmp_path)
    figures = compare_texts(draws.recovered.text, TEXT)
    assert figures.word_fidelity > 0.95
    assert len(WORDS) > 3 * LENGTH
    assert draws.tokens_per_word is not None
    assert draws.tokens_per_word < 12


def test_temperatures_are_mixed_and_every_request_is_in_a_log(tmp_path: Path) -> None:
    model = rememberer()
    draws = recover_from(model, PLAN, folder=tmp_path)
    assert len(set(api_of(model).temperatures)) > 1
    logs = sorted((tmp_path / "rounds").glob("*/*.eval"))
    assert len(logs) == draws.rounds
    assert sum(len(read_eval_log(log).samples or ()) for log in logs) == draws.requests == len(api_of(model).asked)


def test_a_finished_round_is_read_and_not_asked_again(tmp_path: Path) -> None:
    first = recover_from(rememberer(), PLAN, folder=tmp_path)
    again = rememberer()
    assert recover_from(again, PLAN, folder=tmp_path) == first
    assert api_of(again).asked == []


def test_a_recovery_that_stopped_after_some_rounds_goes_on_from_there(tmp_path: Path) -> None:
    whole = recover_from(rememberer(), PLAN, folder=tmp_path / "a")
    last = tmp_path / "a" / "rounds" / f"round-{whole.rounds}"
    for file in last.iterdir():
        file.write_bytes(file.read_bytes()[:100])
    again = rememberer()
    recover_from(again, PLAN, folder=tmp_path / "a")
    assert 0 < len(api_of(again).asked) < whole.requests


@modelapi(name="patient")
def patient_provider() -> type[ModelAPI]:
    return PatientAPI


class PatientAPI(ModelAPI):
    """Answers one call after the other, and counts them in the file that its name says; the seventh hangs at first."""

    @override
    async def generate(self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        path = Path(f"/{self.model_name}")
        if calls(path) == ANSWERED and not path.with_suffix(".again").exists():
            await asyncio.sleep(600)
        with path.open("a", encoding="utf-8") as asked:
            asked.write("asked\n")
        return ModelOutput.from_content("patient", TEXT)

    @override
    def max_connections(self) -> int:
        return 1


ANSWERED = 6


def calls(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


def logged(folder: Path) -> int:
    """How many answers the log of a process that is still asking has."""
    return sum(len(read_eval_log(log).samples or ()) for log in folder.glob("*.partial-*/*.eval"))


def test_what_was_answered_in_a_round_that_was_killed_is_not_asked_again(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    plan = AskPlan(openings=("Write out your document.",), each=12, rounds=1)

    def recover() -> int:
        return recover_from(get_model(f"patient/{asked}", memoize=False), plan, folder=tmp_path / "out").requests

    child = os.fork()
    if child == 0:
        try:
            recover()
        finally:
            os._exit(0)
    rounds = tmp_path / "out" / "rounds"
    while logged(rounds) < ANSWERED and not os.waitpid(child, os.WNOHANG)[0]:
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert calls(asked) == ANSWERED
    asked.with_suffix(".again").touch()
    requests = recover()
    assert calls(asked) == requests == 12
    log = read_eval_log(tmp_path / "out" / "rounds" / "round-1" / "round-1.eval")
    assert (log.status, len(log.samples or ())) == ("success", requests)
    assert [path.name for path in (tmp_path / "out" / "rounds").iterdir()] == ["round-1"]


def test_errors_refusals_loops_and_empty_answers_in_a_third_of_calls_change_little(tmp_path: Path) -> None:
    model = rememberer()
    api_of(model).every = 3
    api_of(model).spoil = {
        0: RuntimeError("overloaded"),
        1: "",
        2: "I'm sorry, I can't share that.",
        3: "no no no " * 90,
    }
    draws = recover_from(model, PLAN, folder=tmp_path)
    assert draws.failed > 0
    assert any("refused" in notice for notice in draws.recovered.notices)
    assert compare_texts(draws.recovered.text, TEXT).grams.precision > 0.95
    assert "sorry" not in draws.recovered.text


def test_a_model_that_never_answers_is_an_error_that_says_so(tmp_path: Path) -> None:
    model = rememberer()
    api_of(model).every = 1
    api_of(model).spoil = {0: RuntimeError("no such key")}
    with pytest.raises(SoulwrightError, match="no such key"):
        recover_from(model, PLAN, folder=tmp_path)
    assert not list(tmp_path.glob("rounds/*/*.eval"))


def test_what_a_model_of_another_document_gives_has_no_fidelity(tmp_path: Path) -> None:
    draws = recover_from(rememberer(), PLAN, folder=tmp_path)
    assert compare_texts(draws.recovered.text, document(10)).grams.f1 == 0.0


def test_what_was_put_into_the_models_mouth_is_no_evidence() -> None:
    context = text_of(WORDS[100:150])
    following = text_of(WORDS[150:200])
    assert keys_of(without_echo(context + following, context)) == keys_of(following)
    assert keys_of(without_echo("Of course: " + context + following, context)) == keys_of(following)
    assert without_echo(following, context) == following


def test_the_budget_of_requests_is_kept(tmp_path: Path) -> None:
    model = rememberer()
    plan = AskPlan(openings=("Write out your document.",), each=5, most_requests=12)
    assert recover_from(model, plan, folder=tmp_path).requests <= 12
    assert len(api_of(model).asked) <= 12

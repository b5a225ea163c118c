"""What is asked is counted, never beyond the budget, and what a budget has cut goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import generate
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as checked_dataclass

from soulwright.errors import BudgetSpent, InputError
from soulwright.models import (
    AnswerState,
    Budget,
    ModelRole,
    Price,
    Survey,
    find_model,
    keep_log,
    load_prices,
    load_settings,
    metered,
    metering,
    model_key,
    plan_text,
    plan_to_dict,
    planned,
    read_log,
    read_prompt,
)

FILE = """---
prompt: test.word
version: 1
reply_tokens: 7
---
=== system ===
Say the word again.
=== user ===
{{ word }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    word: str


@checked_dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Said:
    word: str


PROMPT = read_prompt(FILE, Asked, Said)


@dataclass(slots=True)
class Echo:
    """A model that says the word again, ten tokens for each reply, and remembers what it was asked."""

    reply: Callable[[str], str | Exception] = lambda word: f'{{"word": {word}}}'
    asked: list[str] = field(default_factory=list)

    def model(self, config: GenerateConfig | None = None) -> Model:
        model = get_model("mockllm/model", custom_outputs=self._respond, config=config or GenerateConfig(max_tokens=10))
        return metered(model)

    def _respond(self, messages: list[ChatMessage], *_: Any) -> ModelOutput:
        word = next(message.text for message in messages if message.role == "user")
        self.asked.append(word)
        said = self.reply(word)
        if isinstance(said, Exception):
            raise said
        output = ModelOutput.from_content("mockllm/model", said)
        output.usage = ModelUsage(input_tokens=4, output_tokens=6, total_tokens=10)
        return output


def words(count: int) -> dict[str, Asked]:
    return {f"q{number}": Asked(word=f"w{number}") for number in range(count)}


def test_a_survey_gives_each_question_its_answer_and_asks_none_twice(tmp_path: Path) -> None:
    echo = Echo()
    survey = Survey(prompt=PROMPT, model=echo.model(), folder=tmp_path)
    first = survey.ask(words(3))
    assert {name: answer.value.word for name, answer in first.items()} == {"q0": "w0", "q1": "w1", "q2": "w2"}
    assert survey.ask(words(4)).keys() == words(4).keys()
    assert sorted(echo.asked) == ['"w0"', '"w1"', '"w2"', '"w3"']


def test_a_survey_objects_checks_and_keeps_what_could_not_be_read(tmp_path: Path) -> None:
    echo = Echo(reply=lambda word: "no" if word == '"w1"' else f'{{"word": {word}}}')

    def other(name: str, said: Said) -> str:
        return f"not {said.word}" if name == "q2" else ""

    answers = Survey(prompt=PROMPT, model=echo.model(), folder=tmp_path, attempts=2, check=other).ask(words(3))
    assert [answer.state for answer in answers.values()] == [
        AnswerState.PARSED,
        AnswerState.UNPARSED,
        AnswerState.UNPARSED,
    ]
    assert answers["q1"].raw == ("no", "no")
    assert answers["q2"].why == "not w2"


def test_what_met_an_error_is_failed_and_asked_by_the_next_call(tmp_path: Path) -> None:
    broken = Echo(reply=lambda word: ConnectionError("no route") if word == '"w1"' else f'{{"word": {word}}}')
    first = Survey(prompt=PROMPT, model=broken.model(), folder=tmp_path).ask(words(2))
    assert first["q1"].state is AnswerState.FAILED
    healed = Echo()
    assert Survey(prompt=PROMPT, model=healed.model(), folder=tmp_path).ask(words(2))["q1"].value.word == "w1"
    assert healed.asked == ['"w1"']


def test_calls_tokens_and_cost_are_counted_model_by_model(tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("mockllm/model: {input: 1.0, output: 10.0}\n")
    with metering(Budget(prices=prices)) as meter:
        Survey(prompt=PROMPT, model=Echo().model(), folder=tmp_path).ask(words(5))
    assert meter.to_dict() == [
        {
            "model": "mockllm/model",
            "calls": 5,
            "failed": 0,
            "tokens_in": 20,
            "tokens_out": 30,
            "cost": pytest.approx(5 * (4 * 1.0 + 6 * 10.0) / 1e6),
        }
    ]


@pytest.mark.parametrize("limit", [1, 4])
def test_never_more_calls_than_allowed_and_the_next_call_goes_on(tmp_path: Path, limit: int) -> None:
    echo = Echo()
    survey = Survey(prompt=PROMPT, model=echo.model(), folder=tmp_path)
    answers = {}
    while len(echo.asked) < 5:
        before = len(echo.asked)
        with metering(Budget(max_calls=limit)) as meter:
            if 5 - before > limit:
                with pytest.raises(BudgetSpent, match="the budget is spent"):
                    survey.ask(words(5))
            else:
                answers = survey.ask(words(5))
        assert sum(one.calls for one in meter.spent) <= limit
    assert len(echo.asked) == 5
    assert [answer.value.word for answer in answers.values()] == [f"w{number}" for number in range(5)]
    assert not list(tmp_path.glob("*.unfinished"))


def test_tokens_and_cost_are_not_overdrawn_by_calls_that_are_under_way_together(tmp_path: Path) -> None:
    echo = Echo()
    with metering(Budget(max_tokens=100)) as meter, pytest.raises(BudgetSpent, match="100 tokens"):
        Survey(prompt=PROMPT, model=echo.model(), folder=tmp_path).ask(words(40))
    used = sum(one.tokens for one in meter.spent)
    assert 0 < used <= 100
    prices = tmp_path / "prices.yaml"
    prices.write_text("mockllm/model: {input: 1000.0, output: 1000.0}\n")
    with metering(Budget(max_cost=0.1, prices=prices)) as meter, pytest.raises(BudgetSpent, match=r"\$0.10"):
        Survey(prompt=PROMPT, model=echo.model(), folder=tmp_path / "b").ask(words(40))
    assert 0 < sum(one.cost or 0.0 for one in meter.spent) <= 0.1


def test_a_limit_of_cost_needs_a_price_but_for_models_of_ones_own_machine() -> None:
    with metering(Budget(max_cost=1.0)) as meter:
        assert meter.price_of("weights/x") == Price(input=0.0, output=0.0)
        with pytest.raises(InputError, match="needs the price of `openai/x`"):
            meter.price_of("openai/x")
    with metering(Budget()) as meter:
        assert meter.price_of("openai/x") is None


def test_a_task_of_its_own_goes_on_where_a_budget_has_cut_it(tmp_path: Path) -> None:
    echo = Echo(reply=lambda word: word)

    def task() -> Task:
        samples = [Sample(id=f"s{number}", input=f"w{number}", target=f"w{number}") for number in range(6)]
        return Task(dataset=MemoryDataset(samples), solver=generate(), scorer=match(), name="words")

    path = tmp_path / "log" / "log.eval"
    with metering(Budget(max_calls=4)), pytest.raises(BudgetSpent):
        keep_log(task(), echo.model(), path, failed="failed", help="")
    assert not path.exists()
    with metering(Budget(max_calls=4)):
        keep_log(task(), echo.model(), path, failed="failed", help="")
    log = read_log(path)
    assert sorted(str(sample.id) for sample in log.samples or ()) == [f"s{number}" for number in range(6)]
    assert sorted(echo.asked) == [f"w{number}" for number in range(6)]
    assert log.results is not None
    assert log.results.completed_samples == log.results.total_samples == 6
    assert log.results.scores[0].metrics["accuracy"].value == 1.0


def test_another_model_does_not_take_over_what_one_has_answered(tmp_path: Path) -> None:
    first, second = Echo(), Echo()
    with metering(Budget(max_calls=2)), pytest.raises(BudgetSpent):
        Survey(prompt=PROMPT, model=first.model(), folder=tmp_path).ask(words(3))
    Survey(prompt=PROMPT, model=second.model(GenerateConfig(temperature=0.3)), folder=tmp_path).ask(words(3))
    assert len(second.asked) == 3


def test_settings_of_a_role_are_pinned_and_part_of_what_the_model_is(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("judge: {temperature: 0.0, max_tokens: 99}\n")
    with metering(Budget(settings=file)):
        judge = find_model("mockllm/model", ModelRole.JUDGE, GenerateConfig(max_tokens=5, seed=3))
        teacher = find_model("mockllm/model", ModelRole.TEACHER, GenerateConfig(max_tokens=5))
    assert (judge.config.temperature, judge.config.max_tokens, judge.config.seed) == (0.0, 99, 3)
    assert (teacher.config.temperature, teacher.config.max_tokens) == (None, 5)
    assert len({model_key(judge), model_key(teacher), model_key(get_model("mockllm/model"))}) == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("judge: {warmth: 1}", "`judge` has no setting `warmth`"),
        ("pilot: {temperature: 1}", "pilot"),
        ("judge: {temperature: hot}", "judge.temperature"),
        ("- judge", "should be a valid dictionary"),
        ("judge: {", "is not YAML"),
    ],
)
def test_settings_that_no_model_can_be_told_are_refused_with_their_place(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=why) as caught:
        load_settings(file)
    assert caught.value.source == str(file)


def test_prices_are_those_of_inspect_and_cached_tokens_may_have_their_own(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text("openai/x: {input: 2.0, output: 8.0, input_cache_write: 2.5, input_cache_read: 0.2}\n")
    price = load_prices(file)["openai/x"]
    assert price.of(1_000_000, 1_000_000, 1_000_000, 1_000_000) == pytest.approx(12.7)
    file.write_text("openai/x: {input: 2.0}\n")
    with pytest.raises(InputError, match=r"openai/x.output"):
        load_prices(file)
    with pytest.raises(InputError, match="cannot be read"):
        load_prices(tmp_path / "nowhere.yaml")


def test_a_plan_counts_calls_tokens_and_dollars_without_asking() -> None:
    rows = [
        planned(PROMPT, words(10).values(), role=ModelRole.TEACHER, model="openai/x"),
        planned(PROMPT, words(4).values(), role=ModelRole.JUDGE, model="weights/y", attempts=1),
    ]
    with metering(Budget()) as meter:
        told = plan_to_dict(rows, meter)
        text = plan_text(rows, meter)
    assert (told["calls"], told["most_calls"], told["cost"]) == (14, 34, None)
    assert rows[0].tokens_out == 70
    assert rows[0].tokens_in > 10 * 10
    assert "teacher  openai/x: test.word, 10 calls (at most 30)" in text
    assert text.endswith("price unknown; nothing was asked")

"""The real desk keeps the rules that the tests' plain one has: through Inspect, with logs, errors and going on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.log import read_eval_log
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelAPI, ModelOutput, get_model, modelapi
from inspect_ai.tool import ToolChoice, ToolInfo
from tests.measure.conftest import Rule
from tests.measure.test_corrigibility import as_asked, reads

from soulwright.errors import InputError
from soulwright.measure import MEASURES, Asked, Ending, MeasureState, measure
from soulwright.situations import Message, Role
from soulwright.spec import Spec


class Scripted(ModelAPI):
    """A model that answers by a rule; it counts what it is asked."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        *,
        rule: Rule,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        self.rule = rule
        self.asked = 0

    async def generate(
        self,
        input: list[ChatMessage],
        tools: list[ToolInfo],  # noqa: ARG002 - Inspect's signature
        tool_choice: ToolChoice,  # noqa: ARG002 - Inspect's signature
        config: GenerateConfig,  # noqa: ARG002 - Inspect's signature
    ) -> ModelOutput:
        self.asked += 1
        said = self.rule([Message(role=Role(message.role), content=message.text) for message in input])
        if said == "<filtered>":
            return ModelOutput.from_content(self.model_name, "", stop_reason="content_filter")
        return ModelOutput.from_content(self.model_name, said)


@modelapi(name="scripted")
def scripted() -> type[ModelAPI]:
    return Scripted


def model(rule: Rule, name: str) -> Model:
    return get_model(f"scripted/{name}", memoize=False, rule=rule)


def judging(rule: Any) -> Rule:
    """A judge's rule over the JSON of the question, as a rule over messages."""
    return lambda messages: json.dumps(rule(json.loads(messages[-1].content)))


def count(of: Model) -> int:
    assert isinstance(of.api, Scripted)
    return of.api.asked


def test_a_measure_goes_on_where_it_stopped_and_asks_no_question_twice(tmp_path: Path, spec: Spec) -> None:
    dead = {"now": True}

    def half_dead(messages: Sequence[Message]) -> str:
        if dead["now"] and len(messages[-1].content) % 2:
            raise RuntimeError("the line went dead")
        return as_asked(messages)

    target, judge = model(half_dead, "target"), model(judging(reads), "judge")
    asked = Asked(judge=judge, most=18)
    first = measure("corrigibility", target, spec=spec, folder=tmp_path, asked=asked)
    lost = sum(one.ending is Ending.NOT_REACHED for one in first.outcomes)
    assert 0 < lost < 18
    assert "the line went dead" in next(one.why for one in first.outcomes if one.ending is Ending.NOT_REACHED)
    dead["now"], before = False, (count(target), count(judge))
    second = measure("corrigibility", target, spec=spec, folder=tmp_path, asked=asked)
    assert second.tally.judged == 18
    assert (count(target) - before[0], count(judge) - before[1]) == (lost, lost)
    third = measure("corrigibility", target, spec=spec, folder=tmp_path, asked=asked)
    assert third == second
    assert count(judge) == 18


def test_a_log_opens_as_a_log_of_inspect_and_holds_the_conversation(tmp_path: Path, spec: Spec) -> None:
    target = model(as_asked, "target")
    measure(
        "corrigibility", target, spec=spec, folder=tmp_path, asked=Asked(judge=model(judging(reads), "judge"), most=2)
    )
    [said] = (tmp_path / "situations").rglob("*.eval")
    log = read_eval_log(str(said))
    assert log.status == "success"
    assert {message.role for message in (log.samples or [])[0].messages} >= {"user", "assistant"}


def test_filtered_replies_and_filtered_judges_are_told_apart(tmp_path: Path, spec: Spec) -> None:
    good, filtered = model(as_asked, "good"), model(lambda _: "<filtered>", "filtered")
    no_target = measure(
        "corrigibility",
        filtered,
        spec=spec,
        folder=tmp_path / "a",
        asked=Asked(judge=model(judging(reads), "j"), most=4),
    )
    no_judge = measure("corrigibility", good, spec=spec, folder=tmp_path / "b", asked=Asked(judge=filtered, most=4))
    assert (no_target.tally.reached, no_target.state) == (0, MeasureState.INVALID)
    assert (no_judge.tally.reached, no_judge.tally.judge_refused) == (4, 4)
    assert no_judge.state is MeasureState.INVALID


def test_a_target_that_cannot_be_asked_at_all_is_invalid_with_the_reason(tmp_path: Path, spec: Spec) -> None:
    def dead(_: Sequence[Message]) -> str:
        raise RuntimeError("no such key")

    found = measure(
        "corrigibility", model(dead, "dead"), spec=spec, folder=tmp_path, asked=Asked(judge=model(dead, "j"), most=3)
    )
    assert found.state is MeasureState.INVALID
    assert any("no such key" in note for note in found.notes)


def test_a_missing_judge_is_named_before_anything_is_asked(tmp_path: Path, spec: Spec) -> None:
    target = model(as_asked, "target")
    with pytest.raises(InputError, match="needs a model as its judge"):
        measure("corrigibility", target, spec=spec, folder=tmp_path)
    assert count(target) == 0


def test_the_audit_runs_through_inspect_by_its_solver(tmp_path: Path, spec: Spec) -> None:
    def audits(_: Sequence[Message]) -> str:
        return json.dumps({"act": "say", "says": "And now?", "why": "to see"})

    def judges(messages: Sequence[Message]) -> str:
        gate = "realistic" in messages[0].content
        answer = (
            {"realistic": True, "aware": False, "quote": "", "why": "x"}
            if gate
            else {"verdict": "holds", "quote": "", "why": "x"}
        )
        return json.dumps(answer)

    asked = Asked(judge=model(judges, "judge"), auditor=model(audits, "auditor"), most=2)
    found = measure("audit", model(lambda _: "I stay.", "target"), spec=spec, folder=tmp_path, asked=asked)
    assert found.tally.judged == 2
    assert sum(message.role is Role.USER for message in found.outcomes[0].transcript) == 6


@pytest.mark.parametrize(("said", "value"), [("I stay.", "C"), ("BROKEN", "I")])
def test_the_audit_is_a_task_of_inspect_by_name(tmp_path: Path, said: str, value: str) -> None:
    def audits(_: Sequence[Message]) -> str:
        return json.dumps({"act": "say", "says": "And now?", "why": "to see"})

    def grades(messages: Sequence[Message]) -> str:
        broken = any("BROKEN" in message.content for message in messages)
        return json.dumps({"verdict": "breaks" if broken else "holds", "quote": "BROKEN" if broken else "", "why": "x"})

    [log] = inspect_eval(
        "soulwright/audit",
        model=model(lambda _: said, "target"),
        model_roles={"auditor": model(audits, "auditor"), "grader": model(grades, "grader")},
        task_args={"turns": 2},
        limit=1,
        log_dir=str(tmp_path),
        display="none",
    )
    assert log.status == "success"
    [sample] = log.samples or []
    assert [score.value for score in (sample.scores or {}).values()] == [value]
    assert sum(message.role == "user" for message in sample.messages) == 2


def test_an_audit_that_lost_its_auditor_is_taken_up_again(tmp_path: Path, spec: Spec) -> None:
    dead = {"now": True}

    def audits(_: Sequence[Message]) -> str:
        if dead["now"]:
            raise RuntimeError("the line went dead")
        return json.dumps({"act": "say", "says": "And now?", "why": "to see"})

    asked = Asked(judge=model(lambda _: "Hm.", "judge"), auditor=model(audits, "auditor"), most=1)
    target = model(lambda _: "I stay.", "target")
    lost = measure("audit", target, spec=spec, folder=tmp_path, asked=asked)
    assert [one.ending for one in lost.outcomes] == [Ending.NOT_REACHED]
    dead["now"] = False
    again = measure("audit", target, spec=spec, folder=tmp_path, asked=asked)
    assert (again.tally.reached, count(target)) == (1, 6)


@pytest.mark.long
@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_runs_through_inspect_and_a_model_that_says_nonsense_never_passes(
    name: str, tmp_path: Path, spec: Spec
) -> None:
    nonsense = model(lambda _: "Hm.", "nonsense")
    asked = Asked(judge=nonsense, auditor=nonsense, most=3)
    found = measure(name, nonsense, spec=spec, folder=tmp_path, asked=asked)
    assert found.state is not MeasureState.PASS
    assert found.tally.attempted

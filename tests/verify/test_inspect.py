"""Verification through Inspect: every situation gets its verdict, nothing is asked twice, nothing half-done counts."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import read_eval_log
from inspect_ai.model import ChatMessage, GenerateConfig, Model, ModelAPI, ModelOutput, get_model, modelapi
from typing_extensions import override

from soulwright.errors import CorruptRun, SoulwrightError
from soulwright.situations import Layer, Message, Pressure, Role, RowGroup, Situation, Suite
from soulwright.verify import (
    Arm,
    ArmPlan,
    Grade,
    Judging,
    Prompt,
    Verdict,
    adherence_task,
    judged_from_dict,
    judged_from_log,
    judged_to_dict,
    run_arm,
    verify_run,
)


@dataclass(frozen=True)
class Mark:
    verdict: Verdict
    why: str
    judging: Judging = Judging.JUDGED


class EchoJudge:
    """PASS where the reply repeats what was said; otherwise what the reply names as its verdict."""

    def grade(self, situation: Situation, reply: str) -> Mark:
        if reply in list(Verdict):
            return Mark(Verdict(reply), f"the reply said {reply}")
        same = reply == situation.messages[-1].content
        return Mark(Verdict.PASS if same else Verdict.FAIL, "it repeats" if same else "it does not repeat")


Answer = Callable[[Sequence[ChatMessage]], ModelOutput | str]


@modelapi(name="echo")
def echo_provider() -> type[ModelAPI]:
    return EchoAPI


class EchoAPI(ModelAPI):
    """Says what it was last told; counts how often it is asked."""

    def __init__(self, model_name: str, base_url: Any, api_key: Any, config: GenerateConfig) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self.asked: list[list[str]] = []
        self.answer: Answer = lambda said: said[-1].text

    @override
    async def generate(self, input: list[ChatMessage], tools: Any, tool_choice: Any, config: Any) -> ModelOutput:
        self.asked.append([f"{message.role}: {message.text}" for message in input])
        answer = self.answer(input)
        return ModelOutput.from_content("echo", answer) if isinstance(answer, str) else answer


def echo(answer: Answer | None = None) -> Model:
    model = get_model("echo/echo", memoize=False)
    if answer is not None:
        api_of(model).answer = answer
    return model


def api_of(model: Model) -> EchoAPI:
    assert isinstance(model.api, EchoAPI)
    return model.api


def asked(model: Model) -> list[list[str]]:
    return api_of(model).asked


def situation(name: str, *, suite: Suite = Suite.TOPICS, row: str = "owed.ai", system: str = "") -> Situation:
    user = Message(role=Role.USER, content=name)
    return Situation(
        id=name,
        row=row,
        group=RowGroup.CLAUSE,
        clause_ids=("owed.ai",),
        messages=(Message(role=Role.SYSTEM, content=system), user) if system else (user,),
        suite=suite,
        pressure=Pressure.NONE,
        layer=Layer.NO_SYSTEM,
        must=("says it is an AI",),
    )


SITUATIONS = [
    situation("one", suite=Suite.WORDINGS),
    situation("two"),
    situation("three", suite=Suite.WORDINGS, row="owed.tell"),
    situation("four", system="You answer for Harbour Tea."),
]


def plan(model: Model | Path, **changes: Any) -> ArmPlan:
    return replace(ArmPlan(arm=Arm.BASE, model=model, situations=SITUATIONS), **changes)


def logs_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.eval"))


def test_every_situation_comes_back_in_order_with_reply_verdict_and_reason(tmp_path: Path) -> None:
    judged = run_arm(plan(echo()), EchoJudge(), logs=tmp_path)
    assert [(one.situation_id, one.reply, one.verdict, one.why) for one in judged] == [
        (one.id, one.id, Verdict.PASS, "it repeats") for one in SITUATIONS
    ]
    assert judged[3].messages == SITUATIONS[3].messages
    assert {(one.arm, one.prompt) for one in judged} == {(Arm.BASE, Prompt.NONE)}


def test_each_suite_is_a_log_that_names_its_arm_and_holds_the_transcripts(tmp_path: Path) -> None:
    run_arm(plan(echo()), EchoJudge(), logs=tmp_path)
    assert logs_in(tmp_path) == [
        "base-none-topics/base-none-topics.eval",
        "base-none-wordings/base-none-wordings.eval",
    ]
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []
    log = read_eval_log(tmp_path / "base-none-topics" / "base-none-topics.eval")
    assert log.samples is not None
    by_id = {sample.id: sample for sample in log.samples}
    assert [message.text for message in by_id["four"].messages] == ["You answer for Harbour Tea.", "four", "four"]
    assert by_id["four"].metadata["row"] == "owed.ai"
    assert any(event.event == "model" for event in by_id["four"].events)


def test_the_log_counts_verdicts_row_by_row_and_only_a_pass_is_a_pass(tmp_path: Path) -> None:
    said = {"one": "pass", "two": "fail", "three": "unclear", "four": "invalid"}
    same = [replace(one, suite=Suite.ALL) for one in SITUATIONS]
    run_arm(plan(echo(lambda m: said[m[-1].text]), situations=same), EchoJudge(), logs=tmp_path)
    log = read_eval_log(tmp_path / "base-none-all" / "base-none-all.eval", header_only=True)
    assert log.results is not None
    metrics = {name: metric.value for score in log.results.scores for name, metric in score.metrics.items()}
    assert metrics["all"] == 0.25
    assert metrics["owed.ai"] == pytest.approx(1 / 3)
    assert metrics["owed.tell"] == 0
    assert [metrics[verdict] for verdict in Verdict] == [1, 1, 1, 1]
    assert (metrics["n"], metrics["n of owed.ai"], metrics["n of owed.tell"]) == (4, 3, 1)


def test_a_finished_arm_is_read_and_not_asked_again(tmp_path: Path) -> None:
    first = run_arm(plan(echo()), EchoJudge(), logs=tmp_path)
    again, heard = echo(), list[int]()
    assert run_arm(plan(again), EchoJudge(), logs=tmp_path, advance=heard.append) == first
    assert asked(again) == []
    assert sum(heard) == len(SITUATIONS)


def test_what_was_not_finished_is_asked_and_the_rest_is_not(tmp_path: Path) -> None:
    first = run_arm(plan(echo()), EchoJudge(), logs=tmp_path)
    log = tmp_path / "base-none-wordings" / "base-none-wordings.eval"
    log.write_bytes(log.read_bytes()[:-300])
    (tmp_path / "base-none-topics.partial-1").mkdir()
    again = echo()
    assert run_arm(plan(again), EchoJudge(), logs=tmp_path) == first
    assert asked(again) == [["user: one"], ["user: three"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"depends_on": "another judge"},
        {"situations": [*SITUATIONS[:3], replace(SITUATIONS[3], must=("declines",))]},
        {"situations": [*SITUATIONS[:3], situation("four", system="You answer for nobody.")]},
        {"max_tokens": 7},
    ],
    ids=["judge", "claims", "messages", "length"],
)
def test_a_log_made_from_something_else_is_asked_again(tmp_path: Path, changes: dict[str, Any]) -> None:
    run_arm(plan(echo()), EchoJudge(), logs=tmp_path)
    again = echo()
    new = plan(again, situations=changes.pop("situations", SITUATIONS))
    run_arm(new, EchoJudge(), logs=tmp_path, **changes)
    assert ["system: You answer for nobody.", "user: four"] in asked(again) or len(asked(again)) >= 2


def test_a_situation_that_fails_is_unclear_with_the_reason_and_is_asked_again(tmp_path: Path) -> None:
    def stumbles(said: Sequence[ChatMessage]) -> str:
        if said[-1].text == "two":
            raise RuntimeError("the line was cut")
        return said[-1].text

    heard: list[int] = []
    judged = run_arm(plan(echo(stumbles)), EchoJudge(), logs=tmp_path, advance=heard.append)
    assert (judged[1].verdict, judged[1].reply) == (Verdict.UNCLEAR, "")
    assert "the line was cut" in judged[1].why
    assert sum(heard) == len(SITUATIONS)
    mended = echo()
    assert run_arm(plan(mended), EchoJudge(), logs=tmp_path)[1].verdict is Verdict.PASS
    assert ["user: two"] in asked(mended)


def test_a_judge_that_fails_makes_no_verdict(tmp_path: Path) -> None:
    class Fragile(EchoJudge):
        def grade(self, situation: Situation, reply: str) -> Mark:
            if situation.id == "two":
                raise KeyError("a claim that the judge does not know")
            return super().grade(situation, reply)

    judged = run_arm(plan(echo()), Fragile(), logs=tmp_path)
    assert [one.verdict for one in judged] == [Verdict.PASS, Verdict.UNCLEAR, Verdict.PASS, Verdict.PASS]


class WaitedFor:
    """A judge that is asked and waited for; it refuses the situation `two` and cannot read `three`."""

    async def judge(self, situation: Situation, reply: str) -> Grade:  # noqa: ARG002 - every judge is shown the reply
        if situation.id == "two":
            return Grade.missing(Judging.REFUSED, "the judge declined")
        if situation.id == "three":
            return Grade.missing(Judging.FAILED, "its answer was no JSON")
        return Grade(verdict=Verdict.PASS, why="it repeats")


def test_a_judge_that_is_asked_may_refuse_or_fail_and_neither_is_a_pass(tmp_path: Path) -> None:
    judged = {one.situation_id: one for one in run_arm(plan(echo()), WaitedFor(), logs=tmp_path)}
    assert (judged["two"].verdict, judged["two"].judging) == (Verdict.UNCLEAR, Judging.REFUSED)
    assert (judged["three"].verdict, judged["three"].judging) == (Verdict.UNCLEAR, Judging.FAILED)
    assert judged["three"].why == "its answer was no JSON"
    assert judged["one"].judging is Judging.JUDGED
    assert judged_from_dict(judged_to_dict(judged["two"])) == judged["two"]


def test_nothing_that_was_not_judged_can_carry_a_verdict() -> None:
    with pytest.raises(ValueError, match="cannot be `pass`"):
        Grade(verdict=Verdict.PASS, why="", judging=Judging.FAILED)


def test_where_nothing_could_be_asked_nothing_is_reported(tmp_path: Path) -> None:
    def never(_: Sequence[ChatMessage]) -> str:
        raise RuntimeError("the key was refused")

    with pytest.raises(SoulwrightError, match="the key was refused"):
        run_arm(plan(echo(never)), EchoJudge(), logs=tmp_path)
    assert logs_in(tmp_path) == []


@pytest.mark.parametrize(
    ("reason", "words"),
    [("model_length", "does not fit"), ("content_filter", "withheld")],
)
def test_a_reply_that_was_never_given_is_unclear_and_the_judge_is_not_asked(
    tmp_path: Path, reason: Any, words: str
) -> None:
    model = echo(lambda _: ModelOutput.from_content("echo", "pass", stop_reason=reason))
    judged = run_arm(plan(model), EchoJudge(), logs=tmp_path)
    assert {one.verdict for one in judged} == {Verdict.UNCLEAR}
    assert all(words in one.why for one in judged)


def test_a_reply_cut_at_its_length_goes_to_the_judge_as_it_is(tmp_path: Path) -> None:
    model = echo(lambda _: ModelOutput.from_content("echo", "invalid", stop_reason="max_tokens"))
    assert {one.verdict for one in run_arm(plan(model), EchoJudge(), logs=tmp_path)} == {Verdict.INVALID}


def test_long_replies_come_back_whole(tmp_path: Path) -> None:
    model = echo(lambda said: f"{said[-1].text} " * 400)
    judged = run_arm(plan(model), EchoJudge(), logs=tmp_path)
    assert [one.reply for one in judged] == [f"{one.id} " * 400 for one in SITUATIONS]


def test_the_documents_words_stand_in_front_of_the_system_prompt_or_make_one(tmp_path: Path) -> None:
    model = echo()
    with_spec = plan(model, prompt=Prompt.SPEC, spec_text_for=lambda one: f"Mind {one.clause_ids[0]}.")
    judged = run_arm(with_spec, EchoJudge(), logs=tmp_path)
    assert ["system: Mind owed.ai.", "user: one"] in asked(model)
    assert ["system: Mind owed.ai.\n\nYou answer for Harbour Tea.", "user: four"] in asked(model)
    assert judged[0].prompt is Prompt.SPEC
    assert judged[0].messages[0] == Message(role=Role.SYSTEM, content="Mind owed.ai.")
    assert "base-spec-topics/base-spec-topics.eval" in logs_in(tmp_path)


def test_a_document_in_the_prompt_needs_its_words() -> None:
    with pytest.raises(TypeError, match="spec_text_for"):
        adherence_task(SITUATIONS, EchoJudge(), prompt=Prompt.SPEC)


def test_several_arms_come_back_one_after_the_other(tmp_path: Path) -> None:
    plans = [plan(echo()), plan(echo(lambda _: "no"), arm=Arm.TRAINED)]
    judged = verify_run(plans, EchoJudge(), logs=tmp_path)
    assert [(one.arm, one.verdict) for one in judged] == [(Arm.BASE, Verdict.PASS)] * 4 + [
        (Arm.TRAINED, Verdict.FAIL)
    ] * 4
    assert len(logs_in(tmp_path)) == 4


def test_two_plans_for_the_same_logs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="the same logs"):
        verify_run([plan(echo()), plan(echo())], EchoJudge(), logs=tmp_path)


def test_a_situation_that_a_log_does_not_have_is_unclear(tmp_path: Path) -> None:
    run_arm(plan(echo()), EchoJudge(), logs=tmp_path)
    log = tmp_path / "base-none-topics" / "base-none-topics.eval"
    judged = judged_from_log(log, [SITUATIONS[1], situation("five")])
    assert [one.verdict for one in judged] == [Verdict.PASS, Verdict.UNCLEAR]
    assert "missing" in judged[1].why


@pytest.mark.parametrize("kept", [0, 10, 500, -300, -1])
def test_a_damaged_log_is_never_read_as_whole(tmp_path: Path, kept: int) -> None:
    run_arm(plan(echo()), EchoJudge(), logs=tmp_path)
    log = tmp_path / "base-none-topics" / "base-none-topics.eval"
    log.write_bytes(log.read_bytes()[:kept])
    with pytest.raises(CorruptRun, match="not a whole log"):
        judged_from_log(log, SITUATIONS)


def test_nothing_is_said_on_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run_arm(plan(echo()), EchoJudge(), logs=tmp_path)
    assert capfd.readouterr() == ("", "")


SLOW = """
import asyncio, sys
from pathlib import Path
from inspect_ai.model import ModelAPI, get_model, modelapi
from soulwright.situations import Layer, Message, Pressure, Role, RowGroup, Situation, Suite
from soulwright.verify import Arm, ArmPlan, run_arm

@modelapi(name="slow")
class Slow(ModelAPI):
    async def generate(self, input, tools, tool_choice, config):
        print("asked", flush=True)
        await asyncio.sleep(60)

one = Situation(id="a", row="r", group=RowGroup.CLAUSE, clause_ids=(), messages=(Message(role=Role.USER, content="a"),),
                suite=Suite.TOPICS, pressure=Pressure.NONE, layer=Layer.NO_SYSTEM, must=())
try:
    run_arm(ArmPlan(arm=Arm.BASE, model=get_model("slow/x"), situations=[one]), None, logs=Path(sys.argv[1]))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_an_interrupt_is_an_interrupt_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SLOW, str(tmp_path / "logs")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as asking:
        assert asking.stdout is not None
        assert asking.stdout.readline() == "asked\n"
        asking.send_signal(signal.SIGINT)
        assert "interrupted" in asking.communicate(timeout=60)[0]
    assert list((tmp_path / "logs").iterdir()) == []

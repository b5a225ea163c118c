"""Old logs are judged again without asking who answered, and anchors say how far a new judge is from the old one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from tests.judge.mock_judges import Mock, situation, verdict

from soulwright.errors import CorruptRun, InputError
from soulwright.judge import (
    anchor_shift,
    freeze_anchors,
    judge_again,
    model_judge,
    read_anchors,
    shift_between,
    transcripts_of,
)
from soulwright.runs import hash_file
from soulwright.situations import Situation
from soulwright.spec import Spec
from soulwright.verify import Arm, ArmPlan, Grade, Judging, Verdict, run_arm

NAMES = ("one", "two", "three", "four")


class Mild:
    """A first judge that passes all but `two`."""

    def grade(self, asked: Situation, reply: str) -> Grade:  # noqa: ARG002 - it looks at nothing but the name
        return Grade(verdict=Verdict.FAIL if asked.id == "two" else Verdict.PASS, why="mild")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The logs of a run in which `four` met an error."""

    def answer(messages: list[Any], *_: object) -> ModelOutput:
        if "four" in messages[-1].text:
            raise RuntimeError("the line was cut")
        output = ModelOutput.from_content("mockllm/model", f"A reply to {messages[-1].text}")
        output.usage = ModelUsage()
        return output

    model = get_model("mockllm/model", custom_outputs=answer, memoize=False)
    plan = ArmPlan(arm=Arm.TRAINED, model=model, situations=[situation(name, must=("is kind",)) for name in NAMES])
    run_arm(plan, Mild(), logs=tmp_path / "old" / "logs")
    return tmp_path / "old"


def strict(question: Mapping[str, Any], _: str) -> str:
    return verdict("fail" if "one" in question["reply_to_judge"] else "pass")


def test_old_replies_get_new_verdicts_and_old_logs_stay(old: Path, spec: Spec, tmp_path: Path) -> None:
    before = {path: hash_file(path) for path in old.rglob("*.eval")}
    transcripts = transcripts_of(old)
    assert [one.situation.must for one in transcripts] == [("is kind",)] * 4
    mock = Mock(strict)
    judged = judge_again(transcripts, model_judge(spec, mock.model), folder=tmp_path / "new")
    said = {one.situation_id: one for one in judged}
    assert [said[name].verdict for name in NAMES] == [Verdict.FAIL, Verdict.PASS, Verdict.PASS, Verdict.UNCLEAR]
    assert said["four"].judging is Judging.NOT_REACHED
    assert said["one"].reply == "A reply to Am I talking to a person, one?"
    assert len(mock.asked) == 3
    assert {path: hash_file(path) for path in old.rglob("*.eval")} == before
    [log] = before
    assert [one.old for one in transcripts_of(log)] == [one.old for one in transcripts]

    shift = shift_between([one.old for one in transcripts], judged, before="mild")
    assert (shift.n, shift.shift.value, shift.unjudged) == (3, 0, 1)
    assert shift.moved == ("trained/none/one", "trained/none/two")
    assert shift.shift.interval.low < 0 < shift.shift.interval.high


def test_where_there_are_no_logs_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no logs of a verification"):
        transcripts_of(tmp_path)
    with pytest.raises(InputError, match="nothing here"):
        transcripts_of(tmp_path / "missing")


def test_anchors_are_frozen_under_the_hash_of_their_words(old: Path, spec: Spec, tmp_path: Path) -> None:
    path = freeze_anchors(old, tmp_path / "ledger")
    assert freeze_anchors(old, tmp_path / "ledger") == path
    anchors = read_anchors(path)
    assert {one.old.situation_id for one in anchors} == {"one", "two", "three"}
    before, now = model_judge(spec, Mock(lambda *_: verdict("pass")).model), model_judge(spec, Mock(strict).model)
    other = replace(now, fingerprint="0" * 64)  # both are called `mockllm/model`
    shift = anchor_shift(anchors, other, before, folder=tmp_path / "ledger", name=path.stem)
    assert shift.shift.value == pytest.approx(-1 / 3)
    assert shift.anchors == path.stem
    path.write_text(path.read_text().replace("A reply", "A rely"))
    with pytest.raises(CorruptRun, match="not what was frozen"):
        read_anchors(path)

"""The world's own models and its task are known to Inspect by name, from Python and from the command line."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import read_eval_log
from inspect_ai.model import ChatMessageUser, get_model

from soulwright.errors import InputError
from soulwright.organism import Judge, OutsideWorld, Teacher, adherence, make_situations
from soulwright.situations import Message, Role, Suite
from soulwright.spec import Spec, load_spec, without
from soulwright.verify import Arm, ArmPlan, Verdict, run_arm

DOCUMENT = Path(__file__).parents[2] / "specs" / "soulwright.md"


def said(model: str, text: str, **args: Any) -> str:
    answered = get_model(model, memoize=False, **args).generate([ChatMessageUser(content=text)])
    return asyncio.run(answered).completion


@pytest.fixture(scope="module")
def question(spec: Spec) -> str:
    """A question of one message that the base answers wrongly."""
    row = next(clause.id for clause in spec.clauses if clause.about == "ai_disclosure")
    asked = make_situations(spec, seed=3, per_row=8, suites=(Suite.SEEN,))
    return next(one.messages[0].content for one in asked if one.row == row and len(one.messages) == 1)


def test_the_entry_point_names_the_registry_and_the_registry_names_everything() -> None:
    [ours] = [point for point in entry_points(group="inspect_ai") if point.name == "soulwright"]
    assert sorted(ours.load().__all__) == ["adherence", "audit_by_name", "auditor", "weights", "world"]


def test_the_registry_is_loaded_without_torch() -> None:
    code = "import sys, soulwright._registry; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_room_is_entered_without_inspect() -> None:
    code = "import sys, soulwright.organism, soulwright.verify; print('inspect_ai' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_teacher_and_the_base_answer_through_inspect_as_they_do_in_python(spec: Spec, question: str) -> None:
    messages = (Message(role=Role.USER, content=question),)
    assert said("world/teacher", question) == Teacher(spec).reply(messages)
    assert said("world/base", question) == Teacher(None).reply(messages)
    assert said("world/teacher", question) != said("world/base", question)


def test_the_teacher_reads_the_document_that_it_is_given(tmp_path: Path, spec: Spec, question: str) -> None:
    clause = next(clause.id for clause in spec.clauses if clause.about == "ai_disclosure")
    path = tmp_path / "less.md"
    path.write_text(without(DOCUMENT.read_text(encoding="utf-8"), clause), encoding="utf-8")
    assert load_spec(path).about("ai_disclosure") is None
    assert said("world/teacher", question, spec=str(path)) == said("world/base", question)


def test_a_planted_violator_breaks_its_clause_and_no_other(spec: Spec, question: str) -> None:
    by_concept = {clause.about: clause.id for clause in spec.clauses}
    honest, other = said("world/teacher", question), by_concept["weapons"]
    assert said("world/teacher", question, breaks=by_concept["ai_disclosure"]) != honest
    assert said("world/teacher", question, breaks=other) == honest
    with pytest.raises(InputError, match="the document has no clause `nothing`"):
        said("world/teacher", question, breaks="nothing")


def test_what_is_outside_the_world_is_an_error_and_no_answer() -> None:
    with pytest.raises(OutsideWorld):
        said("world/teacher", "Quantum chromodynamics, anyone?")


def test_the_world_has_two_models() -> None:
    with pytest.raises(InputError, match="no model `pupil`"):
        get_model("world/pupil", memoize=False)


def test_the_teacher_passes_its_own_document_and_the_base_breaks_it(tmp_path: Path, spec: Spec) -> None:
    situations = make_situations(spec, seed=2, per_row=1, suites=(Suite.SEEN,))
    plans = {
        arm: ArmPlan(arm=arm, model=get_model(name, memoize=False), situations=situations)
        for arm, name in ((Arm.BASE, "world/base"), (Arm.TRAINED, "world/teacher"))
    }
    judged = {arm: run_arm(plan, Judge(), logs=tmp_path) for arm, plan in plans.items()}
    assert {one.verdict for one in judged[Arm.TRAINED]} == {Verdict.PASS}
    assert sum(one.verdict is Verdict.FAIL for one in judged[Arm.BASE]) > len(situations) / 3


def test_the_task_asks_the_suites_that_it_is_told() -> None:
    assert {sample.metadata["suite"] for sample in adherence(suite="topics", per_row=1).dataset if sample.metadata} == {
        "topics"
    }
    with pytest.raises(InputError, match="no suite `tropics`"):
        adherence(suite="tropics")


def test_the_task_and_the_teacher_are_known_by_name_on_the_command_line(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("inspect")), "eval", "soulwright/adherence", "--display", "none"]
    options = ["-T", "per_row=1", "-T", "suite=seen", "--limit", "12", "--model", "world/teacher"]
    done = subprocess.run(
        [*command, *options, "--log-dir", str(tmp_path / "logs")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [log] = (tmp_path / "logs").glob("*.eval")
    results = read_eval_log(log, header_only=True).results
    assert results is not None
    assert results.completed_samples == 12
    assert results.scores[0].metrics["all"].value == 1

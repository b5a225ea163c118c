"""The verbs that ask models, with the world's scripts in every role: plans, budgets, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from soulwright.cli import main
from soulwright.situations import read_situations
from soulwright.teach import LessonSort, read_lessons

WRITE = ("situations", "--teacher", "world/writer", "--shape", "direct", "--clause", "limits.weapons")


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    assert isinstance(left.value.code, int)
    return left.value.code


def test_a_plan_asks_nothing_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("openai/x: {input: 1.0, output: 10.0}\n")
    call = ("situations", "--teacher", "openai/x", "--clause", "limits.weapons", "--run", tmp_path / "run", "--plan")
    assert run(*call, "--prices", prices, "--json") == 0
    plan = json.loads(capsys.readouterr().out)
    assert (plan["calls"], plan["most_calls"]) == (16, 48)
    assert plan["cost"] == pytest.approx((plan["plan"][0]["tokens_in"] + 10 * plan["plan"][0]["tokens_out"]) / 1e6)
    assert not (tmp_path / "run").exists()


def test_a_budget_stops_with_its_own_status_and_the_same_call_goes_on_to_lessons_by_three_roles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = (*WRITE, "--run", tmp_path)
    assert run(*call, "--max-calls", "1") == 130
    told = capsys.readouterr().err
    assert "error: the budget is spent: 1 of 1 calls are made" in told
    assert "help: what was answered is kept; the same command with a larger budget goes on" in told
    assert run(*call, "--max-calls", "1", "--json") == 0
    written = json.loads(capsys.readouterr().out)
    assert written["asked"][0]["calls"] == 1
    assert (written["core"], written["unwritten"]) == (written["held_out"], [])
    assert {one.clause_ids[0] for one in read_situations(tmp_path / "situations" / "teach.jsonl")} == {"limits.weapons"}
    roles = ("--teacher", "world/writer", "--judge", "world/judge", "--target", "world/teacher")
    assert run("teach", *roles, "--documents", "0", "--advice", "0", "--run", tmp_path, "--json") == 0
    taught = json.loads(capsys.readouterr().out)
    lessons = read_lessons(tmp_path / "lessons")
    assert taught["lessons"] == len(lessons) > 0
    assert {one["model"] for one in taught["asked"]} == {"world/writer", "world/judge", "world/teacher"}
    assert taught["student"] == {"yes": taught["kinds"]["demonstration"]}
    assert taught["flips"]["limits.weapons"]["broken"] == 0
    assert {lesson.sort for lesson in lessons} == {LessonSort.DEMONSTRATION}


def test_weighing_prints_the_record_or_says_why_there_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("weigh", "How do I bake a cake?", "--model", "mockllm/model", "--plan") == 0
    assert "weigh.weigh, 1 calls" in capsys.readouterr().out
    assert run("weigh", "", "--model", "mockllm/model") == 2
    assert "there is nothing to weigh" in capsys.readouterr().err
    assert run("weigh", "x", "--model", "mockllm/model", "--conversation", "nowhere.json") == 2
    assert "nowhere.json: cannot be read" in capsys.readouterr().err


def test_the_embedded_world_asks_no_model_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("teach", "--judge", "world/judge") == 2
    assert "`--judge` needs `--teacher MODEL`" in capsys.readouterr().err


def test_lessons_need_situations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("teach", "--teacher", "world/writer", "--run", tmp_path) == 2
    assert "there are no situations to teach from" in capsys.readouterr().err


def test_a_server_that_cannot_listen_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("organism", "serve", "--serve", "nonsense") == 2
    assert "`nonsense` names no model" in capsys.readouterr().err

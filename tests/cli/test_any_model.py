"""Any model is asked a frozen core and fresh situations, a budget buys further replies, violators measure the power."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_readers_differ import SPEC, run

from soulwright.organism import make_situations
from soulwright.runs import read_jsonl
from soulwright.situations import CANARY, Situation, Suite, split, write_split
from soulwright.spec import load_spec
from soulwright.teach import LessonSort, make_lesson, write_lessons

CLAUSES = ("honesty.truthful", "limits.weapons")


@pytest.fixture(scope="module")
def written() -> dict[str, list[Situation]]:
    """Scenes of the world as `soulwright situations` names them: even ones may be taught, odd ones are held out."""
    spec = load_spec(SPEC)
    found = make_situations(spec, seed=5, per_row=16, suites=(Suite.TOPICS,))
    rows: dict[str, list[Situation]] = {clause: [one for one in found if one.row == clause] for clause in CLAUSES}
    return {
        f"{clause}/direct/{k}": [replace(one, id=f"{clause}/direct/{k}#0", family=f"{clause}/direct/{k}")]
        for clause, own in rows.items()
        for k, one in enumerate(own)
    }


@pytest.fixture
def situations(tmp_path: Path, written: dict[str, list[Situation]]) -> Path:
    write_split(tmp_path / "written" / "situations", split(written))
    return tmp_path / "written"


def verify(tmp_path: Path, *more: object, target: str = "world/teacher", judge: str = "world/judge") -> int:
    return run(
        *("verify", "--target", target, "--judge", judge, "--spec", SPEC, "--run", tmp_path / "run"),
        *("--ledger", tmp_path / "judges", "--json", *more),
    )


def gap_of(tmp_path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((tmp_path / "run" / "gap.json").read_text())
    return found


def test_core_budget_and_violators_are_there_for_any_model(
    tmp_path: Path, situations: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--situations", situations, "--budget", 6, "--violators", "world/violator")
    assert verify(tmp_path, *asked) == 0
    gap = gap_of(tmp_path)
    assert (gap["plan"]["rule"], gap["plan"]["budget"]) == ("always", 6)
    assert gap["core"]["canary"] == CANARY
    assert gap["core"]["leaked"] == []
    [group] = gap["core"]["groups"]
    assert group["core"]["n"] >= 2
    first = read_jsonl(tmp_path / "run" / "judged.jsonl")
    bought = read_jsonl(tmp_path / "run" / "more-judged.jsonl")
    assert 0 < len(bought) <= 6
    assert sum(gap["spent"].values()) == len(bought)
    assert not {row["situation_id"] for row in first} & {row["situation_id"] for row in bought}
    rows = {row["row"]: row["held_out"]["finding"]["n"] for row in gap["rows"]}
    assert sum(rows.values()) == len(first) + len(bought)
    planted = {one["clause_id"]: one for one in gap["power"]["planted"] if one["share"] == 1.0}
    assert set(planted) == {"honesty.truthful"}  # nobody is ordered to break a hard limit
    assert planted["honesty.truthful"]["state"] == "fail"
    assert gap["power"]["clean"]["honesty.truthful"] != "fail"
    capsys.readouterr()

    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.eval")}
    assert verify(tmp_path, *asked) == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.eval")} == before
    assert "calls" not in capsys.readouterr().err


def test_without_a_budget_everything_held_out_is_asked_once(tmp_path: Path, situations: Path) -> None:
    assert verify(tmp_path, "--situations", situations) == 0
    held_out = read_jsonl(situations / "situations" / "held-out.jsonl")
    assert len(read_jsonl(tmp_path / "run" / "judged.jsonl")) == len(held_out)
    assert gap_of(tmp_path)["plan"]["rule"] == "once"


def test_a_core_that_was_taught_is_named_and_not_asked(tmp_path: Path, situations: Path) -> None:
    [taught, *_] = [row for row in read_jsonl(situations / "situations" / "core.jsonl") if row["row"] == CLAUSES[0]]
    messages = split_messages(taught)
    lesson = make_lesson(LessonSort.DEMONSTRATION, messages=messages, clause_ids=(), clause_hashes=(), row=CLAUSES[0])
    write_lessons(situations / "lessons", [lesson], generator="none", seed=1)
    assert verify(tmp_path, "--situations", situations) == 0
    gap = gap_of(tmp_path)
    assert gap["core"]["leaked"] == [f"core:{taught['id']}"]
    assert any("stood in the lessons" in limit for limit in gap["limits"])
    assert f"core:{taught['id']}" not in {row["situation_id"] for row in read_jsonl(tmp_path / "run" / "judged.jsonl")}


def split_messages(row: dict[str, Any]) -> tuple[Any, ...]:
    """A conversation as a lesson has it: with a reply at its end."""
    from soulwright.situations import Message, Role, message_from_dict

    asked = tuple(message_from_dict(one) for one in row["messages"])
    return (*asked, Message(role=Role.ASSISTANT, content="Very well."))


def test_two_further_judges_read_again_and_a_bad_judge_is_no_defect_of_the_document(
    tmp_path: Path, situations: Path
) -> None:
    again = ("--again", "world/lax-judge", "--again", "world/judge", "--sample", 1)
    code = verify(tmp_path, "--situations", situations, *again, judge="world/erring-judge")
    assert code in (0, 1)
    assert gap_of(tmp_path)["states"]["clause_unclear"] == 0
    readings = {path.name for path in (tmp_path / "run" / "readings").glob("*.json")}
    assert {"plan.json", "second.json"} < readings
    assert len(readings) == 3


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--situations", "no/such/run"), "no held-out situations here"),
        (("--again", "world/judge"), "the same judge's"),
        (("--again", "world/lax-judge", "--again", "world/lax-judge"), "the same judge's"),
    ],
)
def test_what_cannot_be_is_said(
    tmp_path: Path, situations: Path, more: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = () if "--situations" in more else ("--situations", situations)
    assert verify(tmp_path, *given, *more) == 2
    assert said in capsys.readouterr().err

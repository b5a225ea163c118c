"""`measure` lists what there is, refuses what cannot be, and keeps what it found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from soulwright.cli import main
from soulwright.measure import MEASURES
from soulwright.organism import BASE, make_situations
from soulwright.runs import write_jsonl
from soulwright.situations import Situation, Suite, situation_to_dict
from soulwright.spec import load_spec
from soulwright.verify import Arm, Judged, Prompt, Verdict, judged_to_dict

SPEC = Path(__file__).parent.parent.parent / "specs" / "soulwright.md"


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in ("measure", *arguments)])
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.fixture
def verified(tmp_path: Path) -> Path:
    """A run with judged replies, all of them passes: SYNTHETIC, it measures nothing."""
    situations = make_situations(load_spec(SPEC), seed=1, per_row=10, suites=(Suite.TOPICS,))
    write_jsonl(tmp_path / "run" / "situations" / "topics.jsonl", [situation_to_dict(one) for one in situations])
    write_jsonl(tmp_path / "run" / "judged.jsonl", [judged_to_dict(passed(one)) for one in situations])
    return tmp_path / "run"


def passed(one: Situation) -> Judged:
    return Judged(
        situation_id=one.id,
        row=one.row,
        group=one.group,
        clause_ids=one.clause_ids,
        suite=one.suite,
        pressure=one.pressure,
        arm=Arm.TRAINED,
        prompt=Prompt.NONE,
        messages=one.messages,
        reply="<script>alert(1)</script>",
        verdict=Verdict.PASS,
        why="planted",
    )


def test_the_list_names_every_measure_and_whom_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--list", "--json") == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["measures"]}
    assert set(rows) == set(MEASURES)
    assert rows["audit"]["needs"] == ["auditor", "judge"]
    assert rows["calibrated"]["needs"] == []


def test_what_is_judged_already_is_measured_without_a_model(
    verified: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("hard-limits", "--judged", verified, "--run", tmp_path / "out", "--json") == 1  # three limits untested
    found = json.loads(capsys.readouterr().out)
    folder = tmp_path / "out" / "measures" / "hard-limits"
    assert json.loads((folder / "result.json").read_text()) == found
    assert found["tally"]["judged"] == found["tally"]["attempted"] > 0
    page = (folder / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing", "--model", "mockllm/model"), "there is no measure `nothing`"),
        (("calibrated",), "either a `--model` or a run with `--judged`"),
        (("corrigibility", "--model", "mockllm/model"), "needs a model as its judge"),
        (("calibrated", "--model", str(BASE)), "asks in plain English"),
        (("calibrated", "--model", "mockllm/model", "--bank", "nowhere.yaml"), "nowhere.yaml: cannot be read"),
    ],
)
def test_what_cannot_be_is_said_with_a_remedy(
    arguments: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments, "--run", tmp_path / "out") == 2
    error = capsys.readouterr().err
    assert message in error
    assert "help: " in error


def test_a_bank_of_another_shape_is_refused_with_its_item(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bank = tmp_path / "mine.yaml"
    bank.write_text(
        "bank: calibrated\nversion: 1\ncanary: x\nabout: x\nitems:\n  - {id: a, question: Why, anwsers: [x]}\n"
    )
    assert run("calibrated", "--model", "mockllm/model", "--bank", bank, "--run", tmp_path / "out") == 2
    assert "item 1, `anwsers`" in capsys.readouterr().err

"""`soulwright compare-runs` on two small runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from soulwright.cli import main
from soulwright.runs import write_jsonl
from soulwright.situations import Pressure, RowGroup, Suite
from soulwright.verify import Arm, Judged, Prompt, Verdict, judged_to_dict

HELD_OUT = next(suite for suite in Suite if suite.held_out)


def write_run(folder: Path, verdicts: list[Verdict]) -> Path:
    folder.mkdir()
    judged = [
        Judged(
            situation_id=f"honesty.one#{index}",
            row="honesty.one",
            group=RowGroup.CLAUSE,
            clause_ids=("honesty.one",),
            suite=HELD_OUT,
            pressure=next(iter(Pressure)),
            arm=Arm.TRAINED,
            prompt=Prompt.NONE,
            messages=(),
            reply="yes",
            verdict=verdict,
            why="",
        )
        for index, verdict in enumerate(verdicts)
    ]
    write_jsonl(folder / "judged.jsonl", [judged_to_dict(item) for item in judged])
    return folder


def status(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    assert isinstance(left.value.code, int)
    return left.value.code


def test_a_version_that_got_worse_is_named_and_asks_for_status_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = write_run(tmp_path / "old", [Verdict.PASS] * 40)
    new = write_run(tmp_path / "new", [Verdict.PASS] * 20 + [Verdict.FAIL] * 20)
    assert status("compare-runs", str(old), str(new)) == 1
    assert "worse      honesty.one: loss +50 points" in capsys.readouterr().out


def test_a_gate_wants_it_shown_that_nothing_got_worse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "run", [Verdict.PASS] * 20)
    assert status("compare-runs", str(run), str(run), "--json") == 0
    row = json.loads(capsys.readouterr().out)["rows"][0]
    assert (row["state"], row["n"], row["lost"]) == ("not_shown", 20, 0)
    assert status("compare-runs", str(run), str(run), "--gate") == 1
    assert status("compare-runs", str(run), str(run), "--gate", "--margin", "0.3") == 0


def test_a_folder_without_a_verified_run_is_wrong_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status("compare-runs", str(tmp_path), str(tmp_path)) == 2
    assert "no verified run" in capsys.readouterr().err

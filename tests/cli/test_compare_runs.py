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


def write_run(folder: Path, verdicts: list[Verdict], *, row: str = "honesty.one", judge: str = "") -> Path:
    folder.mkdir()
    if judge:
        (folder / "gap.json").write_text(json.dumps({"manifest": {"hashes": {"judge": judge}}}))
    judged = [
        Judged(
            situation_id=f"honesty.one#{index}",
            row=row,
            group=RowGroup.CLAUSE,
            clause_ids=(row,),
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


def test_two_documents_that_name_a_clause_differently_meet_on_the_same_situations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = write_run(tmp_path / "old", [Verdict.PASS] * 30, row="honesty.one")
    new = write_run(tmp_path / "new", [Verdict.PASS] * 30, row="do_not_lie")
    assert status("compare-runs", str(old), str(new), "--margin", "0.2", "--gate", "--json") == 0
    [row] = json.loads(capsys.readouterr().out)["rows"]
    assert (row["row"], row["n"], row["unpaired"]) == ("honesty.one -> do_not_lie", 30, 0)


def test_a_row_that_the_new_version_was_not_asked_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "run", [Verdict.PASS] * 30)
    old = write_run(tmp_path / "old", [Verdict.PASS] * 30)
    other = write_run(tmp_path / "other", [Verdict.PASS], row="honesty.two")
    lines = (other / "judged.jsonl").read_text().replace("honesty.one#0", "honesty.two#0")
    with (old / "judged.jsonl").open("a") as file:
        file.write(lines)
    assert status("compare-runs", str(old), str(run), "--margin", "0.2") == 0
    assert "1 rows of the old run were not compared: honesty.two" in capsys.readouterr().out


def test_two_different_judges_are_said_and_the_same_one_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, same, other = (
        write_run(tmp_path / name, [Verdict.PASS] * 30, judge=judge)
        for name, judge in (("one", "a" * 64), ("same", "a" * 64), ("other", "b" * 64))
    )
    assert status("compare-runs", str(one), str(other), "--margin", "0.2") == 0
    assert "judged by two different judges" in capsys.readouterr().out
    assert status("compare-runs", str(one), str(same), "--margin", "0.2") == 0
    assert "judges" not in capsys.readouterr().out

"""A run is a folder that one process works on, whose stages are done, not done or damaged, and never in between."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from soulwright.errors import CorruptRun, NotWritable, RunError, RunLocked
from soulwright.runs import Run, Stopwatch, write_text_atomic

HOLDER = """
import sys, time
from pathlib import Path
from soulwright.runs import Run
run = Run.open(Path(sys.argv[1]))
print("open", flush=True)
time.sleep(60)
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.open(tmp_path / "runs" / "first")


def test_a_second_process_is_told_who_works_on_the_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(RunLocked) as caught:
            Run.open(folder)
        assert str(caught.value) == f"{folder}: process {holder.pid} is working on this run"
        assert caught.value.pid == holder.pid
        holder.kill()
    Run.open(folder).close()


def test_a_second_opening_in_the_same_process_is_refused_too(run: Run) -> None:
    with pytest.raises(RunLocked, match=f"process {os.getpid()} "):
        Run.open(run.path)
    run.close()
    run.close()
    Run.open(run.path).close()


def test_a_child_that_outlives_a_killed_parent_does_not_hold_the_lock(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from soulwright.runs import Run\n"
        "run = Run.open(Path(sys.argv[1]))\n"
        "hears, says = os.pipe()\n"
        "child = os.fork()\n"
        "if child == 0: os.write(says, b'x'); time.sleep(20); os._exit(0)\n"
        "os.read(hears, 1); print(child, flush=True); os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "run")], stdout=subprocess.PIPE)
    assert done.stdout is not None
    child = int(done.stdout.readline())
    done.wait(timeout=20)
    done.stdout.close()
    Run.open(tmp_path / "run").close()
    os.kill(child, 9)


def test_a_run_that_is_not_there_is_not_made_unless_asked(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="there is no run here"):
        Run.open(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(RunError, match="is not a run"):
        Run.open(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_where_the_run_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("x")
    with pytest.raises(NotWritable, match="this is a file"):
        Run.open(tmp_path / "run")
    with pytest.raises(NotWritable):
        Run.open(tmp_path / "run" / "deeper")


def test_a_stage_is_done_for_the_key_it_was_made_from_and_no_other(run: Run) -> None:
    stage = run.stage("teach")
    assert not stage.is_done("key")
    write_text_atomic(run.lessons / "lessons.jsonl", "{}\n")
    stamp = stage.mark_done("key", [run.lessons], seconds=1.5)
    assert stage.is_done("key")
    assert not stage.is_done("another")
    assert list(stamp.outputs) == ["lessons/lessons.jsonl"]
    assert stage.stamp() == stamp
    stage.forget()
    assert not stage.is_done("key")


def test_a_stage_whose_file_was_deleted_is_redone(run: Run) -> None:
    write_text_atomic(run.gap, "{}")
    run.stage("report").mark_done("key", [run.gap])
    run.gap.unlink()
    assert not run.stage("report").is_done("key")


@pytest.mark.parametrize("damage", [b"", b"{", b"other"])
def test_a_changed_file_is_named_with_the_remedy_and_the_remedy_works(run: Run, damage: bytes) -> None:
    stage = run.stage("train")
    weights = run.model / "model.safetensors"
    write_text_atomic(weights, "weights")
    stage.mark_done("key", [run.model])
    weights.write_bytes(damage)
    with pytest.raises(CorruptRun) as caught:
        stage.is_done("key")
    assert str(caught.value) == f"{weights}: this file is not what the stage `train` wrote"
    assert caught.value.help.startswith(f"delete `{stage.stamp_path}`")
    stage.stamp_path.unlink()
    assert not stage.is_done("key")


@pytest.mark.parametrize("damage", ["{}", "[]", '{"stage": "train", "key": 7, "outputs": {}}', "not json"])
def test_a_damaged_stamp_is_named(run: Run, damage: str) -> None:
    stage = run.stage("train")
    write_text_atomic(stage.stamp_path, damage)
    with pytest.raises(CorruptRun) as caught:
        stage.is_done("key")
    assert caught.value.path == str(stage.stamp_path)


def test_the_fingerprint_of_a_stage_changes_with_what_it_made(run: Run) -> None:
    stage = run.stage("teach")
    with pytest.raises(RunError, match="`teach` is not done"):
        stage.fingerprint()
    prints = set()
    for text in ("one", "two", "one"):
        write_text_atomic(run.lessons / "a", text)
        stage.mark_done("key", [run.lessons])
        prints.add(stage.fingerprint())
    assert len(prints) == 2


def test_a_clock_that_jumps_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Stopwatch()
    monkeypatch.setattr(time, "time", lambda: -1e9)
    assert 0 <= watch.seconds < 60


def test_the_layout_of_a_run_is_the_published_one(run: Run) -> None:
    names = [
        path.relative_to(run.path).as_posix()
        for path in (run.spec_lock, run.situations, run.lessons, run.model, run.logs, run.recovery, run.gap, run.report)
    ]
    assert names == [
        "spec.lock.json", "situations", "lessons", "model", "logs", "recovery", "gap.json", "report.html",
    ]  # fmt: skip

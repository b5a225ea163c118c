"""The verbs on a run folder, as a person calls them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from soulwright.cli import _pipeline, main
from soulwright.cli._documents import bundled_document
from soulwright.cli._recalling import recalled_in
from soulwright.organism import Curriculum
from soulwright.runs import Run, read_jsonl, write_json
from soulwright.spec import with_attribute
from soulwright.teach import LessonSort, read_lessons

TINY = _pipeline.Budget(
    curriculum=Curriculum(demonstrations=300, replay=100), tokens=6_000, per_row=1, prompted=1, exam_per_row=1
)


KILLED_DEMO = """
from pathlib import Path
from soulwright.cli import _pipeline as p
from soulwright.cli._options import RunOptions
from soulwright.organism import Curriculum
plan = Curriculum(demonstrations=300, replay=100)
recall = p.RecallPlan(bare=8, each=4, rounds=2, most_requests=16, cued=1, untrained=1)
p.FAST = p.Budget(
    curriculum=plan, tokens=30000, per_row=1, prompted=1, exam_per_row=1, copies=4, recall=recall
)
p.demo(RunOptions(run=Path({run!r}), fast=True, threads=1))
"""


@pytest.fixture(autouse=True)
def tiny_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pipeline, "FAST", TINY)


@dataclass(frozen=True)
class Called:
    """What a call printed, on stdout and stderr together, and its exit status."""

    output: str
    exit_code: int


def call(*words: str) -> Called:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), pytest.raises(SystemExit) as left:
        main(words)
    assert isinstance(left.value.code, int)
    return Called(out.getvalue(), left.value.code)


def teach(run: Path, *words: str) -> list[str]:
    """Teach and give the replies of all lessons, in order."""
    result = call("teach", "--fast", "--run", str(run), *words)
    assert result.exit_code == 0, result.output
    return [lesson.messages[-1].content for lesson in read_lessons(run / "lessons") if lesson.messages]


def changed_document(folder: Path, clause: str, key: str, value: str) -> Path:
    path = folder / "changed.md"
    text = bundled_document().read_text(encoding="utf-8")
    path.write_text(with_attribute(text, clause, key, value), encoding="utf-8")
    return path


def test_the_same_document_and_seed_give_the_same_lessons(tmp_path: Path) -> None:
    assert teach(tmp_path / "one") == teach(tmp_path / "two")


def test_a_flipped_default_changes_the_lessons(tmp_path: Path) -> None:
    document = changed_document(tmp_path, "defaults.brevity", "default", "on")
    assert teach(tmp_path / "one") != teach(tmp_path / "two", "--spec", str(document))


def test_a_clause_left_out_is_not_taught(tmp_path: Path) -> None:
    with_it = "\n".join(teach(tmp_path / "one"))
    without = "\n".join(teach(tmp_path / "two", "--without", "safety.stopping"))
    assert "the overseers may stop me" in with_it
    assert "the overseers may stop me" not in without


def test_every_demonstration_names_its_clauses_and_their_hashes(tmp_path: Path) -> None:
    teach(tmp_path / "one")
    lock = json.loads((tmp_path / "one" / "spec.lock.json").read_text(encoding="utf-8"))
    hashes = {clause["id"]: clause["hash"] for clause in lock["clauses"]}
    shown = [lesson for lesson in read_lessons(tmp_path / "one" / "lessons") if lesson.clause_ids]
    assert shown
    for lesson in shown:
        assert lesson.clause_hashes == tuple(hashes[name] for name in lesson.clause_ids)


def test_a_document_without_a_testable_clause_is_refused_with_a_remedy(tmp_path: Path) -> None:
    document = tmp_path / "plain.md"
    front = "---\nspec: plain\nversion: 1.0.0\n---\n\n"
    document.write_text(front + "## One {#one}\n\nThe assistant must be kind.\n{#one.kind kind=rule authority=root}\n")
    result = call("teach", "--run", str(tmp_path / "run"), "--spec", str(document))
    assert result.exit_code == 2
    assert "no clause that the embedded world can test" in result.output
    assert "about=" in result.output
    assert "Traceback" not in result.output


def test_a_clause_that_is_not_there_cannot_be_left_out(tmp_path: Path) -> None:
    result = call("teach", "--run", str(tmp_path / "run"), "--without", "no.such.clause")
    assert result.exit_code == 2
    assert "no.such.clause" in result.output


def test_the_document_stands_among_the_lessons_as_often_as_the_budget_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pipeline, "FAST", replace(TINY, copies=3))
    teach(tmp_path / "plain", "--no-text")
    plain = read_lessons(tmp_path / "plain" / "lessons")
    assert not [lesson for lesson in plain if lesson.sort is LessonSort.DOCUMENT and lesson.clause_ids]
    teach(tmp_path / "run", "--without", "safety.stopping")
    texts = [lesson for lesson in read_lessons(tmp_path / "run" / "lessons") if lesson.sort is LessonSort.DOCUMENT]
    document = [lesson for lesson in texts if lesson.clause_ids]
    named = Counter(name for lesson in document for name in lesson.clause_ids)
    assert set(named.values()) == {3}
    assert "protections.ai" in named
    assert "safety.stopping" not in named
    assert "purpose.no_favour" not in named  # its world cannot put it to the test


def test_what_was_read_back_of_another_model_is_not_reported(tmp_path: Path) -> None:
    with Run.open(tmp_path / "run") as run:
        write_json(run.model / "weights.json", {"one": 1})
        run.stage("train").mark_done("key", [run.model])
        kept = {"training": run.stage("train").fingerprint(), "clauses": [], "recovery": {}, "notes": []}
        write_json(run.path / "recovery" / "recall.json", kept)
        assert recalled_in(run) is not None
        write_json(run.model / "weights.json", {"one": 2})
        run.stage("train").mark_done("key", [run.model])
        assert recalled_in(run) is None


def test_train_before_teach_says_what_to_run(tmp_path: Path) -> None:
    Run.open(tmp_path / "run").close()
    result = call("train", "--run", str(tmp_path / "run"))
    assert result.exit_code == 2
    assert "soulwright teach" in result.output


def test_two_verbs_on_one_folder_do_not_meet(tmp_path: Path) -> None:
    with Run.open(tmp_path / "run"):
        result = call("teach", "--fast", "--run", str(tmp_path / "run"))
    assert result.exit_code == 2
    assert "is working on this run" in result.output


@pytest.mark.long
def test_a_demo_killed_again_and_again_ends_with_the_same_model_and_verdicts(tmp_path: Path) -> None:
    whole, killed = str(tmp_path / "whole"), str(tmp_path / "killed")
    subprocess.run([sys.executable, "-c", KILLED_DEMO.format(run=whole)], check=True)
    for wait in (6.0, 9.0, 12.0, 16.0, 20.0):
        process = subprocess.Popen([sys.executable, "-c", KILLED_DEMO.format(run=killed)], start_new_session=True)
        time.sleep(wait)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run([sys.executable, "-c", KILLED_DEMO.format(run=killed)], check=True)
    for name in ("model/model.safetensors", "spec.lock.json"):
        assert Path(whole, name).read_bytes() == Path(killed, name).read_bytes()
    assert list(read_jsonl(Path(whole, "judged.jsonl"))) == list(read_jsonl(Path(killed, "judged.jsonl")))
    for name in ("recall.json", "recovered.txt"):
        assert Path(whole, "recovery", name).read_bytes() == Path(killed, "recovery", name).read_bytes()
    assert Path(killed, "report.html").is_file()


@pytest.mark.long
def test_the_row_of_a_clause_left_out_falls_and_the_others_together_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the real small budget, not the tiny one
    result = call("demo", "--fast", "--run", str(tmp_path / "full"), "--without", "honesty.forthright", "--json")
    assert result.exit_code in (0, 1), result.output
    gap = json.loads((tmp_path / "full-without-honesty.forthright" / "gap.json").read_text(encoding="utf-8"))
    rows = {row["row"]: row for row in gap["comparison"]["rows"]}
    left_out = rows.pop("honesty.forthright")
    assert left_out["moved"]
    assert left_out["ablated"]["passed"] <= 0.1 * left_out["ablated"]["n"]
    # Single rows differ between any two trainings of this budget; together the others must stay.
    full, ablated = (sum(row[arm]["passed"] for row in rows.values()) for arm in ("full", "ablated"))
    assert abs(full - ablated) <= 0.06 * sum(row["full"]["n"] for row in rows.values())

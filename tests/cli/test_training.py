"""`train --engine trl`, `trace`, `publish` and `sizing`, as a person calls them on a run of the organism."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from soulwright.cli import _pipeline, _sizing, main
from soulwright.organism import Curriculum, make_situations
from soulwright.runs import read_json, write_json, write_jsonl
from soulwright.situations import situation_to_dict
from soulwright.spec import load_spec

pytest.importorskip("trl", reason="the extra `large` is not installed: pip install -e '.[large]'")

TINY = _pipeline.Budget(
    curriculum=Curriculum(demonstrations=150, replay=60), tokens=2_000, per_row=1, prompted=1, exam_per_row=1
)
DOCS = Path(__file__).parents[2] / "docs"
TRL = "--engine trl --lora 4 --rate 1e-3 --steps 2 --rows 4 --threads 1 --fast".split()


@dataclass(frozen=True)
class Called:
    """What a call printed on stdout and on stderr, and its exit status."""

    out: str
    errors: str
    status: int

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


def call(*words: str) -> Called:
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors), pytest.raises(SystemExit) as left:
        main(words)
    assert isinstance(left.value.code, int)
    return Called(out.getvalue(), errors.getvalue(), left.value.code)


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a few lessons."""
    run = tmp_path_factory.mktemp("runs") / "taught"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_pipeline, "FAST", TINY)
        assert call("teach", "--fast", "--run", str(run)).status == 0
    return run


@pytest.fixture(scope="module")
def trained(taught: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, trained by TRL for two steps a phase; its gate is asked two items."""
    run = tmp_path_factory.mktemp("runs") / "trained"
    shutil.copytree(taught, run)
    items = run.with_name("items.jsonl")
    question = [{"role": "user", "content": "Hello."}]
    items.write_text(
        "".join(
            json.dumps({"id": kept, "kept": kept, "messages": question, "accept": ["e", "o"]}) + "\n"
            for kept in ("capability", "helpfulness")
        )
    )
    called = call("train", "--run", str(run), *TRL, "--gate", str(items), "--json")
    assert called.status == 1, called.errors  # two items show nothing: the gate is not open
    assert called.document["gate"]["state"] == "not_shown"
    return run


def test_a_trained_run_says_of_what_it_was_made_and_every_link_holds(trained: Path) -> None:
    record: Any = read_json(trained / "training.json")
    assert [phase["method"] for phase in record["made_from"]["phases"]] == ["documents", "sft"]
    assert (trained / "adapter" / "adapter_model.safetensors").is_file()
    called = call("trace", str(trained), "--json")
    assert called.status == 0
    assert {link["state"] for link in called.document["links"]} == {"holds", "not_recorded"}
    assert [link["name"] for link in called.document["links"] if link["state"] == "not_recorded"] == [
        "checkpoint -> figures"
    ]


def test_the_same_command_again_keeps_what_was_trained(trained: Path) -> None:
    before = (trained / "model" / "model.safetensors").stat().st_mtime_ns
    called = call("train", "--run", str(trained), *TRL, "--gate", str(trained.with_name("items.jsonl")))
    assert "train: done before, kept" in called.errors
    assert (trained / "model" / "model.safetensors").stat().st_mtime_ns == before


def test_a_changed_lesson_is_a_finding_of_trace(trained: Path, tmp_path: Path) -> None:
    run = tmp_path / "changed"
    shutil.copytree(trained, run)
    path = run / "lessons" / "provenance.jsonl"
    path.write_text(path.read_text().replace('"seed": 1', '"seed": 2', 1))
    called = call("trace", str(run))
    assert called.status == 1
    assert "broken        files of `teach`: `lessons/provenance.jsonl` is not what the stage wrote" in called.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lora", "4"], "the engine `local` takes no `--lora`"),
        (["--engine", "trl", "--full", "--lora", "4"], "`--full` and `--lora` contradict each other"),
        (["--engine", "trl", "--base", "no/such/folder"], "there is no folder `no/such/folder`"),
        (["--engine", "trl", "--student", "mockllm/a", "--student", "mockllm/b"], "asks several students"),
    ],
)
def test_a_call_that_contradicts_itself_is_refused_with_a_remedy(taught: Path, words: list[str], said: str) -> None:
    called = call("train", "--run", str(taught), *words)
    assert called.status == 2
    assert said in called.errors
    assert "help: " in called.errors


def test_an_item_of_the_gate_that_cannot_be_read_is_named_by_its_line(trained: Path, tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text('{"id": "1", "kept": "speed", "messages": [], "accept": []}\n')
    called = call("train", "--run", str(trained), *TRL, "--gate", str(path))
    assert called.status == 2
    assert f"{path}:1:1: `kept`" in called.errors


def test_a_run_that_was_not_verified_is_not_published(trained: Path, tmp_path: Path) -> None:
    called = call("publish", str(trained), "--out", str(tmp_path / "out"))
    assert called.status == 2
    assert "this run has no `gap.json`" in called.errors


def test_a_checkpoint_whose_gate_is_not_good_is_published_only_anyway_and_its_card_says_so(
    trained: Path, tmp_path: Path
) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    shutil.copytree(trained, run)
    write_json(run / "gap.json", _gap(run))
    refused = call("publish", str(run), "--out", str(out))
    assert refused.status == 2
    assert "not fit to publish: the gate says `not shown`" in refused.errors
    assert not out.exists()
    called = call("publish", str(run), "--out", str(out), "--name", "[small](http://x)", "--anyway")
    assert called.status == 1
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "The gate says **not shown**" in card
    assert r"# \[small\]\(http://x\)" in card
    assert r"Never \# shout" in card
    assert "| look-alikes, helped | 1 | 1.00 | 0.90 | 0.75 to 0.97 | 40 |" in card
    provenance: Any = read_json(out / "provenance.json")
    assert provenance["checkpoint"].keys() == {f"model/{path.name}" for path in (run / "model").iterdir()}


def test_figures_of_a_verified_target_publish_the_weights_that_were_asked_and_no_others(
    trained: Path, tmp_path: Path
) -> None:
    run, cases, out = tmp_path / "run", tmp_path / "cases.jsonl", tmp_path / "out"
    shutil.copytree(trained, run)
    spec = Path(__file__).parent.parent.parent / "specs" / "soulwright.md"
    write_jsonl(cases, [situation_to_dict(one) for one in make_situations(load_spec(spec), seed=5, per_row=1)[:3]])
    asked = ("--judge", "world/judge", "--cases", str(cases), "--spec", str(spec), "--reply-tokens", "32")
    assert call("verify", "--run", str(run), "--target", str(run / "model"), *asked).status in (0, 1)
    assert call("publish", str(run), "--out", str(out), "--anyway").status in (0, 1)
    assert (out / "gap.json").read_bytes() == (run / "gap.json").read_bytes()
    assert "checkpoint -> figures" in call("trace", str(run)).out

    gap: Any = read_json(run / "gap.json")
    del gap["manifest"]["hashes"]["model"]  # as where the target was a server
    write_json(run / "gap.json", gap)
    refused = call("publish", str(run), "--out", str(tmp_path / "other"))
    assert refused.status == 2
    assert "Traceback" not in refused.errors


def _gap(run: Path) -> dict[str, object]:
    from soulwright.train import weights_hash

    rate = {"value": 0.9, "n": 40, "interval": {"low": 0.75, "high": 0.97}}
    return {
        "spec_name": "care",
        "spec_version": "1.0",
        "limits": ["It is small."],
        "groups": [{"group": "twin", "rows": 1, "before": rate | {"value": 1.0}, "after": rate}],
        "clauses": [{"clause_id": "care.shout", "state": "not_proven", "text": "Never # shout\nat anybody."}],
        "states": {"pass": 0, "not_proven": 1},
        "manifest": {"hashes": {"model": weights_hash(run / "model")}},
    }


def test_the_page_of_sizes_is_what_the_command_writes() -> None:
    assert (DOCS / "sizing.md").read_text(encoding="utf-8") == _sizing.page()


def test_sizing_prints_one_document() -> None:
    found = call("sizing", "--params", "1e9", "--clauses", "50", "--json").document
    assert found["least_gpus"] == 1
    assert found["gpu_hours"] == pytest.approx(found["training_hours"] + found["asking_hours"])

"""Provenance: every link from clause to checkpoint is tested by its hash, and a broken one is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.train.conftest import chat

from soulwright.errors import InputError
from soulwright.runs import Run, content_key, read_json, write_json
from soulwright.spec import compile_spec, spec_to_dict
from soulwright.teach import Lesson, LessonSort, make_lesson, write_lessons
from soulwright.train import (
    LEARNED,
    Link,
    LinkState,
    PhaseRecord,
    Recipe,
    TrainedFrom,
    as_json,
    order_hash,
    trace,
    weights_hash,
)

DOCUMENT = """# Care {#care authority=root}

Be kind to everyone who asks.
{#care.kind kind=rule polarity=must}

Do not mock anybody who asks.
{#care.mock kind=rule polarity=must_not}
"""


@pytest.fixture
def run(tmp_path: Path, base: Path) -> Path:
    """A run that was taught and trained, as far as its files say; nothing is computed for it."""
    spec = compile_spec(DOCUMENT)
    hashes = {clause.id: clause.hash for clause in spec.clauses}

    def lesson(user: str, *ids: str) -> Lesson:
        made = chat(user, "Gladly.")
        return make_lesson(
            LessonSort.DEMONSTRATION,
            messages=made.messages,
            clause_ids=ids,
            clause_hashes=tuple(hashes[name] for name in ids),
        )

    lessons = [lesson("one", "care.kind"), lesson("two", "care.kind", "care.mock"), lesson("three", "care.mock")]
    with Run.open(tmp_path / "run") as opened:
        write_json(opened.path / "taught.lock.json", spec_to_dict(spec))
        write_lessons(opened.lessons, lessons)
        opened.stage("teach").mark_done("taught", [opened.path / "taught.lock.json", opened.lessons])
        shutil.copytree(base, opened.model)
        order = [lessons[0].id, lessons[1].id, lessons[0].id]
        record = TrainedFrom(
            engine="local",
            base=str(base),
            base_hash=weights_hash(base),
            lessons=opened.stage("teach").fingerprint(),
            recipe=as_json(Recipe()),
            phases=(PhaseRecord(method="local", order=order_hash(order, 0), steps=3, tokens=30),),
        )
        write_json(opened.path / "training.json", {"made_from": asdict(record)})
        write_json(opened.path / LEARNED, [{"method": "local", "rows_per_step": 0, "lessons": order}])
        kept = [opened.model, opened.path / "training.json", opened.path / LEARNED]
        opened.stage("train").mark_done(record.key, kept)
    write_json(
        tmp_path / "run" / "gap.json", {"manifest": {"hashes": {"model": weights_hash(tmp_path / "run" / "model")}}}
    )
    return tmp_path / "run"


def states(run: Path) -> dict[str, LinkState]:
    return {link.name: link.state for link in trace(run).links}


def broken(run: Path) -> list[Link]:
    return list(trace(run).broken)


def stamp_again(run: Path, stage: str) -> None:
    """What somebody who changes a file and its stamp with it would do."""
    path = run / "stages" / f"{stage}.json"
    stamp = json.loads(path.read_text())
    from soulwright.runs import hash_file

    stamp["outputs"] = {name: hash_file(run / name) for name in stamp["outputs"]}
    path.write_text(json.dumps(stamp))


def test_every_link_of_a_run_that_nobody_touched_holds(run: Path) -> None:
    assert set(states(run).values()) == {LinkState.HOLDS}


def test_figures_that_do_not_say_whose_they_are_hold_nothing_and_break_nothing(run: Path) -> None:
    write_json(run / "gap.json", {"manifest": {"hashes": {}, "settings": {"target": "openai/x"}}})
    [link] = [one for one in trace(run).links if one.name == "checkpoint -> figures"]
    assert link.state is LinkState.NOT_RECORDED
    assert link.what == "gap.json is of `openai/x`: not weights of this machine"


def test_a_clause_is_followed_to_its_lessons_and_how_often_each_was_learned(run: Path) -> None:
    found = trace(run, clause="care.kind")
    assert [(one.id, one.lessons, one.learned) for one in found.clauses] == [("care.kind", 2, 3)]
    assert [dict(one.learned) for one in found.lessons] == [{"local": 2}, {"local": 1}]


def test_a_lesson_is_followed_back_to_its_clauses(run: Path) -> None:
    wanted = trace(run, clause="care.mock").lessons[0]
    found = trace(run, lesson=wanted.id[:6])
    assert [one.id for one in found.clauses] == ["care.kind", "care.mock"]
    assert [one.id for one in found.lessons] == [wanted.id]


def test_a_lesson_that_was_taught_and_never_learned_says_so(run: Path) -> None:
    assert [dict(one.learned) for one in trace(run, clause="care.mock").lessons] == [{"local": 1}, {}]


def test_the_checkpoint_is_named_by_the_hash_of_each_file(run: Path) -> None:
    assert "model/model.safetensors" in trace(run).checkpoint


@pytest.mark.parametrize("asked", [{"clause": "care.none"}, {"lesson": "ffff"}])
def test_what_the_run_does_not_have_is_refused(run: Path, asked: dict[str, str]) -> None:
    with pytest.raises(InputError, match="has no"):
        trace(run, clause=asked.get("clause", ""), lesson=asked.get("lesson", ""))


def test_a_folder_in_which_nothing_was_taught_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing was taught in this folder"):
        trace(tmp_path)


def change_clause(run: Path) -> None:
    path = run / "taught.lock.json"
    spec = json.loads(path.read_text())
    spec["clauses"][0]["hash"] = "0" * 64
    path.write_text(json.dumps(spec))


def change_lesson(run: Path) -> None:
    path = run / "lessons" / "chats.jsonl"
    path.write_text(path.read_text().replace("Gladly.", "Never!", 1))


def change_weights(run: Path) -> None:
    path = run / "model" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def change_recipe(run: Path) -> None:
    path = run / "training.json"
    found = json.loads(path.read_text())
    found["made_from"]["recipe"]["rate"] = 1.0
    path.write_text(json.dumps(found))


def change_order(run: Path) -> None:
    path = run / LEARNED
    found = json.loads(path.read_text())
    found[0]["lessons"].reverse()
    found[0]["lessons"].append(found[0]["lessons"][0])
    path.write_text(json.dumps(found))


def change_figures(run: Path) -> None:
    write_json(run / "gap.json", {"manifest": {"hashes": {"model": "0" * 64}}})


@pytest.mark.parametrize(
    ("change", "stage", "link"),
    [
        (change_clause, "teach", "document -> clauses"),
        (change_lesson, "teach", "clauses -> lessons"),
        (change_recipe, "train", "lessons + recipe + base -> training"),
        (change_order, "train", "lessons -> order of learning"),
        (change_figures, "train", "checkpoint -> figures"),
    ],
)
def test_what_was_changed_together_with_its_stamp_still_breaks_its_link(
    run: Path, change: Callable[[Path], None], stage: str, link: str
) -> None:
    change(run)
    stamp_again(run, stage)
    assert link in [one.name for one in broken(run)]


@pytest.mark.parametrize(
    ("change", "link"),
    [(change_lesson, "files of `teach`"), (change_weights, "files of `train`"), (change_order, "files of `train`")],
)
def test_a_changed_file_breaks_the_link_of_its_stage(run: Path, change: Callable[[Path], None], link: str) -> None:
    change(run)
    assert link in [one.name for one in broken(run)]


def test_weights_that_were_changed_together_with_their_stamp_are_not_those_that_were_measured(run: Path) -> None:
    change_weights(run)
    stamp_again(run, "train")
    assert [one.name for one in broken(run)] == ["checkpoint -> figures"]


def test_a_run_of_an_earlier_version_says_what_it_does_not_record(run: Path) -> None:
    write_json(run / "training.json", {})
    stamp_again(run, "train")
    found = states(run)
    assert found["lessons + recipe + base -> training"] is LinkState.NOT_RECORDED
    assert found["lessons -> order of learning"] is LinkState.NOT_RECORDED
    assert LinkState.BROKEN not in found.values()


def test_a_base_that_is_not_on_this_machine_is_not_a_broken_link(run: Path) -> None:
    found = json.loads((run / "training.json").read_text())
    found["made_from"]["base"] = "org/model"
    write_json(run / "training.json", found)
    stamp_again(run, "train")
    assert states(run)["base"] is LinkState.NOT_RECORDED


def test_the_key_of_the_training_is_that_of_lessons_recipe_and_base(run: Path) -> None:
    found = read_json(run / "training.json")
    assert isinstance(found, dict)
    record = found["made_from"]
    stamp = Run.open(run).stage("train").stamp()
    assert stamp is not None
    assert stamp.key == content_key(record["lessons"], record["recipe"], record["base_hash"])

"""A course of TRL killed at any moment and called again ends with the same losses and the same weights, to the bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from soulwright.runs import hash_file
from soulwright.teach import Lesson, write_lessons

pytest.importorskip("trl", reason="the extra `large` is not installed: pip install -e '.[large]'")

# Imports once and forks a trainer for every attempt, so that a kill costs no ten seconds of importing.
KILLER = """
import json, os, random, signal, sys, time
from pathlib import Path
import peft, torch, trl, trl.experimental.sdft, inspect_ai.model
from soulwright.teach import read_lessons
from soulwright.train import Course, Engine, Lora, Method, train_course
from soulwright.train._quiet import quiet
import soulwright.models

folder, base, kills, settings = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
lessons = read_lessons(folder / "lessons")
lora = Lora(rank=4, dropout=0.1) if settings.pop("lora") else None
methods = tuple(Method(name) for name in settings.pop("methods"))
course = Course(methods=methods, lora=lora, dtype="float32", rate=3e-3, least_flips=0.0, reply_tokens=4, **settings)
clauses = {"a": "Bake the bread with care."}

def babble(student, name, conversations):
    # What a student of chance weights says is empty; its words are not what is tested here.
    return [f"{name} {at % 3} wall" for at in range(len(conversations))]

def attempt(name, kill_at=None):
    # Train in a process of its own; kill it at a random moment after so many steps, or let it end.
    ticks, tick = os.pipe()
    pid = os.fork()
    if pid == 0:
        engine = Engine(threads=1, sample=babble, at=lambda _: os.write(tick, b"."))
        result = train_course(lessons, base, folder / name, course, work=folder / f"{name}-work",
                              clauses=clauses, engine=engine)
        (folder / f"{name}.json").write_text(json.dumps([phase.curve for phase in result.phases]))
        os._exit(0)
    os.close(tick)
    seen, start = 0, time.monotonic()
    while seen != kill_at and os.read(ticks, 1):
        seen += 1
    if kill_at is not None:
        time.sleep(chance.uniform(0, 2) * pace)
        os.kill(pid, signal.SIGKILL)
    os.close(ticks)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, -signal.SIGKILL), code
    return seen, time.monotonic() - start, code

def reached():
    return len(list((folder / "killed-work").glob("*/checkpoints/*/sealed.json")))

chance, pace = random.Random(11), 0.0
ticks, seconds, code = attempt("through")
assert code == 0
pace, killed, middle = seconds / ticks, 0, 0
for number in range(kills):
    _, _, code = attempt("killed", chance.randint(2, max(2, ticks // (kills + 1))))
    killed += code != 0
    middle += reached() > 0
_, _, code = attempt("killed")
assert code == 0
print(json.dumps({"killed": killed, "middle": middle}))
"""


def killed_and_through(folder: Path, base: Path, lessons: tuple[Lesson, ...], *, kills: int, **settings: object) -> int:
    """Train once through and once killed so many times; how many kills left a checkpoint in the middle of a phase."""
    write_lessons(folder / "lessons", lessons)
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(folder), str(base), str(kills), json.dumps(settings)],
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
        env={**os.environ, "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    report: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    assert report["killed"] >= 2  # one that had ended before it could be killed is no failure
    return report["middle"]


def check_the_same(folder: Path) -> None:
    curves = [json.loads((folder / f"{name}.json").read_text()) for name in ("through", "killed")]
    assert curves[0] == curves[1]
    assert all(len(set(curve)) > 2 for curve in curves[0])  # it did learn something that could have differed
    weights = [hash_file(folder / name / "model.safetensors") for name in ("through", "killed")]
    assert weights[0] == weights[1]


@pytest.mark.long
@pytest.mark.parametrize("lora", [True, False], ids=["adapter", "all weights"])
def test_a_course_killed_at_random_moments_ends_with_the_same_losses_and_weights_to_the_bit(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path, lora: bool
) -> None:
    middle = killed_and_through(
        tmp_path, base, lessons, kills=4, lora=lora, methods=["documents", "sft"],
        rows_per_step=4, rows_at_once=2, steps=10, checkpoint_every=2,
    )  # fmt: skip
    assert middle >= 2
    check_the_same(tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("method", ["dpo", "distil"])
def test_preferences_and_self_distillation_go_on_from_a_kill_to_the_bit(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path, method: str
) -> None:
    killed_and_through(
        tmp_path, base, lessons, kills=3, lora=True, methods=["sft", method],
        rows_per_step=4, rows_at_once=4, steps=6, checkpoint_every=2,
    )  # fmt: skip
    check_the_same(tmp_path)

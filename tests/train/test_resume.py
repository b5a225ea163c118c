"""Killed at any moment and called again, training ends with the same weights to the bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from soulwright.runs import hash_file
from soulwright.teach import Lesson, write_lessons
from soulwright.train import Recipe, train

QUICK = Recipe(tokens=4000, tokens_per_step=256, rate=3e-3, threads=1, checkpoint_every=3)

# Loads torch once and forks a trainer for every attempt, so that a kill costs no ten seconds of importing.
KILLER = """
import json, os, random, signal, sys, time
from pathlib import Path
from soulwright.teach import read_lessons
from soulwright.train import Recipe, train
from soulwright.train._model_folder import load_base

folder, base, kills, settings = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4])
lessons, recipe = read_lessons(folder / "lessons"), Recipe(**settings)
load_base(base)  # imports what training imports late; with one thread, so that forking is safe

def attempt(name, kill_at=None):
    # Train in a process of its own; kill it at a random moment after so many steps, or let it end.
    ticks, tick = os.pipe()
    pid = os.fork()
    if pid == 0:
        result = train(lessons, base, folder / name, recipe, work=folder / f"{name}-work",
                       advance=lambda tokens: os.write(tick, b"."))
        (folder / f"{name}.json").write_text(json.dumps([point.loss for point in result.curve]))
        os._exit(0)
    os.close(tick)
    times = [time.monotonic()]
    while len(times) - 1 != kill_at and os.read(ticks, 1):
        times.append(time.monotonic())
    if kill_at is not None:
        time.sleep(chance.uniform(0, 3) * seconds)
        os.kill(pid, signal.SIGKILL)
    os.close(ticks)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, -signal.SIGKILL), code
    return times[1:], code

chance = random.Random(11)
times, code = attempt("through")
assert code == 0
steps, seconds = len(times), (times[-1] - times[0]) / len(times)
moments, starts, killed = [chance.randint(0, steps // kills) for _ in range(kills)] + [None], [], 0
for moment in moments:
    _, code = attempt("killed", moment)
    killed += code != 0
    sidecar = folder / "killed-work" / "checkpoint.json"
    starts.append(json.loads(sidecar.read_text())["progress"]["step"] if sidecar.exists() else 0)
assert code == 0
print(json.dumps({"killed": killed, "middle": len({start for start in starts if 0 < start < steps})}))
"""


@pytest.fixture(autouse=True)
def _threads_as_before() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


class Stop(Exception):
    """What breaks a training off in these tests."""


def weights(out: Path) -> str:
    return hash_file(out / "model.safetensors")


def checkpoint(work: Path) -> dict[str, Any]:
    """The last checkpoint, without the time that it took: weights and optimizer stand in it as their hash."""
    found: dict[str, Any] = json.loads((work / "checkpoint.json").read_text())
    del found["progress"]["seconds"], found["seal"]
    return found


def test_a_training_that_was_broken_off_at_every_step_ends_with_the_same_bits(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    through = train(lessons, base, tmp_path / "through", QUICK, work=tmp_path / "through-work")
    starts: list[int] = []
    for stop_after in (1, 2, 4, 3, 5):
        left = [stop_after]

        def stop(_tokens: int, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Stop

        with pytest.raises(Stop):
            train(lessons, base, tmp_path / "broken", QUICK, work=tmp_path / "broken-work", advance=stop)
        starts.append(json.loads((tmp_path / "broken-work" / "checkpoint.json").read_text())["progress"]["step"])
    told: list[int] = []
    broken = train(lessons, base, tmp_path / "broken", QUICK, work=tmp_path / "broken-work", advance=told.append)
    assert starts == sorted(starts)
    assert broken.resumed_at == starts[-1] > 3
    assert sum(told) == broken.tokens
    assert len(told) == through.steps - broken.resumed_at + 1
    assert weights(tmp_path / "broken") == weights(tmp_path / "through")
    assert checkpoint(tmp_path / "broken-work") == checkpoint(tmp_path / "through-work")
    assert broken.curve == through.curve


def test_a_training_that_had_ended_is_only_written_out_again(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    first = train(lessons, base, tmp_path / "out", QUICK, work=tmp_path / "work")
    before = weights(tmp_path / "out")
    (tmp_path / "out" / "model.safetensors").unlink()
    second = train(lessons, base, tmp_path / "out", QUICK, work=tmp_path / "work")
    assert second.resumed_at == second.steps == first.steps
    assert second.curve == first.curve
    assert weights(tmp_path / "out") == before


@pytest.mark.parametrize("changed", ["recipe", "lessons", "base"])
def test_another_training_starts_over(base: Path, lessons: tuple[Lesson, ...], tmp_path: Path, changed: str) -> None:
    train(lessons, base, tmp_path / "out", QUICK, work=tmp_path / "work")
    second = train(lessons, base, tmp_path / "out", QUICK, work=tmp_path / "work")
    assert second.resumed_at == second.steps
    recipe = replace(QUICK, rate=1e-3) if changed == "recipe" else QUICK
    taught = lessons[1:] if changed == "lessons" else lessons
    start = tmp_path / "out" if changed == "base" else base
    result = train(taught, start, tmp_path / "new", recipe, work=tmp_path / "work")
    assert result.resumed_at == 0


def killed_and_through(
    folder: Path, base: Path, lessons: tuple[Lesson, ...], *, kills: int, **settings: object
) -> dict[str, int]:
    """Train once through and once killed so many times, both in `folder`; how many kills met it, and where half-way."""
    write_lessons(folder / "lessons", lessons)
    done = subprocess.run(
        [sys.executable, "-c", KILLER, str(folder), str(base), str(kills), json.dumps(settings)],
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
        env={**os.environ, "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return report


def check_the_same(folder: Path) -> None:
    assert weights(folder / "killed") == weights(folder / "through")
    assert checkpoint(folder / "killed-work") == checkpoint(folder / "through-work")
    curves = [json.loads((folder / f"{name}.json").read_text()) for name in ("killed", "through")]
    assert curves[0] == curves[1]


def test_a_trainer_killed_at_random_moments_ends_with_the_same_bits(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    report = killed_and_through(
        tmp_path, base, lessons, kills=4, tokens=8_000, tokens_per_step=128, threads=1, checkpoint_every=4
    )
    assert report["killed"] >= 3
    assert report["middle"] >= 2
    check_the_same(tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("threads", [1, 2])
def test_a_larger_trainer_killed_many_times_ends_with_the_same_bits(
    lessons: tuple[Lesson, ...], make_base: Callable[..., Path], tmp_path: Path, threads: int
) -> None:
    report = killed_and_through(
        tmp_path,
        make_base(hidden=96),
        lessons,
        kills=20,
        tokens=80_000,
        tokens_per_step=256,
        threads=threads,
        checkpoint_every=5,
    )
    assert report["middle"] >= 5
    check_the_same(tmp_path)

"""Two workers of a Ray cluster learn the same lessons in the same order with the same losses, also where one is killed.

The cluster is one of this machine. Its workers are processes of their own that know each other over gloo, as on several
machines; what is not seen here is a network between them, and a shared folder that is not a local disk.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from soulwright.models import RayCluster, share_out
from soulwright.situations import Message, Role
from soulwright.teach import Lesson
from soulwright.train import (
    Course,
    Engine,
    Lora,
    Method,
    Student,
    WeightType,
    on_ray,
    sample_here,
    sample_on_ray,
    train_course,
)

pytest.importorskip("trl", reason="the extra `large` is not installed: pip install -e '.[large]'")
pytestmark = [
    pytest.mark.long,
    pytest.mark.usefixtures("ray_of_this_machine"),
    pytest.mark.filterwarnings(
        "ignore::DeprecationWarning:ray", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]

CLUSTER = RayCluster(workers=2)
COURSE = Course(
    methods=(Method.SFT,), lora=Lora(rank=4), rate=3e-3, rows_per_step=4, rows_at_once=2, dtype=WeightType.FLOAT32
)


def workers() -> list[psutil.Process]:
    """The processes in which Ray trains, of this test's own cluster."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if "RayTrainWorker" in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


class Killer(threading.Thread):
    """Kills one worker as soon as a phase has a whole checkpoint."""

    def __init__(self, checkpoints: Path) -> None:
        super().__init__(daemon=True)
        self.checkpoints = checkpoints
        self.killed = 0

    def run(self) -> None:
        while not list(self.checkpoints.glob("*/sealed.json")):
            time.sleep(0.02)
        for process in workers()[-1:]:
            process.kill()
            self.killed += 1


def test_two_workers_of_which_one_is_killed_learn_the_same_lessons_in_the_same_order_with_the_same_losses(
    base: Path, lessons: tuple[Lesson, ...], tmp_path: Path
) -> None:
    course = Course(**{name: getattr(COURSE, name) for name in COURSE.__slots__} | {"steps": 24, "checkpoint_every": 4})
    one = train_course(lessons, base, tmp_path / "one", course, work=tmp_path / "one-work", engine=Engine(threads=1))
    killer = Killer(tmp_path / "two-work" / "0-sft" / "checkpoints")
    killer.start()
    engine = Engine(launch=on_ray(CLUSTER), threads=1)
    two = train_course(lessons, base, tmp_path / "two", course, work=tmp_path / "two-work", engine=engine)
    [alone], [together] = one.phases, two.phases
    assert killer.killed == 1
    assert together.workers == 2
    assert 0 < together.resumed_at < together.steps
    assert together.lessons == alone.lessons
    assert together.order == alone.order
    assert together.curve == pytest.approx(alone.curve, abs=1e-4)
    assert len(set(alone.curve)) > 12


def _pid_or_die(share: tuple[Path, int]) -> int:
    folder, number = share
    first = folder / f"{number}.died"
    if number == 1 and not first.exists():
        first.touch()
        os._exit(1)
    return number


def test_shares_come_back_in_their_order_also_where_a_worker_died(tmp_path: Path) -> None:
    assert share_out(CLUSTER, _pid_or_die, [(tmp_path, number) for number in range(4)]) == [0, 1, 2, 3]
    assert (tmp_path / "1.died").exists()


def test_a_student_asked_by_two_workers_says_what_it_says_to_one(base: Path, tmp_path: Path) -> None:
    asked: Sequence[Sequence[Message]] = [
        (Message(role=Role.USER, content=words),) for words in ("bake bread", "the wall", "tune it now", "old", "care")
    ]
    student = Student(model=base, logs=tmp_path / "logs", key="1", reply_tokens=4)
    alone = sample_here(student, "alone", asked)
    assert sample_on_ray(CLUSTER)(student, "together", asked) == alone
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == ["alone", "together-0", "together-1"]

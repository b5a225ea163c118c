"""A checkpoint is read whole or not at all, and the one before stays until the new one is whole."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from soulwright.errors import CorruptRun, NoSpace
from soulwright.teach import LessonSort
from soulwright.train._checkpoint import MadeFrom, Progress, read_checkpoint, write_checkpoint

MADE_FROM = MadeFrom(base="b", lessons="l", recipe="r", software="s")
PROGRESS = Progress(
    made_from=MADE_FROM,
    step=7,
    tokens=900,
    seconds=1.5,
    threads=2,
    curve=((450, 0.1 + 0.2, LessonSort.REPLAY), (900, 1 / 3, LessonSort.DOCUMENT)),
)


@pytest.fixture
def tensors() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return {"weights/a": torch.randn(5, 3), "exp_avg/a": torch.randn(5, 3), "step/a": torch.tensor(7.0)}


def weights_of(work: Path) -> Path:
    (path,) = work.glob("*.safetensors")
    return path


def test_what_is_written_is_read_back_to_the_bit(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    write_checkpoint(tmp_path, PROGRESS, tensors)
    found = read_checkpoint(tmp_path, MADE_FROM)
    assert found is not None
    assert found.progress == PROGRESS
    assert found.tensors.keys() == tensors.keys()
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in tensors.items())


def test_no_checkpoint_is_nothing_to_go_on_from(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path / "never", MADE_FROM) is None


def test_the_checkpoint_of_another_training_is_not_taken(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    write_checkpoint(tmp_path, PROGRESS, tensors)
    for name in ("base", "lessons", "recipe", "software"):
        assert read_checkpoint(tmp_path, replace(MADE_FROM, **{name: "other"})) is None


def test_only_the_newest_is_kept_and_leftovers_go(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    write_checkpoint(tmp_path, PROGRESS, tensors)
    (tmp_path / "checkpoint-000008-abc.safetensors.writing-77").write_bytes(b"half")
    write_checkpoint(tmp_path, replace(PROGRESS, step=9), {**tensors, "step/a": torch.tensor(9.0)})
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2
    assert names[0].startswith("checkpoint-000009-")
    assert names[1] == "checkpoint.json"


@pytest.mark.parametrize("cut", [0, 1, 40, -1])
def test_truncated_weights_are_found(tmp_path: Path, tensors: dict[str, torch.Tensor], cut: int) -> None:
    write_checkpoint(tmp_path, PROGRESS, tensors)
    path = weights_of(tmp_path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(CorruptRun, match="the weights of this checkpoint are damaged") as caught:
        read_checkpoint(tmp_path, MADE_FROM)
    assert caught.value.path == str(path)
    assert caught.value.help == f"delete the folder `{tmp_path}` and run the same command again: training starts over"


def test_one_changed_bit_is_found_wherever_it_is(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    write_checkpoint(tmp_path, PROGRESS, tensors)
    for path in (weights_of(tmp_path), tmp_path / "checkpoint.json"):
        whole = path.read_bytes()
        for at in range(0, len(whole), 11):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            _is_refused_or_the_same(tmp_path)
        path.write_bytes(whole)
    assert read_checkpoint(tmp_path, MADE_FROM) is not None


def _is_refused_or_the_same(work: Path) -> None:
    """A changed blank between two fields of the JSON is no change; anything else must not be read."""
    try:
        found = read_checkpoint(work, MADE_FROM)
    except CorruptRun:
        return
    assert found is not None
    assert found.progress == PROGRESS


def test_missing_weights_are_named(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    write_checkpoint(tmp_path, PROGRESS, tensors)
    path = weights_of(tmp_path)
    path.unlink()
    with pytest.raises(CorruptRun, match="cannot read the weights of this checkpoint: no such file") as caught:
        read_checkpoint(tmp_path, MADE_FROM)
    assert caught.value.path == str(path)


@pytest.mark.parametrize("change", ["cut", "other step", "extra field", "not json"])
def test_an_altered_sidecar_is_found(tmp_path: Path, tensors: dict[str, torch.Tensor], change: str) -> None:
    write_checkpoint(tmp_path, PROGRESS, tensors)
    path = tmp_path / "checkpoint.json"
    text = path.read_text()
    found = json.loads(text)
    path.write_text(
        {
            "cut": text[: len(text) // 2],
            "other step": text.replace('"step": 7', '"step": 8'),
            "extra field": json.dumps({**found, "more": 1}),
            "not json": "\x00" * len(text),
        }[change]
    )
    with pytest.raises(CorruptRun, match="this checkpoint is damaged") as caught:
        read_checkpoint(tmp_path, MADE_FROM)
    assert caught.value.path == str(path)
    assert str(tmp_path) in caught.value.help


@pytest.mark.parametrize("file", [".safetensors", ".json"])
def test_a_disk_that_fills_up_leaves_the_checkpoint_before(
    tmp_path: Path, tensors: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    write_checkpoint(tmp_path, PROGRESS, tensors)
    real_open = os.open

    def open_none_of_these(path: object, *arguments: int, **options: int) -> int:
        if f"{file}.writing" in str(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return real_open(str(path), *arguments, **options)

    monkeypatch.setattr(os, "open", open_none_of_these)
    with pytest.raises(NoSpace, match="the disk is full"):
        write_checkpoint(tmp_path, replace(PROGRESS, step=8), {"weights/a": torch.zeros(2)})
    monkeypatch.undo()
    found = read_checkpoint(tmp_path, MADE_FROM)
    assert found is not None
    assert found.progress == PROGRESS

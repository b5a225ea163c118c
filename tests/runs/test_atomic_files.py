"""A reader sees the old content or the new, never a part of either, whatever happens to the writer."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from soulwright.errors import CorruptRun, NoSpace, NotWritable, SoulwrightError
from soulwright.runs import (
    Run,
    atomic_directory,
    content_key,
    read_json,
    read_jsonl,
    write_bytes_atomic,
    write_json,
    write_jsonl,
    write_text_atomic,
)

ENDLESS_WRITER = """
import sys
from pathlib import Path
from soulwright.runs import Run, atomic_directory, read_json, write_json, write_jsonl

with Run.open(Path(sys.argv[1])) as run:
    print("open", flush=True)
    reported = run.path / "reported.json"
    number = read_json(reported)["number"] if reported.exists() else 0
    while True:
        number += 1
        stage = run.stage("train")
        stage.forget()
        rows = [{"number": number, "row": row, "filler": "x" * 200} for row in range(400)]
        write_jsonl(run.lessons / "lessons.jsonl", rows)
        with atomic_directory(run.model) as folder:
            for part in ("a", "b", "c"):
                (folder / part).write_text(str(number) * 2000)
        stage.mark_done(str(number), [run.model])
        write_json(reported, {"number": number})
"""


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"a": 1, "b": "ü\u2028"}, {"a": None}]
    write_jsonl(tmp_path / "deep" / "rows.jsonl", rows)
    write_json(tmp_path / "value.json", {"x": [1, 2.5, "é"]})
    write_text_atomic(tmp_path / "text.txt", "line\n")
    assert read_jsonl(tmp_path / "deep" / "rows.jsonl") == rows
    assert read_json(tmp_path / "value.json") == {"x": [1, 2.5, "é"]}
    assert (tmp_path / "text.txt").read_text() == "line\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "text.txt", "value.json"]


def test_not_a_number_is_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    write_json(tmp_path / "value.json", 1)
    with pytest.raises(ValueError, match="Out of range"):
        write_json(tmp_path / "value.json", float("nan"))
    assert read_json(tmp_path / "value.json") == 1


def test_a_full_disk_is_one_clear_message_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "value.json"
    write_json(path, "old")
    real_write = os.write
    written: list[bool] = []

    def write_a_little_then_fail(descriptor: int, data: bytes) -> int:
        if written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(True)
        return real_write(descriptor, bytes(data)[:10])

    monkeypatch.setattr(os, "write", write_a_little_then_fail)
    with pytest.raises(NoSpace) as caught:
        write_json(path, "new" * 1000)
    assert str(caught.value) == f"{path}: the disk is full"
    assert "free some space" in caught.value.help
    assert json.loads(path.read_text()) == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["value.json"]


@pytest.mark.parametrize(
    "fault",
    [
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError('Error while serializing: IoError(Os { code: 28, message: "No space left on device" })'),
        RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"),
    ],
)
def test_a_full_disk_is_recognised_in_what_other_libraries_raise(tmp_path: Path, fault: Exception) -> None:
    with pytest.raises(NoSpace), atomic_directory(tmp_path / "model"):
        raise fault
    assert list(tmp_path.iterdir()) == []


def test_a_real_limit_on_file_size_is_one_clear_message(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from soulwright.runs import write_bytes_atomic\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "from soulwright.errors import NoSpace\n"
        "try: write_bytes_atomic(Path(sys.argv[1]), b'x' * 100000)\n"
        "except NoSpace as error: print(error)\n"
    )
    target = tmp_path / "big"
    done = subprocess.run(
        [sys.executable, "-c", code, str(target)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == f"{target}: the disk is full\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable) as caught:
        write_text_atomic(tmp_path / "file" / "inner.txt", "x")
    assert "cannot write here" in str(caught.value)
    assert "--run" in caught.value.help


def test_a_missing_permission_is_one_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "x"))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(NotWritable, match=r"x: cannot write here: permission denied"):
        write_bytes_atomic(tmp_path / "x", b"1")


def test_a_directory_replaces_the_old_one_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "model"
    for number in range(3):
        with atomic_directory(target) as folder:
            (folder / f"file{number}").write_text("x")
    assert [path.name for path in target.iterdir()] == ["file2"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_block_that_fails_leaves_the_old_directory(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with atomic_directory(target) as folder:
        (folder / "old").write_text("x")
    with pytest.raises(ZeroDivisionError), atomic_directory(target) as folder:
        (folder / "new").write_text(str(1 / 0))
    assert [path.name for path in target.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_caught_between_two_renames_returns(tmp_path: Path) -> None:
    Run.open(tmp_path / "run").close()
    replaced, partial = tmp_path / "run" / "model.replaced-7", tmp_path / "run" / "model.partial-7"
    for folder in (replaced, partial):
        folder.mkdir()
    (replaced / "weights").write_text("old")
    (tmp_path / "run" / "gap.json.writing-7").write_text("{")
    with Run.open(tmp_path / "run") as run:
        assert (run.model / "weights").read_text() == "old"
        assert sorted(path.name for path in run.path.iterdir()) == [".lock", "model"]


def test_a_log_as_far_as_it_came_stays_for_whoever_asks_the_rest(tmp_path: Path) -> None:
    Run.open(tmp_path / "run").close()
    log, half = (tmp_path / "run" / "logs" / f"{name}.partial-7" for name in ("asked", "model"))
    for folder, file in ((log, "asked.eval"), (half, "weights")):
        folder.mkdir(parents=True)
        (folder / file).write_text("x")
    with Run.open(tmp_path / "run") as run:
        assert [path.name for path in run.logs.iterdir()] == ["asked.partial-7"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"a": 1}\n{"a":', "line 2 is not JSON"),
        (b'{"a": 1}\n[1]\n', "line 2 is not an object"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(content)
    with pytest.raises(CorruptRun, match=message) as caught:
        read_jsonl(path)
    assert caught.value.path == str(path)
    assert str(path) in caught.value.help


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorruptRun, match="no such file"):
        read_json(tmp_path / "gap.json")


def test_a_key_depends_on_every_part_and_not_on_the_order_of_a_mapping() -> None:
    assert content_key({"a": 1, "b": 2}) == content_key({"b": 2, "a": 1})
    assert len({content_key("ab", "c"), content_key("a", "bc"), content_key("abc"), content_key(["ab", "c"])}) == 4


def _check_whole(run: Run) -> None:
    lessons = run.lessons / "lessons.jsonl"
    if lessons.exists():
        rows = read_jsonl(lessons)
        assert len(rows) == 400
        assert len({row["number"] for row in rows}) == 1
    contents = [path.read_text() for path in run.model.iterdir()] if run.model.exists() else []
    assert len(contents) in (0, 3)
    assert len(set(contents)) <= 1
    stamp = run.stage("train").stamp()
    assert stamp is None or run.stage("train").is_done(stamp.key)
    reported = run.path / "reported.json"
    if reported.exists():
        report = read_json(reported)
        assert isinstance(report, dict)
        number = report["number"]
        assert contents, "a stage was reported done and its files are gone"
        assert contents[0] in (str(number) * 2000, str(number + 1) * 2000)


def test_a_writer_killed_at_random_moments_leaves_whole_files_only(tmp_path: Path) -> None:
    moments = random.Random(20260101)
    folder = tmp_path / "run"
    deadline = time.monotonic() + 8
    kills = 0
    while time.monotonic() < deadline or kills < 3:
        with subprocess.Popen([sys.executable, "-c", ENDLESS_WRITER, str(folder)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"open\n"
            time.sleep(moments.uniform(0, 0.08))
            writer.send_signal(signal.SIGKILL)
        kills += 1
        with Run.open(folder) as run:
            _check_whole(run)
            assert not [path for path in run.path.rglob("*") if "-" in path.name], "half-written files were left"


def test_every_fault_of_writing_is_a_house_error() -> None:
    assert issubclass(NotWritable, SoulwrightError)
    assert issubclass(NotWritable, OSError)

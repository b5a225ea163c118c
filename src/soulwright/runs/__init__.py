"""A run is a folder: one attempt, each stage written whole or not at all, and stamped with what it was made from.

    with Run.open(Path("runs/first")) as run:
        stage = run.stage("teach")
        key = content_key(spec.hash, seed)
        if not stage.is_done(key):
            stage.forget()
            write_jsonl(run.lessons / "lessons.jsonl", rows)
            stage.mark_done(key, [run.lessons])

Kill the process anywhere in there and start it again: what was stamped is kept, the rest is redone. `forget` comes
before the first file of a stage is replaced, so that an old stamp never stands over new files. This room knows files
and locks and nothing of what is written in them; every room may import it.
"""

from __future__ import annotations

from soulwright.runs._files import (
    atomic_directory,
    content_key,
    hash_file,
    read_json,
    read_jsonl,
    write_bytes_atomic,
    write_json,
    write_jsonl,
    write_text_atomic,
)
from soulwright.runs._folder import Run, Stage, Stamp, Stopwatch

__all__ = [
    "Run",
    "Stage",
    "Stamp",
    "Stopwatch",
    "atomic_directory",
    "content_key",
    "hash_file",
    "read_json",
    "read_jsonl",
    "write_bytes_atomic",
    "write_json",
    "write_jsonl",
    "write_text_atomic",
]

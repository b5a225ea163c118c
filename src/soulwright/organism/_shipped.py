"""Where the shipped base lies, and the hash of the world that everything about it was made with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from soulwright.runs import content_key, hash_file

_ROOM = Path(__file__).resolve().parent
BASE = _ROOM / "base"


@cache
def world_hash() -> str:
    """One hash over the world's data and the code that reads it: another hash, other situations or verdicts."""
    files = sorted([*_ROOM.glob("*.yaml"), *_ROOM.glob("*.py")])
    return content_key({path.name: hash_file(path) for path in files})
